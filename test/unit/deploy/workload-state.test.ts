import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { natural, object } from '../../../server/src/deploy/shape.ts';
import { workloadState } from '../../../server/src/deploy/targets/local/agent/workload-state.ts';

it('is found again in its copy, wherever it was cut off and however often the agent is killed before it writes it anew', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-'));
  try {
    const path = join(folder, 'workload.json');
    const shape = object<{ readonly step: number }>({ step: natural });
    const said: string[] = [];
    const state = workloadState(folder, ({ code }) => said.push(code));
    expect(state.read(shape)).toBeNull();
    await state.write({ step: 7 });
    for (let length = statSync(path).size - 1; length >= 0; length--) {
      truncateSync(path, length);
      expect(state.read(shape)).toMatchObject({ step: 7 });
      expect(state.read(shape)).toMatchObject({ step: 7 });
      expect(said.splice(0)).toEqual(['BERTH5017']);
      await state.write({ step: 7 });
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
