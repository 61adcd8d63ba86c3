import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readGraphFile } from '../../server/src/graph/source.ts';
import { berth, type Run } from '../integration/berth-command.ts';
import { OLD_PYTORCH, PYTORCH } from './python.ts';

const MODELS = fileURLToPath(new URL('models/', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-profile-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function profile(python: string, module: string, ...args: readonly string[]): Promise<Run> {
  return berth({ folder, state: folder }, 'profile', `${MODELS}${module}`, '--python', python, ...args);
}

/** The graph that a profile wrote, as every preview and planner reads it. */
async function profiled(python: string, module: string, ...args: readonly string[]) {
  const path = join(folder, 'net.graph.json');
  const { code, err } = await profile(python, module, '-o', path, '--repeat', '1', '--warmup', '0', ...args);
  expect({ code, err }).toMatchObject({ code: 0 });
  const read = readGraphFile({ path, bytes: readFileSync(path) });
  if (!read.ok || !read.profile) throw new Error('the graph cannot be read');
  return { path, graph: read.graph, profile: read.profile };
}

describe.skipIf(PYTORCH === undefined)('the current PyTorch', () => {
  test('weights that two names mean are counted once and keep together; the graph is known again', async () => {
    const batch = ['--batch', '2x6:int64'];
    const { path, graph, profile: made } = await profiled(PYTORCH!, 'small.py:Tied', ...batch);
    expect(made).toMatchObject({ mode: 'training', by: 'op', way: 'export', ties: [['embed.weight', 'head.weight']] });
    expect(made.keepWhole).toEqual({ Block: ['blocks/0', 'blocks/1', 'blocks/2'] });
    const tied = graph.groups.flatMap((group, i) => (group === undefined ? [] : [graph.layers[i]]));
    expect(tied).toEqual(['embed', 'head']);
    // 100 × 16 once, and in each block 2 × 16 + 16 × 32 + 32 + 32 × 16 + 16, in 4 bytes each
    expect(graph.permBytes.reduce((a, b) => a + b)).toBe(4 * (1600 + 3 * 1104));
    expect(graph.backwardUs?.filter((us) => us > 0).length).toBeGreaterThan(10);

    const same = await profile(PYTORCH!, 'small.py:Tied', ...batch, '--check', path);
    expect({ code: same.code, err: same.err }).toEqual({ code: 0, err: '' });
    const other = await profile(PYTORCH!, 'small.py:Tied', '--batch', '2x7:int64', '--check', path);
    expect(other.code).toBe(1);
    expect(other.err).toContain('BERTH3147');
  });

  test('by module, blocks that are to be kept whole are one node; inference has no backward half', async () => {
    const { graph } = await profiled(
      PYTORCH!,
      'small.py:Tied',
      '--batch',
      '2x6:int64',
      '--by',
      'module',
      '--inference',
    );
    expect(graph.names).toEqual(['words', 'embed', 'blocks/0', 'blocks/1', 'blocks/2', 'head']);
    expect(graph.backwardUs).toBeUndefined();
  });

  test('each mistake has its code', async () => {
    const codes = await Promise.all(
      [
        ['none.py:Net'],
        ['small.py:Tide'],
        ['small.py:Broken'],
        ['small.py:Tied'],
        ['small.py:Tied', '--batch', '2*3'],
        ['small.py:Refusing', '--batch', '2x3'],
        ['small.py:Tied', '--batch', '2x3:int64', '--device', 'cuda:99'],
      ].map(async ([module = '', ...args]) => /BERTH\d+/.exec((await profile(PYTORCH!, module, ...args)).err)?.[0]),
    );
    expect(codes).toEqual(['1', '1', '2', '3', '4', '5', '6'].map((digit) => `BERTH314${digit}`));
  });

  test('GPT-2 without weights: shapes are exact, times are estimated', async () => {
    const { graph, profile: made } = await profiled(PYTORCH!, 'real.py:gpt2', '--device', 'meta', '--by', 'module');
    expect(made.keepWhole.GPT2Block).toHaveLength(12);
    const parameters = graph.permBytes.reduce((a, b) => a + b);
    expect(parameters).toBe(497_759_232);
    expect(graph.names.filter((name) => /^transformer\/h\/\d+$/.test(name))).toHaveLength(12);
  });
});

test.skipIf(OLD_PYTORCH === undefined)('PyTorch 1.13 profiles by fx, and by hooks what fx cannot trace', async () => {
  const residual = await profiled(OLD_PYTORCH!, 'small.py:Residual', '--batch', '2x3x8x8', '--by', 'module');
  expect(residual.profile.way).toBe('fx');
  expect(residual.graph.layers).toContain('body/3');
  const branching = await profiled(OLD_PYTORCH!, 'small.py:Branching', '--batch', '2x4');
  expect(branching.profile.way).toBe('hooks');
  expect(branching.graph.backwardUs?.some((us) => us > 0)).toBe(true);
});

test('a Python without PyTorch is told apart', async () => {
  const { code, err } = await profile('/no/such/python', 'small.py:Tied', '--batch', '2x3:int64');
  expect(code).toBe(1);
  expect(err).toContain('BERTH3140');
});
