/** What a workload keeps for the agent that comes after this one: `workload.json`, whose content is the workload's own. */
import { join } from 'node:path';
import { checkShape } from '../../../shape.ts';
import { problemError, type ProblemError } from '../../../../spec/problems/problem-error.ts';
import { readStoredJson, setAside, writeFileAtomic } from './atomic-file.ts';
import type { WorkloadContext } from '../workload.ts';

/** Of `workload.json`, for all kinds: goes up when one of them keeps what an older version would misread. The first files did not say it. */
export const WORKLOAD_FORMAT = 1;

/** @param onDamage told what was set aside since no workload of ours wrote it. */
export function workloadState(folder: string, onDamage: (problem: ProblemError) => void): WorkloadContext['state'] {
  const path = join(folder, 'workload.json');
  return {
    read: (shape) => {
      const stored = readStoredJson(path);
      if (stored.state === 'absent') return null;
      const checked =
        stored.state === 'present' ? checkShape(shape, stored.value) : { ok: false as const, detail: stored.reason };
      if (checked.ok) return checked.value;
      onDamage(problemError('BERTH5017', { path: setAside(path), detail: checked.detail }));
      return null;
    },
    write: (value) => writeFileAtomic(path, JSON.stringify({ format: WORKLOAD_FORMAT, ...value })),
  };
}
