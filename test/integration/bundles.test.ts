import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundle } from '../../scripts/build.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-bundles-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'server/src/host'), { recursive: true });
  cpSync(join(root, 'server/src/host/entry.ts'), join(folder, 'server/src/host/entry.ts'));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

test.each([true, false])(
  'bundles find their workers and WebAssembly, from ES and CommonJS modules (minified: %s)',
  async (minify) => {
    write(
      'server/src/preview/solve-worker.ts',
      `import { parentPort } from 'node:worker_threads';
     import highs from 'highs';
     const problem = 'Maximize\\n obj: x + 2 y\\nSubject To\\n c: x + y <= 4\\nBounds\\n 0 <= x <= 3\\n 0 <= y <= 3\\nEnd';
     parentPort!.postMessage((await highs()).solve(problem).ObjectiveValue);`,
    );
    write(
      'server/src/preview/solve.ts',
      `import { Worker } from 'node:worker_threads';
     import { entryUrl } from '../host/entry.ts';
     new Worker(entryUrl('solve-worker')).on('message', (value) => console.log(value));`,
    );
    for (const main of ['server/src/lsp/main.ts', 'server/src/cli/main.ts'])
      write(main, "import '../preview/solve.ts';");
    const dist = join(folder, 'dist');
    mkdirSync(dist);
    const { files, absent } = await bundle(dist, { minify, sourcemap: false, folder });
    expect(files).toEqual(
      expect.arrayContaining(['server.cjs', 'cli.js', 'solve-worker.js', 'highs.wasm', 'package.json']),
    );
    expect(absent).toEqual(['client/src/extension.ts', 'webview/src/main.tsx']);
    for (const file of ['server.cjs', 'cli.js']) {
      expect(execFileSync(process.execPath, [join(dist, file)], { encoding: 'utf8' })).toBe('7\n');
    }
  },
);

test.each([true, false])('the command and its processes start from the bundles (minified: %s)', async (minify) => {
  const dist = join(folder, 'dist');
  mkdirSync(dist);
  const { files } = await bundle(dist, { minify, sourcemap: false });
  const example = join(root, 'examples/federation.berth.yaml');
  expect(execFileSync(process.execPath, [join(dist, 'cli.js'), 'preview', example], { encoding: 'utf8' })).toContain(
    'Nine sites average',
  );
  const processes = files.filter((file) => file.endsWith('-process.js'));
  expect(processes).toEqual(expect.arrayContaining(['agent-process.js', 'device-process.js', 'site-process.js']));
  for (const file of processes.filter((other) => other !== 'agent-process.js')) {
    // with nobody to tell them what to do, they end; what reads files by force, since a silent disk would keep it from ending otherwise
    const { status, signal, stderr } = spawnSync(process.execPath, [join(dist, file)], { input: '', encoding: 'utf8' });
    const end = file === 'files-process.js' ? { status: null, signal: 'SIGKILL' } : { status: 0, signal: null };
    expect({ file, status, signal, stderr }).toEqual({ file, ...end, stderr: '' });
  }
  const agent = spawn(process.execPath, [join(dist, 'agent-process.js')], {
    env: { ...process.env, BERTH_STATE: join(folder, 'state') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => agent.once('exit', resolve));
  expect(await new Promise((resolve) => agent.stdout.once('data', (data) => resolve(String(data).trim())))).toBe(
    '{"ready":true}',
  );
  agent.kill();
  await ended;
});

test('two entry points of one name are refused, since their bundles would be one file', async () => {
  write('server/src/a/step-process.ts', '');
  write('server/src/b/step-process.ts', '');
  await expect(bundle(join(folder, 'dist'), { minify: false, sourcemap: false, folder })).rejects.toThrow(
    'step-process.ts',
  );
});
