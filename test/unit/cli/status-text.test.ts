import { expect, it } from 'vitest';
import { statusText } from '../../../server/src/cli/text/status-text.ts';
import { paintFor } from '../../../server/src/cli/terminal.ts';
import type { ServingStatus } from '../../../server/src/deploy/types.ts';

const plain = paintFor(process.stdout, { FORCE_COLOR: '0' });

it('has a dash where a target does not say where requests go', () => {
  const job = {
    desiredReplicas: 2,
    readyReplicas: 2,
    requestsPerSecond: 5,
    queueLength: 0,
    meanMs: 40,
    p99Ms: 90,
    sloMs: 720,
    violationRate: 0,
    requests: 50,
    refused: 0,
    restarts: 0,
  };
  const status: ServingStatus = {
    id: 'InferenceCluster/vision',
    kind: 'InferenceCluster',
    name: 'vision',
    revision: 1,
    phase: 'running',
    summary: 'running: 4/4 replicas',
    at: 0,
    faults: [],
    jobs: [
      { ...job, name: 'told', endpoint: 'http://10.0.0.7/' },
      { ...job, name: 'silent' },
    ],
  };
  const lines = statusText({ status, drift: [], complete: true }, plain, 120);
  expect(lines.find((line) => line.includes('told'))).toMatch(/http:\/\/10\.0\.0\.7\/\s*$/);
  expect(lines.find((line) => line.includes('silent'))).toMatch(/ –\s*$/);
});
