/** DOT as a program writes it: the imports of a room of this repository, drawn by dependency-cruiser. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readGraphFile } from '../../../../server/src/graph/source.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

it('a graph of dependency-cruiser has its modules and imports', async () => {
  const run = promisify(execFile);
  const cruise = [
    `${root}node_modules/dependency-cruiser/bin/dependency-cruise.mjs`,
    '--no-config',
    'server/src/securedfl',
  ];
  const written = async (form: string): Promise<string> =>
    (await run(process.execPath, [...cruise, '--output-type', form], { cwd: root, maxBuffer: 2 ** 26 })).stdout;
  const [text, json] = await Promise.all([written('dot'), written('json')]);
  const { modules } = JSON.parse(json) as { modules: { source: string; dependencies: { resolved: string }[] }[] };
  const read = readGraphFile({ path: '/x/imports.dot', text });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { graph } = read;
  const edges = Array.from(graph.edgeSrc, (src, e) => `${graph.names[src]} ${graph.names[graph.edgeDst[e]!]}`);
  const imports = modules.flatMap(({ source, dependencies }) =>
    dependencies.map(({ resolved }) => `${source} ${resolved}`),
  );
  expect([...graph.names].sort()).toEqual(modules.map(({ source }) => source).sort());
  expect(edges.sort()).toEqual([...new Set(imports)].sort());
  expect(read.notes?.[0]).toMatchObject({ code: 'BERTH3052', params: { missing: graph.nodeCount } });
}, 60_000);
