import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { packagedExtension } from '../../scripts/package.mjs';

let vsix: string;
beforeAll(async () => {
  vsix = await packagedExtension();
});

/** Names of the files in a zip archive, from its central directory (APPNOTE.TXT 4.3.12 and 4.3.16). */
function namesIn(archive: string): string[] {
  const bytes = readFileSync(archive);
  const end = bytes.lastIndexOf('PK\x05\x06');
  const count = bytes.readUInt16LE(end + 10);
  const names: string[] = [];
  for (let at = bytes.readUInt32LE(end + 16); names.length < count;) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    names.push(bytes.toString('utf8', at + 46, at + 46 + name));
    at += 46 + name + extra + comment;
  }
  return names;
}

/** The Python packages, which are shipped as they are. */
function pythonFiles(): string[] {
  const folder = new URL('../../server/runtime/python/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
  return files.filter((file) => file.endsWith('.py')).map((file) => `python/${file}`);
}

test('the package holds these files and no others: no source, no map, no test', () => {
  const names = namesIn(vsix).map((name) => name.replace(/(?<=\/chunk-)[A-Z0-9]{8}(?=\.js$)/, '*'));
  expect([...new Set(names)].sort()).toEqual(
    [
      '[Content_Types].xml',
      'extension.vsixmanifest',
      'extension/LICENSE.txt',
      'extension/NOTICE.txt',
      'extension/berth.cdx.json',
      'extension/changelog.md',
      'extension/package.json',
      'extension/readme.md',
      ...[
        'agent-process.js',
        'chunk-*.js',
        'cli.js',
        'device-process.js',
        'experiment-worker.js',
        'extension.cjs',
        'files-process.js',
        'forecast-worker.js',
        'highs.wasm',
        'package.json',
        'plan-worker.js',
        'preview-worker.js',
        'replay-worker.js',
        'server.cjs',
        'site-process.js',
        'webview.css',
        'webview.js',
        // what the user's Python runs
        ...pythonFiles(),
      ].map((file) => `extension/dist/${file}`),
      ...['federation', 'inference', 'placement', 'watch'].map((page) => `extension/docs/walkthrough/${page}.md`),
      ...['graph-file', 'preview', 'spec-file'].flatMap((icon) =>
        ['dark', 'light'].map((theme) => `extension/media/${icon}-${theme}.svg`),
      ),
      'extension/media/berth.svg',
      ...['federation', 'serving', 'training'].map((picture) => `extension/media/readme/${picture}.png`),
      ...['federation', 'inference-cluster', 'training-placement'].map(
        (kind) => `extension/media/templates/${kind}.berth.snippet`,
      ),
      'extension/syntaxes/berth.tmLanguage.json',
      'extension/syntaxes/language-configuration.json',
    ].sort(),
  );
});

test('the package weighs under 5 MB', () => {
  expect(statSync(vsix).size).toBeLessThan(5_000_000);
});

test('beside it lies its bill of materials, which names what the notice names', () => {
  const bill = JSON.parse(readFileSync(join(dirname(vsix), 'berth.cdx.json'), 'utf8')) as {
    components: { name: string; version: string }[];
  };
  const notice = readFileSync(new URL('../../NOTICE', import.meta.url), 'utf8').split('\n');
  expect(bill.components.length).toBeGreaterThan(10);
  expect(bill.components.filter(({ name, version }) => !notice.includes(`${name} ${version}`))).toEqual([]);
});
