// Bundles server, command line, workers, client and webview with esbuild. As a command: for development, into dist/.
//
//   server/src/lsp/main.ts                 → server.cjs      CommonJS: VS Code forks it on the Node it brings
//   server/src/cli/main.ts                 → cli.js          ES module
//   server/src/**/*-worker.ts, *-process.ts → <name>.js       ES modules: worker threads and child processes, found by server/src/host/entry.ts
//   client/src/extension.ts                → extension.cjs   CommonJS, as VS Code loads extensions
//   webview/src/main.tsx                   → webview.js, .css one classic script, as a webview's CSP with a nonce wants it
//   server/runtime/python/**/*.py          → python/         as they are, found by server/src/host/python-packages.ts
import { build as esbuild, stop as endEsbuild } from 'esbuild';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { bundleSources } from './bootstrap.mjs';
import { filesBelow, hashOf } from './freshness.mjs';
import { root } from './pinned-node.mjs';

/**
 * Gives bundled CommonJS packages inside ES modules what they expect around them, by no name that such a package could declare itself
 * at the top of the bundle (one has `var URL`).
 */
const moduleSurroundings = [
  "import { createRequire as berthCreateRequire } from 'node:module';",
  "import { dirname as berthDirname } from 'node:path';",
  "import { fileURLToPath as berthFileURLToPath } from 'node:url';",
  'const require = berthCreateRequire(import.meta.url);',
  'const __filename = berthFileURLToPath(import.meta.url);',
  'const __dirname = berthDirname(__filename);',
].join('\n');

/** And the other way round: a CommonJS bundle has no import.meta.url, by which entries and WebAssembly files are found. */
const scriptSurroundings = "const berthModuleUrl = require('node:url').pathToFileURL(__filename).href;";

/**
 * Entry points of worker threads and child processes by convention of their names.
 * @param {string} [folder] root of the checkout
 * @returns {string[]} paths relative to it
 * @throws {Error} when two of them have one name
 */
export function processEntries(folder = root) {
  const entries = filesBelow(folder, ['server/src']).filter((file) => /-(worker|process)\.ts$/.test(file));
  const names = entries.map((file) => basename(file, '.ts'));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new Error(`two entry points are named ${twice}.ts; bundles lie in one folder, so names must differ`);
  return entries;
}

/**
 * @typedef {object} Bundles
 * @property {string[]} files names in `outdir`, those of Python packages as paths below it
 * @property {string[]} absent entry points that do not exist
 * @property {Record<string, string[]>} packages npm packages of which something is in a bundle, by folder relative to the checkout
 */

/**
 * Bundles everything into `outdir`.
 * @param {string} outdir absolute
 * @param {{minify: boolean, sourcemap: boolean, folder?: string}} options
 * @returns {Promise<Bundles>}
 */
export async function bundle(outdir, { minify, sourcemap, folder = root }) {
  /** @type {import('esbuild').BuildOptions} */
  const every = {
    absWorkingDir: folder,
    outdir,
    bundle: true,
    minify,
    keepNames: minify,
    sourcemap: sourcemap ? 'linked' : false,
    sourcesContent: false,
    legalComments: 'none',
    mainFields: ['module', 'main'],
    metafile: true,
    logLevel: 'warning',
    charset: 'utf8',
  };
  /** @type {import('esbuild').BuildOptions} */
  const node = { ...every, platform: 'node', define: { __BERTH_BUNDLE__: 'true' } };
  /** @type {import('esbuild').BuildOptions} */
  const commonJs = {
    ...node,
    format: 'cjs',
    target: 'node20',
    outExtension: { '.js': '.cjs' },
    banner: { js: scriptSurroundings },
    define: { ...node.define, 'import.meta.url': 'berthModuleUrl' },
    external: ['vscode'],
  };
  const parts = [
    { options: commonJs, entries: { server: 'server/src/lsp/main.ts' } },
    { options: commonJs, entries: { extension: 'client/src/extension.ts' } },
    {
      options: {
        ...node,
        format: /** @type {const} */ ('esm'),
        target: 'node20',
        splitting: true,
        chunkNames: 'chunk-[hash]', // beside the entries: import.meta.url of a chunk must find their siblings too
        banner: { js: moduleSurroundings },
      },
      entries: {
        cli: 'server/src/cli/main.ts',
        ...Object.fromEntries(processEntries(folder).map((file) => [basename(file, '.ts'), file])),
      },
    },
    {
      options: {
        ...every,
        platform: /** @type {const} */ ('browser'),
        format: /** @type {const} */ ('iife'),
        target: 'chrome120',
        jsx: /** @type {const} */ ('automatic'),
        jsxImportSource: 'preact',
        loader: { '.svg': /** @type {const} */ ('text'), '.ttf': /** @type {const} */ ('dataurl') },
      },
      entries: { webview: 'webview/src/main.tsx' },
    },
  ];
  /** @type {Bundles} */
  const result = { files: [], absent: [], packages: {} };
  for (const { options, entries } of parts) {
    const there = Object.entries(entries).filter(([, file]) => statSync(join(folder, file), { throwIfNoEntry: false }));
    result.absent.push(...Object.values(entries).filter((file) => !there.some(([, other]) => other === file)));
    if (there.length === 0) continue;
    const { metafile } = await esbuild({ ...options, metafile: true, entryPoints: Object.fromEntries(there) });
    result.files.push(...Object.keys(metafile.outputs).map((file) => basename(file)));
    for (const { inputs } of Object.values(metafile.outputs)) {
      for (const [input, { bytesInOutput }] of Object.entries(inputs))
        if (bytesInOutput > 0) notePackage(input, result.packages);
    }
    for (const input of Object.keys(metafile.inputs)) {
      if (!/\/generated\/[^/]+\.js$/.test(input)) continue;
      for (const held of packageFilesIn(readFileSync(join(folder, input), 'utf8'))) notePackage(held, result.packages);
    }
  }
  await endEsbuild(); // its service would run as long as this process, which may be a session of hours
  if (Object.keys(result.packages).some((path) => /(^|\/)node_modules\/highs$/.test(path))) {
    const wasm = createRequire(join(folder, 'package.json')).resolve('highs/runtime');
    writeFileSync(join(outdir, 'highs.wasm'), readFileSync(wasm));
    result.files.push('highs.wasm');
  }
  result.files.push(...copyPython(folder, outdir));
  // the bundles are ES modules wherever this folder is put
  writeFileSync(join(outdir, 'package.json'), '{ "type": "module" }\n');
  result.files.push('package.json');
  return result;
}

/** Where the sources of the Python packages lie that the user's Python runs. */
const pythonSources = 'server/runtime/python';

/** @param {string} folder @param {string} outdir @returns {string[]} paths relative to `outdir` */
function copyPython(folder, outdir) {
  const files = filesBelow(folder, [pythonSources]).filter((file) => file.endsWith('.py'));
  return files.map((file) => {
    const copy = `python${file.slice(pythonSources.length)}`;
    cpSync(join(folder, file), join(outdir, copy));
    return copy;
  });
}

/**
 * Files of packages that generated code holds: a generator that bundles leaves their paths in it, as esbuild writes them.
 * @param {string} code
 */
export function packageFilesIn(code) {
  return Array.from(code.matchAll(/"(node_modules\/[^"]+)"\(/g), ([, file = '']) => file);
}

/** @param {string} input path from esbuild's record @param {Record<string, string[]>} packages */
function notePackage(input, packages) {
  const found = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
  if (found === undefined) return;
  const inputs = (packages[found] ??= []);
  if (!inputs.includes(input)) inputs.push(input);
}

/**
 * Builds for development into dist/. Each file is replaced in one step, so that a running server never reads half of one.
 * @returns {Promise<Bundles>}
 */
export async function buildForDevelopment() {
  const hash = hashOf(root, bundleSources); // before: a source that changes meanwhile makes the result stale, not fresh
  const dist = join(root, 'dist');
  const fresh = join(root, 'build', `dist-${process.pid}`);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  mkdirSync(dist, { recursive: true });
  try {
    const result = await bundle(fresh, { minify: false, sourcemap: true });
    rmSync(join(dist, '.stamp'), { force: true });
    for (const file of result.files) {
      mkdirSync(dirname(join(dist, file)), { recursive: true });
      renameSync(join(fresh, file), join(dist, file));
    }
    for (const file of filesBelow(dist, ['.'])) {
      const isOurs = dirname(file) === '.' || file.startsWith('python/');
      if (!result.files.includes(file) && !/\.(vsix|cdx\.json)$/.test(file) && isOurs) rmSync(join(dist, file));
    }
    writeFileSync(join(dist, '.stamp'), hash);
    return result;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { files, absent } = await buildForDevelopment();
    for (const file of absent) console.log(`not built: ${file} does not exist`);
    const bundles = files.filter(
      (file) => !/\.(map|py)$/.test(file) && !file.startsWith('chunk-') && file !== 'package.json',
    );
    console.log(`built ${bundles.sort().join(', ')}`);
  } catch (error) {
    // esbuild has printed its own errors, with file and line
    if (!(error instanceof Error && 'errors' in error)) console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
