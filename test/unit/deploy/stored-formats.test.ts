/** What Berth has stored or sent in any version it reads again, refuses from a newer one, and never misreads. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { filesBelow } from '../../../scripts/freshness.mjs';
import { exampleOf, readChanged, STORED_FORMATS, type StoredFormat } from './stored-formats.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

describe.each(STORED_FORMATS.map((format) => [format.name, format] as const))('%s', (_name, format: StoredFormat) => {
  const versions = Object.keys(format.examples).map(Number);

  it('has an example of each version from the oldest that is read to the present one', () => {
    const oldest = Math.min(...versions);
    expect(versions).toEqual(Array.from({ length: format.present - oldest + 1 }, (_, i) => oldest + i));
    for (const version of versions) expect(existsSync(exampleOf(format, version)), format.examples[version]).toBe(true);
  });

  it.each(versions)('is read from version %i', async (version) => {
    const read = await format.read(exampleOf(format, version));
    // As it is stored: what the reader adds of its own is not of the file.
    expect(withoutFormat(read)).toEqual(format.means);
  });

  test('of a newer version is refused, and told to be one', async () => {
    const { as } = format;
    if (typeof as !== 'function') {
      expect(as.unversioned).toMatch(/\S/);
      return;
    }
    const newer = format.present + 1;
    await expect(readChanged(format, (bytes) => as(bytes, newer))).rejects.toThrow(
      new RegExp(`newer Berth.*${newer}|version ${newer}|this version of Berth reads`, 's'),
    );
  });

  test('that is damaged is never taken for another', async () => {
    const whole = JSON.stringify(withoutFormat(await format.read(exampleOf(format, format.present))));
    for (const share of [0, 0.1, 0.5, 0.9, 0.999]) {
      let read: unknown;
      try {
        read = await readChanged(format, (bytes) => bytes.subarray(0, Math.floor(share * bytes.length)));
      } catch (error) {
        expect((error as Error).message).toMatch(/\S/);
        continue;
      }
      // Of lines those that are whole, of all else all (where only its last newline is missing) or nothing.
      const said = JSON.stringify(withoutFormat(read)) ?? 'nothing';
      if (said !== 'nothing') expect(whole.startsWith(said.replace(/\]$/, '')), said).toBe(true);
    }
  });
});

function withoutFormat(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('format' in value)) return value;
  const { format: _, ...rest } = value;
  return rest;
}

/** Who writes a file that must outlive its process, and the format that is registered for it. */
const WRITERS: Readonly<Record<string, string>> = {
  'cli/commands/experiment.ts': 'for other tools: nothing of ours reads it',
  'cli/commands/export.ts': 'for other tools: nothing of ours reads it',
  'cli/commands/forecast.ts': 'forecast file, seasonal',
  'cli/commands/import-kubernetes.ts': 'a spec, as people write them: it says its version by apiVersion',
  'cli/commands/plan.ts': 'saved plan',
  'cli/commands/profile.ts': 'a graph file, as people write them: it says its version by apiVersion',
  'cli/commands/sensitivity.ts': 'for other tools: nothing of ours reads it',
  'deploy/runtime/sites/identity.ts': 'PEM, as all tools read it',
  'deploy/runtime/sites/weights-file.ts':
    'flat numbers, as docs/trainers.md says: their digest stands in workload.json',
  'deploy/runtime/training/checkpoint.ts': 'device-N.f32 of a checkpoint',
  'deploy/targets/local/agent/agent-lock.ts': 'agent.lock.N',
  'deploy/targets/local/agent/deployment-record.ts': 'deployment.json',
  'deploy/targets/local/agent/line-log.ts': 'lines of text for people: a line that is none is shown as it is',
  'deploy/targets/local/agent/process-memory.ts': 'a switch of the system: no file',
  'deploy/targets/local/agent/process-table.ts': 'processes.json',
  'deploy/targets/local/agent/workload-state.ts': 'workload.json of an InferenceCluster',
  'deploy/targets/local/serving/metrics-address.ts': 'metrics.json',
  'deploy/targets/local/training/placement-file.ts': 'for people and other tools: nothing of ours reads it',
};

test('whoever writes what must last has its format registered here', () => {
  const writes =
    /(?<!function )\b(?:writeFileAtomic|writeFileAtomicSync|writeFileTwice|writeDurably|writeText|writeFileSync|appendFileSync)\(/;
  const helpers = new Set([
    'cli/write-file.ts',
    'deploy/runtime/durable-file.ts',
    'deploy/targets/local/agent/atomic-file.ts',
  ]);
  const found = filesBelow(ROOT, ['server/src'])
    .filter((file) => file.endsWith('.ts') && writes.test(readFileSync(join(ROOT, file), 'utf8')))
    .map((file) => file.replace('server/src/', ''))
    .filter((file) => !helpers.has(file));
  expect(found.sort()).toEqual(Object.keys(WRITERS).sort());
});
