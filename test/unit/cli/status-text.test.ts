import { expect, it } from 'vitest';
import { statusText } from '../../../server/src/cli/text/status-text.ts';
import { paintFor } from '../../../server/src/cli/terminal.ts';
import type { PlacementStatus, ServingStatus } from '../../../server/src/deploy/types.ts';

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

it('tells by how much a training step is off its prediction, where both are known', () => {
  const status: PlacementStatus = {
    id: 'TrainingPlacement/net',
    kind: 'TrainingPlacement',
    name: 'net',
    revision: 1,
    phase: 'running',
    summary: 'running: step 5/10',
    at: 0,
    faults: [],
    step: 5,
    steps: 10,
    loss: 1,
    accuracy: null,
    predictedForwardMs: 10,
    measuredForwardMs: 8,
    predictedStepMs: 20,
    measuredStepMs: 30,
    devices: [],
    history: [],
  };
  const linesOf = (some: Partial<PlacementStatus>) =>
    statusText({ status: { ...status, ...some }, drift: [], complete: true }, plain, 120).join('\n');
  expect(linesOf({})).toMatch(/forward pass {2}predicted 10\.0 ms, measured 8\.00 ms \(−20\.0 %\)/);
  expect(linesOf({})).toMatch(/whole step {4}predicted 20\.0 ms, measured 30\.0 ms \(\+50\.0 %\)/);
  expect(linesOf({ measuredStepMs: null })).toMatch(/whole step {4}predicted 20\.0 ms, measured –$/m);
  expect(linesOf({ predictedStepMs: null })).toMatch(/whole step {4}measured 30\.0 ms$/m);
  expect(linesOf({ predictedForwardMs: 0 })).toMatch(/measured 8\.00 ms$/m);
});
