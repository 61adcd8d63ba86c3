import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { KINDS } from '../../../server/src/spec/types.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The places that tell kinds apart, how many lines of them do, and why they may. Whatever else differs by kind belongs into one of them. */
const ALLOWED: Readonly<Record<string, readonly [lines: number, why: string]>> = {
  'server/src/spec/typed-spec.ts': [3, 'the registry of readers'],
  'server/src/spec/meaning.ts': [3, 'the registry of checks'],
  'server/src/preview/compute.ts': [3, 'the registry of engines'],
  'server/src/deploy/plan/desired.ts': [3, 'the registry of desired states'],
  'server/src/deploy/plan/diff.ts': [6, 'the registry of differences, and of what a new deployment creates'],
  'server/src/deploy/plan/portable-spec.ts': [3, 'the registry of paths in what is deployed'],
  'server/src/deploy/plan/unmet-needs.ts': [1, 'only a cluster starts several things, its jobs'],
  'server/src/deploy/targets/local/agent/workload-by-kind.ts': [3, 'the registry of workloads'],
  'server/src/deploy/targets/local/agent/status-at-rest.ts': [3, 'the registry of statuses before anything runs'],
  'server/src/language/hover.ts': [6, 'the registry of hovers; pins and nodes of a graph belong to placements alone'],
  'server/src/language/answer.ts': [3, 'the registry of answers in a few words'],
  'server/src/language/inlay-hints.ts': [3, 'the registry of hints'],
  'server/src/language/graph-reference.ts': [1, 'only a placement refers to a graph'],
  'server/src/language/completion/existing.ts': [1, 'only a placement has pins'],
  'server/src/cli/text/preview-text.ts': [3, 'the registry of previews in a terminal'],
  'server/src/cli/text/status-text.ts': [3, 'the registry of statuses in a terminal'],
  'server/src/cli/picture/preview-picture.ts': [3, 'the registry of pictures in files'],
  'server/src/cli/cluster-file.ts': [1, 'only clusters have traffic to replay'],
  'server/src/cli/commands/apply.ts': [1, 'only jobs of a cluster have endpoints'],
  'server/src/cli/commands/preview.ts': [
    2,
    'only a cluster is replayed, and only the picture of a placement is laid out',
  ],
  'server/src/cli/open-file.ts': [1, 'only a placement refers to a graph'],
  'server/src/lsp/previewer.ts': [1, 'only a placement refers to a graph'],
  'server/src/lsp/server.ts': [1, 'only a placement refers to a graph'],
  'client/src/deploy/deployments-tree.ts': [3, 'the registry of parts in the tree'],
  'webview/src/page-model.ts': [3, 'the registry of what counts as another preview; it knows no view'],
  'webview/src/frame/what-if-bar.tsx': [1, 'only a cluster has a capacity to try'],
};

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
  expect([...registries, 'webview/src/kinds.tsx'].filter((file) => !guide.includes(file))).toEqual([]);
});
