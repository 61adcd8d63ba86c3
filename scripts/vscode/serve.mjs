// A running VS Code for the browser with the packaged extension in it: for `npm start` and for the end-to-end tests alike.
import { execFile, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { environmentOf } from '../pinned-node.mjs';
import { endSession, leaveSession, newSession } from './session.mjs';

const run = promisify(execFile);

/** A quiet editor: no chat, no welcome page, no telemetry, no updates, nothing asked of the network. */
const quietSettings = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'remote.autoForwardPorts': false, // replicas and sites open ports; none of them is a page to be shown
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/**
 * @typedef {object} RunningVSCode
 * @property {string} url of the workbench, without folder
 * @property {number} port
 * @property {number} pid
 * @property {string} folder of its settings, extensions and logs
 * @property {string} address opens the served folder, as it was left
 * @property {Promise<void>} ended when the server has ended, by whatever cause
 * @property {(options?: {keep?: boolean}) => Promise<number>} stop ends it and everything started in it; how many processes that were
 */

/**
 * Starts code-server on loopback.
 * @param {object} options
 * @param {string} options.codeServer its folder
 * @param {string} options.vsix path of the packaged extension
 * @param {string} options.workspace absolute path of the folder it opens
 * @param {number} [options.port] a free one where not given
 * @param {Record<string, unknown>} [options.settings] on top of the quiet ones
 * @param {Record<string, string>} [options.env] on top of this process's
 * @param {boolean} [options.asksForTrust] keeps VS Code's question whether the workspace is trusted
 * @param {readonly string[]} [options.args] on top of the usual ones
 * @returns {Promise<RunningVSCode>}
 * @throws {Error} with a sentence for a person, and the server's last words
 */
export async function serveVSCode(options) {
  const { codeServer, vsix, workspace, port, settings = {}, env = {}, asksForTrust = false, args = [] } = options;
  const folder = mkdtempSync(join(tmpdir(), 'berth-vscode-'));
  const session = newSession();
  for (const part of ['user/User', 'extensions']) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'user/User/settings.json'), JSON.stringify({ ...quietSettings, ...settings }, null, 2));
  writeFileSync(join(folder, 'config.yaml'), '');
  const usual = ['--config', join(folder, 'config.yaml'), '--user-data-dir', join(folder, 'user')];
  const base = [join(codeServer, 'out/node/entry.js'), ...usual, '--extensions-dir', join(folder, 'extensions')];
  /** @type {NodeJS.ProcessEnv} */
  const environment = {
    ...environmentOf(process.execPath),
    ...session.env,
    EXTENSIONS_GALLERY: '{"serviceUrl":""}', // else it asks a gallery on the network
    ...env,
  };
  delete environment.PORT; // code-server would prefer it to the address given
  try {
    await run(process.execPath, [...base, '--install-extension', vsix], { env: environment });
    const chosen = port ?? (await freePort());
    const log = openSync(join(folder, 'server.log'), 'w');
    const quiet = ['--auth', 'none', '--disable-telemetry', '--disable-update-check', '--disable-proxy'];
    const more = ['--disable-getting-started-override', '--reconnection-grace-time', '60'];
    if (!asksForTrust) more.push('--disable-workspace-trust');
    const address = ['--bind-addr', `127.0.0.1:${chosen}`];
    const child = spawn(process.execPath, [...base, ...address, ...quiet, ...more, ...args, workspace], {
      env: environment,
      stdio: ['ignore', log, log],
      detached: true, // a group of its own: Ctrl-C in the terminal is for us, who then end it in order
    });
    closeSync(log);
    const onExit = () => leaveSession(session.name);
    process.once('exit', onExit);
    const ended = new Promise((resolve) => child.once('exit', () => resolve(undefined)));
    const url = `http://127.0.0.1:${chosen}/`;
    /** @param {{keep?: boolean}} [options] */
    const stop = async ({ keep = false } = {}) => {
      const count = await endSession(session.name);
      await ended;
      process.off('exit', onExit);
      if (!keep) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      return count;
    };
    if (!(await answers(`${url}healthz`, () => child.exitCode === null && child.signalCode === null))) {
      const words = readFileSync(join(folder, 'server.log'), 'utf8').trim().split('\n').slice(-8).join('\n');
      await stop();
      throw new Error(
        /EADDRINUSE/.test(words)
          ? `port ${chosen} is taken: give another with --port, or leave it out for a free one.`
          : `VS Code did not start:\n${words}`,
      );
    }
    return {
      url,
      port: chosen,
      pid: child.pid ?? 0,
      folder,
      ended: /** @type {Promise<void>} */ (ended),
      stop,
      address: `${url}?folder=${encodeURIComponent(workspace)}`,
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

/** A port of loopback that was free just now. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/**
 * Waits until the address answers, at most a minute and only while the server lives.
 * @param {string} url @param {() => boolean} lives
 */
async function answers(url, lives) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && lives(); await sleep(50)) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
      await response.arrayBuffer();
      if (response.ok) return true;
    } catch {
      // not yet
    }
  }
  return false;
}
