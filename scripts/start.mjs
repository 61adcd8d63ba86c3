// `npm start`: VS Code with Berth in the browser, on a copy of the examples.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { filesBelow } from './freshness.mjs';
import { packagedExtension } from './package.mjs';
import { environmentOf, root } from './pinned-node.mjs';
import { greet, playground } from './playground.mjs';
import { installedCodeServer } from './vscode/install.mjs';
import { freePort, serveVSCode } from './vscode/serve.mjs';

const usage = `npm start -- [options]
  --no-open   do not open a browser (for servers)
  --port N    listen on this port of 127.0.0.1 (default: 8470, or a free one)
  --code      use the VS Code on the PATH (command "code") instead
  --reset     set all files of playground/ back to the examples
  --help      this text`;

/** The usual port: the browser keeps the layout of the workbench by address, so it should stay the same from start to start. */
const usualPort = 8470;

try {
  await start(options());
} catch (error) {
  console.error(`berth: ${sentenceOf(error)}`);
  process.exitCode = 1;
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        'no-open': { type: 'boolean', default: false },
        port: { type: 'string' },
        code: { type: 'boolean', default: false },
        reset: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (
      values.port !== undefined &&
      !(/^\d+$/.test(values.port) && Number(values.port) > 0 && Number(values.port) < 65536)
    ) {
      throw new Error(`--port ${values.port} is no port number.`);
    }
    return values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exit(2);
  }
}

/** @param {ReturnType<typeof options>} options */
async function start(options) {
  if (options.help) {
    console.log(usage);
    return;
  }
  const { folder, kept } = playground({ reset: options.reset });
  if (kept.length > 0) {
    console.log(
      `kept your version of ${kept.join(', ')} in playground/ (npm start -- --reset brings the examples back)`,
    );
  }
  const first = firstExample(folder);
  greet(folder, first);
  const vsix = await packagedExtension();
  if (options.code) openInDesktop(vsix, folder, join(folder, first));
  else await openInBrowser(vsix, folder, options);
}

/**
 * The example to open first: a serving one, since its preview says most at a glance, that has something to run.
 * @param {string} folder
 */
function firstExample(folder) {
  const specs = filesBelow(folder, ['.'], (name) => name !== 'node_modules').filter((file) =>
    file.endsWith('.berth.yaml'),
  );
  const runs = specs.find((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    return /^kind: InferenceCluster$/m.test(text) && /^\s+serve:/m.test(text);
  });
  return runs ?? specs[0] ?? 'README.md';
}

/** @param {string} vsix @param {string} folder @param {string} example */
function openInDesktop(vsix, folder, example) {
  const windows = process.platform === 'win32'; // there `code` is a batch file, which only a shell runs
  for (const args of [
    ['--install-extension', vsix, '--force'],
    [folder, '--goto', example],
  ]) {
    const { status, error } = spawnSync('code', windows ? args.map((arg) => `"${arg}"`) : args, {
      stdio: 'inherit',
      shell: windows,
    });
    if (error !== undefined || status === 127)
      throw new Error(
        'there is no command "code" on the PATH: in VS Code, run "Shell Command: Install \'code\' command in PATH".',
      );
    if (status !== 0) throw new Error(`code ${args[0]} failed with exit code ${status}.`);
  }
  console.log(
    'Berth is installed in your VS Code, which opens the playground. Nothing of it keeps running in this terminal.',
  );
}

/**
 * @param {string} vsix @param {string} folder
 * @param {ReturnType<typeof options>} options
 */
async function openInBrowser(vsix, folder, options) {
  const codeServer = await installedCodeServer(console.log);
  const port =
    options.port === undefined ? ((await isFree(usualPort)) ? usualPort : await freePort()) : Number(options.port);
  const stopped = untilStopped();
  const vscode = await serveVSCode({
    codeServer,
    vsix,
    workspace: folder,
    port,
    // the command `berth` for its terminals
    env: { PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${environmentOf(process.execPath).PATH}` },
    settings: { 'git.enabled': false, 'security.workspace.trust.enabled': false },
  });
  const { address } = vscode; // without a file: the extension opens one the first time, and the workbench what was open the next
  console.log(
    `\nBerth is running. Open\n\n  ${address}\n\nYour files are in ${folder}. In a terminal of this VS Code the command is: berth. Ctrl-C here ends everything.`,
  );
  if (!options['no-open']) openBrowser(address);
  const cause = await Promise.race([stopped, vscode.ended.then(() => 'ended')]);
  if (cause === 'ended') console.error('berth: VS Code ended by itself.');
  process.stdout.write('\nending…');
  const count = await vscode.stop();
  console.log(
    ` ended ${count} process${count === 1 ? '' : 'es'}: VS Code, the language server, and the agent if it was started here, with all it ran.\n` +
      'Nothing of this session keeps running; an agent that was there before it goes on.\n' +
      'What you deployed is remembered: npm start and "npx berth status" find it again.',
  );
  process.exitCode = cause === 'ended' ? 1 : 0;
}

/** Resolves at the first signal to stop; further ones are taken too, since npm repeats Ctrl-C to us. @returns {Promise<string>} */
function untilStopped() {
  return new Promise((resolve) => {
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
      process.on(signal, () => resolve(signal));
  });
}

/** @param {number} port */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Opens the address, if there is anything to open it with; the address is printed anyway. @param {string} address */
function openBrowser(address) {
  const [command, args] =
    process.platform === 'darwin'
      ? ['open', [address]]
      : process.platform === 'win32'
        ? ['explorer', [address]]
        : ['xdg-open', [address]];
  if (
    process.platform === 'linux' &&
    !process.env.DISPLAY &&
    !process.env.WAYLAND_DISPLAY &&
    !existsSync('/proc/sys/fs/binfmt_misc/WSLInterop')
  )
    return;
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => console.log('(no browser could be opened from here)'));
  child.unref();
}

/** @param {unknown} error */
function sentenceOf(error) {
  const { code, message, path } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === 'ENOSPC') return `the disk is full${path ? ` (${path})` : ''}: free about 2 GB and run npm start again.`;
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return `${path ?? 'a folder'} cannot be written: check who owns it.`;
  return message ?? String(error);
}
