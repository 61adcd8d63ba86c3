import { expect, it } from 'vitest';
import { liveText, planText } from '../../../server/src/cli/text/plan-text.ts';
import { statusText } from '../../../server/src/cli/text/status-text.ts';
import { planApply } from '../../../server/src/deploy/plan/plan.ts';
import type { Live } from '../../../server/src/deploy/live.ts';
import { serving } from '../../fixtures/serving-sketch.ts';
import { HERE, wanted } from '../../fixtures/wanted.ts';

const plain = (text: string): string => text;
const paint = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, blue: plain, cyan: plain };

const three = serving({ jobs: [{ name: 'search', replicas: 3 }] });
const live: Live = {
  ownership: 'ours',
  id: three.id,
  target: 'local',
  ...wanted(three),
  revision: 4,
  hash: 'sha256:0',
  status: {
    id: three.id,
    kind: 'InferenceCluster',
    name: 'vision',
    revision: 4,
    phase: 'running',
    summary: 'running: 2/3 replicas',
    at: 0,
    faults: [],
    jobs: [],
    metricsUrl: '',
  },
  revisions: [],
  reads: [],
  drift: [{ path: 'jobs.search.replicas', text: 'search: 2 of 3 replicas answer' }],
  reached: false,
  complete: true,
};

it('shows drift beside what the text changes', () => {
  const result = planApply(live, wanted(serving({ jobs: [{ name: 'search', replicas: 5 }] })), HERE);
  if (!result.ok) throw result.problem;
  expect(planText(result.plan, paint)).toEqual([
    'InferenceCluster/vision would change on local (revision 4 is live)',
    '  ~ search: replicas 3 → 5',
    '  ≠ search: 2 of 3 replicas answer (drift: applying mends it)',
  ]);
});

it('shows drift, and what is not known, with what is live', () => {
  expect(liveText([live], paint, 120).at(-1)).toMatch(/2\/3 replicas; drift: search: 2 of 3 replicas answer$/);
  expect(statusText(live, paint, 80)).toContain('≠ search: 2 of 3 replicas answer');
  const unknown = { ...live, drift: [], complete: false };
  expect(liveText([unknown], paint, 120).at(-1)).toMatch(/2\/3 replicas; a part could not be read yet$/);
  expect(statusText(unknown, paint, 80)).toContain('a part could not be read yet');
});
