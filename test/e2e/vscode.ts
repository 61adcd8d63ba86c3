/**
 * A real VS Code in a real browser, with the packaged extension and a copy of the examples: what end-to-end tests drive.
 *
 * One session per test file (`vscodeForSuite`), since it takes seconds; `closeEverything` between tests. Every helper waits for what it
 * names to be there, never for time. Three traps of VS Code are dealt with here, so that tests need not know them:
 * a pending code lens is cancelled when the editor loses focus (so `open` waits for lenses where the file will have some);
 * lenses that arrive shift the text under the mouse (so `hover` aims again); keys do not reach the workbench while a webview has the
 * focus (so `command` puts the focus back into the workbench first).
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FrameLocator, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { packagedExtension } from '../../scripts/package.mjs';
import { installedCodeServer } from '../../scripts/vscode/install.mjs';
import { serveVSCode } from '../../scripts/vscode/serve.mjs';
import { lockHolder } from '../../server/src/deploy/targets/local/agent/agent-lock.ts';
import { OWNER_VARIABLE } from '../../server/src/deploy/targets/local/agent/process-identity.ts';
import { stateName } from '../../server/src/deploy/targets/local/agent/state-folder.ts';
import { startBrowser } from './browser.ts';
import { keepLogs, screenshotFile } from './evidence.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export interface VSCodeOptions {
  /** Files to put into the workspace besides the examples, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** User settings on top of quiet ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Opens the workspace as one that nobody has said to trust yet; no dialog asks at the start. */
  readonly untrusted?: boolean;
  /** Environment of the extension host, and so of language server and agent, on top of an isolated one. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface VSCode {
  readonly page: Page;
  /** Absolute path of the workspace: a copy of the examples, inside the checkout so that their npm packages resolve. */
  readonly workspace: string;
  /** Ids of the processes that deployments of this session run, or one of them (`InferenceCluster/vision`); only Linux can tell. */
  workers(deployment?: string): readonly number[];
  /** Opens a file of the workspace by quick open; `lens`: waits for a code lens of that text, which needs the editor's focus. */
  open(file: string, options?: { lens?: string | RegExp }): Promise<void>;
  /** Waits until a problem of that severity is underlined; how many are, on the visible part of the text. */
  waitSquiggle(severity?: 'error' | 'warning' | 'info'): Promise<number>;
  waitNoSquiggle(severity?: 'error' | 'warning' | 'info'): Promise<void>;
  /** Opens the Problems panel and waits for a problem with that text; its row as text: message, source, code, position. */
  problem(text: string | RegExp): Promise<string>;
  /** Hovers over a word of the editor until a hover with the expected text opens. */
  hover(word: string | RegExp, expected: string | RegExp): Promise<Locator>;
  clickLens(title: string | RegExp): Promise<void>;
  /** Puts the cursor at a line and column, both from 1. */
  goTo(line: number, column?: number): Promise<void>;
  type(text: string): Promise<void>;
  /** Types over a text of the active editor's file, which is saved before and after; `from` stands in it once. */
  rewrite(file: string, from: string, to: string): Promise<void>;
  /** Saves the active editor and waits until it is clean. */
  save(): Promise<void>;
  /** Runs a command by its title, as the palette shows it. */
  command(title: string): Promise<void>;
  /** The inside of the n-th open webview. */
  webviewFrame(index?: number): FrameLocator;
  /** Changes settings of the running editor, e.g. `workbench.colorTheme`: `Dark Modern`; what shows the change must be waited for. */
  set(settings: Readonly<Record<string, unknown>>): void;
  screenshot(name: string): Promise<void>;
  /** Screenshot and logs of a failed test. */
  keepEvidence(name: string): Promise<void>;
  closeEverything(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * One session for the tests of a file: `const vscode = vscodeForSuite()` beside them, `vscode()` in them. What fails leaves a
 * screenshot and the logs behind.
 */
export function vscodeForSuite(options: VSCodeOptions = {}): () => VSCode {
  let session: VSCode | undefined;
  beforeAll(async () => {
    session = await startVSCode(options);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await session?.keepEvidence(task.name);
  });
  afterAll(async () => {
    await session?.stop();
  });
  return () => {
    if (session === undefined) throw new Error('the session begins with the first test');
    return session;
  };
}

/** Starts server and browser and waits for the workbench. */
export async function startVSCode(options: VSCodeOptions = {}): Promise<VSCode> {
  mkdirSync(join(root, 'build'), { recursive: true });
  const folder = mkdtempSync(join(root, 'build', 'e2e-'));
  const workspace = join(folder, 'workspace');
  cpSync(join(root, 'examples'), workspace, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  for (const [file, content] of Object.entries(options.files ?? {})) {
    mkdirSync(join(workspace, file, '..'), { recursive: true });
    writeFileSync(join(workspace, file), content);
  }
  // not in the checkout: the agent's socket lies below one of them, and a socket's path may have no more than some 100 characters
  const home = mkdtempSync(join(tmpdir(), 'berth-home-'));
  const homes = Object.fromEntries(
    ['HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR'].map((name) => [
      name,
      join(home, name.toLowerCase()),
    ]),
  );
  for (const each of Object.values(homes)) mkdirSync(each, { mode: 0o700 });
  const settings: Record<string, unknown> = {
    'editor.hover.delay': 100,
    'editor.minimap.enabled': false,
    'files.autoSave': 'off',
    'git.enabled': false,
    'security.workspace.trust.enabled': options.untrusted === true,
    'security.workspace.trust.startupPrompt': 'never',
    ...options.settings,
  };
  const server = await serveVSCode({
    codeServer: await installedCodeServer(console.log),
    vsix: await packagedExtension(),
    workspace,
    settings,
    asksForTrust: options.untrusted === true,
    env: { ...homes, LANG: 'C.UTF-8', ...options.env },
  });
  const browser = await startBrowser(options.viewport).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  const { page } = browser;
  const state = join(homes['XDG_STATE_HOME']!, 'berth');
  const workers = (deployment?: string): readonly number[] =>
    processesMarked(`${OWNER_VARIABLE}=${stateName(state)}:${deployment === undefined ? '' : `${deployment}/`}`);
  const stop = async (): Promise<void> => {
    await browser.stop();
    await server.stop();
    const agent = existsSync(state) ? lockHolder(state) : undefined;
    const left = [...workers(), ...(agent === undefined ? [] : [agent.pid])];
    for (const each of [folder, home]) rmSync(each, { recursive: true, force: true, maxRetries: 5 });
    if (left.length > 0) throw new Error(`VS Code has ended, and of what it deployed these processes run on: ${left}`);
  };
  try {
    await page.goto(server.address);
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60_000 });
  } catch (error) {
    await page.screenshot({ path: screenshotFile('failed-start') });
    keepLogs(server.folder, 'failed-start');
    await stop();
    throw error;
  }
  const inputBox = page.locator('.quick-input-widget input').first();
  const focusWorkbench = async (): Promise<void> => {
    // a click on the status bar's empty middle takes the focus out of a webview without doing anything else
    if (await page.evaluate(() => document.activeElement?.tagName === 'IFRAME')) {
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      await page.locator('.part.sidebar .composite.title').first().click();
    }
  };
  const quickInput = async (key: string, text: string): Promise<void> => {
    await focusWorkbench();
    await page.keyboard.press(key);
    await inputBox.waitFor({ timeout: 5000 });
    await inputBox.fill(text, { timeout: 5000 });
  };
  // not by Enter: that takes the first row, which may still be an earlier one; and once more where a view took the focus, which closes the
  // box, or where the list was filled anew between press and release of the button: then the row is still there, and nothing was picked
  const pick = async (key: string, text: string, row: Locator): Promise<void> => {
    for (let tries = 1; ; tries++) {
      await quickInput(key, text).catch(() => {});
      const picked = await row
        .first()
        .click({ timeout: 5000 })
        .then(() => row.first().waitFor({ state: 'hidden', timeout: 5000 }))
        .then(() => true)
        .catch(() => false);
      if (picked) return;
      if (tries === 6) throw new Error(`nothing to pick for ${text}`);
      await page.keyboard.press('Escape');
    }
  };
  const rows = page.locator('.quick-input-list .monaco-list-row');
  const command = (title: string): Promise<void> => pick('F1', `>${title}`, rows.filter({ hasText: title }));
  const goTo = async (line: number, column = 1): Promise<void> => {
    await focusWorkbench();
    await page.keyboard.press('Control+1'); // the text's group: the panel beside it has no lines
    await quickInput('Control+G', `:${line}:${column}`);
    await page.keyboard.press('Enter');
    await page.locator('#status\\.editor\\.selection', { hasText: `Ln ${line}, Col ${column}` }).waitFor();
  };
  const save = async (): Promise<void> => {
    await page.keyboard.press('Control+S');
    await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
  };
  const workspaceSettings: Record<string, unknown> = {};
  const underlined = (severity: string): Locator => page.locator(`.monaco-editor .squiggly-${severity}`);
  return {
    page,
    workspace,
    workers,
    async open(file, { lens } = {}) {
      const name = file.split('/').at(-1)!;
      await pick('Control+P', file, rows.filter({ has: page.getByText(name, { exact: true }) }));
      await page.locator('.tab.active', { hasText: name }).first().waitFor();
      await page.locator('.editor-group-container.active .monaco-editor .view-line').first().waitFor();
      if (lens !== undefined) await page.locator('.codelens-decoration a', { hasText: lens }).first().waitFor();
    },
    async waitSquiggle(severity = 'error') {
      await underlined(severity).first().waitFor();
      return underlined(severity).count();
    },
    async waitNoSquiggle(severity = 'error') {
      await underlined(severity).first().waitFor({ state: 'detached' });
    },
    async problem(text) {
      const row = page.locator('.markers-panel .monaco-list-row', { hasText: text }).first();
      if (!(await page.locator('.markers-panel').isVisible())) await command('View: Focus Problems');
      await row.waitFor();
      return row.innerText();
    },
    async hover(word, expected) {
      const found = page.locator('.monaco-hover', { hasText: expected }).first();
      const target = page.locator('.monaco-editor .view-line span:not(:has(span))', { hasText: word }).last();
      for (let tries = 1; ; tries++) {
        const { width, height } = page.viewportSize()!;
        await page.mouse.move(width - 5, height - 60);
        await target.hover();
        if (await appears(found, 3000)) {
          // it fades in, and so does what it is in
          await found.evaluate((hover) =>
            Promise.all(
              document
                .getAnimations()
                .filter(({ effect }) => (effect as KeyframeEffect | null)?.target?.contains(hover) === true)
                .map(({ finished }) => finished.catch(() => {})),
            ),
          );
          return found;
        }
        if (tries === 8) throw new Error(`no hover with ${String(expected)} over ${String(word)}`);
      }
    },
    async clickLens(title) {
      await page.locator('.codelens-decoration a', { hasText: title }).first().click();
    },
    goTo,
    async type(text) {
      await page.keyboard.type(text, { delay: 10 });
    },
    async rewrite(file, from, to) {
      const text = readFileSync(join(workspace, file), 'utf8');
      const at = text.indexOf(from);
      if (at < 0 || text.includes(from, at + 1)) throw new Error(`${file} does not have "${from}" once`);
      const before = text.slice(0, at).split('\n');
      await goTo(before.length, before.at(-1)!.length + 1);
      for (let i = 0; i < from.length; i++) await page.keyboard.press('Delete');
      await page.keyboard.type(to, { delay: 10 });
      await page.keyboard.press('Escape'); // what is offered while typing
      await save();
    },
    save,
    command,
    webviewFrame(index = 0) {
      return page
        .locator('iframe.webview.ready')
        .nth(index)
        .contentFrame()
        .locator('iframe#active-frame')
        .contentFrame();
    },
    set(changed) {
      // the workspace's, not the user's: code-server reads those once and then follows only its own changes to them
      Object.assign(workspaceSettings, changed);
      mkdirSync(join(workspace, '.vscode'), { recursive: true });
      writeFileSync(join(workspace, '.vscode/settings.json'), JSON.stringify(workspaceSettings, null, 2));
    },
    async screenshot(name) {
      await page.screenshot({ path: screenshotFile(name) });
    },
    async keepEvidence(name) {
      await page.screenshot({ path: screenshotFile(`failed-${name}`) });
      keepLogs(server.folder, name);
    },
    async closeEverything() {
      await command('View: Close All Editors');
      // unsaved text of one test is nothing to the next
      const dontSave = page.locator('.monaco-dialog-box a.monaco-button', { hasText: "Don't Save" });
      await page.waitForFunction(
        () =>
          document.querySelector('.monaco-dialog-box') !== null ||
          document.querySelector('.editor-group-container .tab') === null,
      );
      if (await dontSave.isVisible()) await dontSave.click();
      await page.locator('.editor-group-container .tab').first().waitFor({ state: 'detached' });
    },
    stop,
  };
}

/** Whether it becomes visible within the time: for tries that may fail and are repeated. */
async function appears(locator: Locator, timeout: number): Promise<boolean> {
  return locator.waitFor({ timeout }).then(
    () => true,
    () => false,
  );
}

/** Ids of the processes in whose environment some variable begins like this. */
function processesMarked(mark: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8')
          .split('\0')
          .some((variable) => variable.startsWith(mark));
      } catch {
        return false; // ended meanwhile, or another user's
      }
    });
}
