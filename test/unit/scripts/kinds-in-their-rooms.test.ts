import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { KINDS } from '../../../server/src/spec/types.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The places that tell kinds apart, how many lines of them do, and why they may. Whatever else differs by kind belongs into one of them. */
const ALLOWED: Readonly<Record<string, readonly [lines: number, why: string]>> = {
  'server/src/preview/compute.ts': [3, 'the registry of engines'],
  'server/src/language/hover.ts': [1, 'only placements say something of the nodes of a graph'],
  'server/src/language/graph-reference.ts': [1, 'only a placement refers to a graph'],
  'server/src/language/completion/existing.ts': [1, 'only a placement has pins'],
  'server/src/cli/cluster-file.ts': [1, 'only clusters have traffic to replay'],
  'server/src/cli/commands/sensitivity.ts': [1, 'an experiment on a placement is not one on traffic'],
  'server/src/cli/commands/apply.ts': [1, 'only jobs of a cluster have endpoints'],
  'server/src/cli/commands/preview.ts': [
    2,
    'only a cluster is replayed, and only the picture of a placement is laid out',
  ],
  'server/src/cli/commands/export.ts': [2, 'only a placement says where modules run'],
  'server/src/cli/commands/import.ts': [1, 'only a placement says where modules run'],
  'server/src/cli/open-file.ts': [1, 'only a placement refers to a graph'],
  'server/src/lsp/previewer.ts': [1, 'only a placement refers to a graph'],
  'server/src/lsp/server.ts': [1, 'only a placement refers to a graph'],
  'client/src/deploy/deployment-parts.ts': [3, 'the registry of parts in the tree'],
  'webview/src/frame/what-if-bar.tsx': [1, 'only a cluster has a capacity to try'],
};

/** The registry of each layer that has more than one thing to say of a kind. */
const RECORDS = [
  'server/src/spec/kinds.ts',
  'server/src/deploy/kinds.ts',
  'server/src/deploy/targets/local/kinds.ts',
  'server/src/language/kinds.ts',
  'server/src/cli/kinds.ts',
  'webview/src/kinds.tsx',
];

const KIND = new RegExp(`(?:case|[=!]==) '(?:${KINDS.join('|')})'`);

/** Lines that test for a kind, outside the folders of kinds. */
function testsForKinds(): Map<string, number> {
  const found = new Map<string, number>();
  for (const part of ['server/src', 'client/src', 'webview/src']) {
    for (const name of readdirSync(root + part, { recursive: true, encoding: 'utf8' })) {
      const file = `${part}/${name.replaceAll('\\', '/')}`;
      if (!/\.tsx?$/.test(file) || /\/(?:generated|kinds)\//.test(file)) continue;
      const lines = readFileSync(root + file, 'utf8')
        .split('\n')
        .filter((line) => KIND.test(line)).length;
      if (lines > 0) found.set(file, lines);
    }
  }
  return found;
}

test('kinds are told apart only where docs/adding.md says so', () => {
  const more = Array.from(testsForKinds()).filter(([file, lines]) => lines > (ALLOWED[file]?.[0] ?? 0));
  expect(more).toEqual([]);
});

test('every place that may tell kinds apart does', () => {
  const found = testsForKinds();
  expect(Object.keys(ALLOWED).filter((file) => !found.has(file))).toEqual([]);
});

test('docs/adding.md names every registry of kinds', () => {
  const guide = readFileSync(`${root}docs/adding.md`, 'utf8');
  const registries = Object.entries(ALLOWED).flatMap(([file, [, why]]) =>
    why.startsWith('the registry') ? [file] : [],
  );
  expect([...registries, ...RECORDS].filter((file) => !guide.includes(file))).toEqual([]);
});
