/**
 * The preview page outside of VS Code: in a plain page over a fake channel, in the colours of a real theme. For tests of what it
 * draws, with screenshots of every state and an accessibility check.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import type { FromPage, ToPage } from '../../server/src/lsp/protocol.ts';
import { accessibilityFaults } from './accessibility.ts';
import { startBrowser } from './browser.ts';
import { screenshotFile } from './evidence.ts';
import themes from './themes.json' with { type: 'json' };

export type Theme = keyof typeof themes;
export const allThemes = Object.keys(themes) as Theme[];

/** What VS Code calls the kinds of its themes, as body class and as data attribute. */
const kinds: Record<Theme, { class: string; kind: string }> = {
  dark: { class: 'vscode-dark', kind: 'vscode-dark' },
  light: { class: 'vscode-light', kind: 'vscode-light' },
  'high-contrast': { class: 'vscode-high-contrast', kind: 'vscode-high-contrast' },
  'high-contrast-light': {
    class: 'vscode-high-contrast vscode-high-contrast-light',
    kind: 'vscode-high-contrast-light',
  },
};

const dist = new URL('../../dist/', import.meta.url);

/** Stands in for VS Code's side of the channel; messages of the page are kept in `window.sentByPage`. */
const channel = `
  window.sentByPage = [];
  let state;
  window.acquireVsCodeApi = () => ({
    postMessage: (message) => void window.sentByPage.push(message),
    getState: () => state,
    setState: (next) => (state = next),
  });`;

export interface WebviewPage {
  readonly page: Page;
  /** Loads the page anew in a theme and a width of pixels, and waits until it says that it is ready. */
  load(look: { theme: Theme; width?: number; height?: number; zoom?: number }): Promise<void>;
  /** Sends messages as the extension would. */
  send(...messages: readonly ToPage[]): Promise<void>;
  /** What the page has sent since it was loaded. */
  sent(): Promise<readonly FromPage[]>;
  /** Waits until the page has sent a message of that type; the last one of it. */
  waitSent<T extends FromPage['type']>(type: T): Promise<Extract<FromPage, { type: T }>>;
  screenshot(name: string): Promise<void>;
  /** What axe-core finds wrong: rule, and the elements at fault. Empty for a page that everyone can use. */
  accessibilityFaults(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Serves the built page on loopback and opens it. `npm test` has built it; `npm run build` does otherwise. */
export async function startWebviewPage(): Promise<WebviewPage> {
  let look: { theme: Theme; zoom: number } = { theme: 'dark', zoom: 1 };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      // as strict as in VS Code, so that what works here works there
      response.setHeader(
        'content-security-policy',
        "default-src 'none'; script-src 'nonce-berth'; style-src 'self' 'nonce-berth'; font-src 'self' data:; img-src 'self' data:",
      );
      response.end(documentOf(look.theme, look.zoom));
      return;
    }
    const type = pathname.endsWith('.css') ? 'text/css' : pathname.endsWith('.js') ? 'text/javascript' : undefined;
    try {
      if (type === undefined) throw new Error('only scripts and styles are served');
      const body = readFileSync(new URL(`.${pathname}`, dist));
      response.setHeader('content-type', `${type}; charset=utf-8`);
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const browser = await startBrowser();
  const { page } = browser;
  const sent = (): Promise<readonly FromPage[]> =>
    page.evaluate(() => (window as unknown as { sentByPage: FromPage[] }).sentByPage);
  const waitSent: WebviewPage['waitSent'] = async (type) => {
    await page.waitForFunction(
      (wanted) =>
        (window as unknown as { sentByPage: { type: string }[] }).sentByPage.some((message) => message.type === wanted),
      type,
    );
    return (await sent()).findLast((message) => message.type === type) as never;
  };
  return {
    page,
    async load({ theme, width = 900, height = 900, zoom = 1 }) {
      look = { theme, zoom };
      await page.setViewportSize({ width, height });
      await page.goto(url);
      await waitSent('ready');
    },
    async send(...messages) {
      await page.evaluate((data) => {
        for (const message of data) window.postMessage(message, '*');
      }, messages as ToPage[]);
      // messages are delivered in turn: once this one has come back, the page has had all before it
      await page.evaluate(
        () =>
          new Promise<void>((resolve) => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
            port2.postMessage(null);
          }),
      );
    },
    sent,
    waitSent,
    async screenshot(name) {
      await page.screenshot({ path: screenshotFile(name), fullPage: true });
    },
    accessibilityFaults: () => accessibilityFaults(page),
    async stop() {
      await browser.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function documentOf(theme: Theme, zoom: number): string {
  const variables = Object.entries(themes[theme]).map(([name, value]) => `${name}: ${value};`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Berth preview</title>
<link rel="stylesheet" href="/webview.css">
<style nonce="berth">:root { ${variables.join(' ')} } body { background: var(--vscode-editor-background); color: var(--vscode-foreground); font: var(--vscode-font-size) var(--vscode-font-family); zoom: ${zoom}; margin: 0; padding: 0 20px; }</style>
<script nonce="berth">${channel}</script>
</head>
<body class="${kinds[theme].class}" data-vscode-theme-kind="${kinds[theme].kind}">
<div id="page"></div>
<script nonce="berth" src="/webview.js"></script>
</body>
</html>`;
}
