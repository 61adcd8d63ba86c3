/** What a workload keeps for the agent that comes after this one: `workload.json`, whose content is the workload's own. */
import { join } from 'node:path';
import { checkShape } from '../../../shape.ts';
import { problemError, type ProblemError } from '../../../../spec/problems/problem-error.ts';
import { copyOf, readStoredJson, setAside, writeFileTwice } from './atomic-file.ts';
import type { WorkloadContext } from '../workload.ts';

/** Of `workload.json`, for all kinds: goes up when one of them keeps what an older version would misread. The first files did not say it. */
export const WORKLOAD_FORMAT = 1;

/** @param onDamage told what was set aside since no workload of ours wrote it. */
export function workloadState(folder: string, onDamage: (problem: ProblemError) => void): WorkloadContext['state'] {
  const path = join(folder, 'workload.json');
  return {
    read: (shape) => {
      const stored = readStoredJson(path);
      if (stored.state === 'present') {
        const checked = checkShape(shape, stored.value);
        if (checked.ok) return checked.value;
        onDamage(problemError('BERTH5017', { path: setAside(path), detail: checked.detail }));
      }
      if (stored.state === 'corrupt')
        onDamage(problemError('BERTH5017', { path: setAside(path), detail: stored.reason }));
      // One that is not there was set aside, or never written; then there is no copy either.
      const copy = readStoredJson(copyOf(path));
      const copied = copy.state === 'present' ? checkShape(shape, copy.value) : undefined;
      return copied?.ok === true ? copied.value : null;
    },
    write: (value) => writeFileTwice(path, JSON.stringify({ format: WORKLOAD_FORMAT, ...value })),
  };
}
