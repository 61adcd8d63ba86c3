// Packages the extension: dist/berth.vsix, minified, the same bytes for the same sources, under 5 MB; and dist/berth.cdx.json, its bill of
// materials, which lies in it too.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleSources } from './bootstrap.mjs';
import { bundle } from './build.mjs';
import { filesBelow, hashOf, stampOf } from './freshness.mjs';
import { withLock } from './lock.mjs';
import { announced } from './progress.mjs';
import { root } from './pinned-node.mjs';
import { billOfMaterials } from './supply/bill-of-materials.mjs';
import { noticeOf } from './supply/notice.mjs';
import { shippedPackages } from './supply/shipped-packages.mjs';

const run = promisify(execFile);

const limit = 5_000_000;
const vsix = join(root, 'dist', 'berth.vsix');
const billFile = join(root, 'dist', 'berth.cdx.json');
const stamp = join(root, 'build', 'vsix.stamp');

/** Keys of package.json that concern the checkout, not the extension. */
const checkoutKeys = [
  'scripts',
  'devDependencies',
  'dependencies',
  'optionalDependencies',
  'workspaces',
  'bin',
  'private',
  'files',
];

const pages = ['README.md', 'LICENSE', 'CHANGELOG.md'];

/**
 * The packaged extension, made anew only where its sources changed.
 * @param {{say?: (line: string) => void}} [options]
 * @returns {Promise<string>} path of the .vsix
 */
export async function packagedExtension({ say = console.log } = {}) {
  return withLock(
    join(root, 'build', 'package.lock'),
    () => say('waiting for another packaging in this checkout…'),
    async () => {
      const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
      const folders = foldersOf(manifest);
      const hash = hashOf(root, [
        ...bundleSources,
        'package.json',
        'scripts/package.mjs',
        'scripts/supply',
        'NOTICE',
        ...pages,
        ...folders,
      ]);
      if (stampOf(stamp) !== hash || !existsSync(vsix) || !existsSync(billFile)) {
        await announced('packaging the extension', () => makePackage(manifest, folders));
        writeFileSync(stamp, hash);
      }
      return vsix;
    },
  );
}

/**
 * @param {Record<string, unknown>} manifest
 * @param {readonly string[]} folders
 */
async function makePackage(manifest, folders) {
  const main = typeof manifest.main === 'string' ? normalize(manifest.main) : undefined;
  if (main === undefined) throw new Error('package.json names no "main": there is no extension to package.');
  const stage = join(root, 'build', `vsix-${process.pid}`);
  rmSync(stage, { recursive: true, force: true });
  try {
    mkdirSync(join(stage, 'dist'), { recursive: true });
    const { packages } = await bundle(join(stage, 'dist'), { minify: true, sourcemap: false });
    if (!existsSync(join(stage, main)))
      throw new Error(`package.json names "main": "${main}", which the build does not make.`);
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(extensionManifest(manifest), null, 2)}\n`);
    const bill = writeOrigins(stage, manifest, Object.keys(packages));
    for (const page of pages) if (existsSync(join(root, page))) cpSync(join(root, page), join(stage, page));
    for (const folder of folders) {
      cpSync(join(root, folder), join(stage, folder), {
        recursive: true,
        filter: (path) => !/[\\/]node_modules$/.test(path),
      });
    }
    for (const file of filesBelow(stage, ['.'])) chmodSync(join(stage, file), 0o644); // a umask must not change the bytes
    const made = join(root, 'build', `berth-${process.pid}.vsix`);
    await writeArchive(stage, made);
    const { size } = statSync(made);
    if (size > limit) {
      rmSync(made);
      throw new Error(
        `the package weighs ${(size / 1e6).toFixed(2)} MB; ${limit / 1e6} MB is the limit.\n${heaviest(stage)}`,
      );
    }
    mkdirSync(dirname(vsix), { recursive: true });
    writeFileSync(billFile, bill);
    renameSync(made, vsix);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/**
 * Folders of the checkout that belong into the package: those with files that the manifest names (icons, grammars, walkthrough
 * pages), and those it lists under "files".
 * @param {Record<string, unknown>} manifest
 */
function foldersOf(manifest) {
  const folders = new Set(Array.isArray(manifest.files) ? manifest.files.map((file) => normalize(file)) : []);
  /** @param {unknown} value */
  const visit = (value) => {
    if (typeof value === 'string') {
      if (!/^[\w./@-]+$/.test(value)) return;
      const path = normalize(value).replaceAll('\\', '/');
      const folder = dirname(path);
      if (folder === '.' || /^(\.\.|\/|dist\/)/.test(path)) return;
      if (statSync(join(root, path), { throwIfNoEntry: false })?.isFile()) folders.add(folder);
    } else if (typeof value === 'object' && value !== null) {
      Object.values(value).forEach(visit);
    }
  };
  visit([manifest.contributes, manifest.icon]);
  return [...folders].filter((folder) => ![...folders].some((other) => folder.startsWith(`${other}/`))).sort();
}

/** @param {Record<string, unknown>} manifest */
function extensionManifest(manifest) {
  const kept = Object.entries(manifest).filter(([key]) => !checkoutKeys.includes(key));
  const { engines } = /** @type {{engines: Record<string, string>}} */ (manifest);
  return { ...Object.fromEntries(kept), engines: { vscode: engines.vscode } };
}

/**
 * Writes what others wrote of it: their licences, as committed, and the bill of materials.
 * @param {string} stage
 * @param {Record<string, unknown>} manifest
 * @param {readonly string[]} folders of the packages that are bundled
 * @returns {string} the bill of materials
 */
function writeOrigins(stage, manifest, folders) {
  const packages = shippedPackages(root, folders);
  const notice = noticeOf(packages);
  if (!existsSync(join(root, 'NOTICE')) || readFileSync(join(root, 'NOTICE'), 'utf8') !== notice)
    throw new Error('NOTICE does not say what is bundled: run npm run generate and commit the result.');
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const bill = billOfMaterials(
    /** @type {Parameters<typeof billOfMaterials>[0]} */ (/** @type {unknown} */ (manifest)),
    packages,
    locked,
  );
  writeFileSync(join(stage, 'NOTICE.txt'), notice);
  writeFileSync(join(stage, basename(billFile)), bill);
  return bill;
}

/**
 * Runs vsce on the staged folder. Archives hold times: fixed ones, in a fixed zone.
 * @param {string} stage
 * @param {string} file
 */
async function writeArchive(stage, file) {
  writeFileSync(join(stage, '.vscodeignore'), ''); // everything staged is meant to be in it
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  const flags = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  const env = { ...process.env, SOURCE_DATE_EPOCH: '946684800', TZ: 'UTC' };
  try {
    await run(process.execPath, [vsce, 'package', ...flags, '--out', file], { cwd: stage, env });
  } catch (error) {
    const { stdout, stderr } = /** @type {{stdout?: string, stderr?: string}} */ (error);
    throw new Error(`vsce refuses:\n${`${stdout ?? ''}${stderr ?? ''}`.trim()}`, { cause: error });
  }
}

/** @param {string} folder */
function heaviest(folder) {
  const sizes = filesBelow(folder, ['.']).map((file) => ({ file, size: statSync(join(folder, file)).size }));
  const top = sizes.sort((a, b) => b.size - a.size).slice(0, 8);
  return top.map(({ file, size }) => `${(size / 1e6).toFixed(2).padStart(6)} MB  ${file}`).join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const file = await packagedExtension();
    console.log(`dist/berth.vsix: ${(statSync(file).size / 1e6).toFixed(2)} MB; what it contains: dist/berth.cdx.json`);
  } catch (error) {
    console.error(`berth: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
