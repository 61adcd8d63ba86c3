/** RayServices as KubeRay publishes them become specs that are valid once what they do not say is filled in. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { importKubernetes } from '../../server/src/kubernetes/import.ts';
import { readSpecFile } from '../../server/src/spec/spec-file.ts';
import { describeWithSharedData, sharedData } from './shared-data.ts';

function meant(name: string): unknown[] {
  const { spec } = importKubernetes(readFileSync(sharedData(`kubernetes/${name}`), 'utf8'));
  const filledIn = (spec ?? '')
    .replace(/latency: #.*/g, 'latency: 500ms')
    .replace(/processingTime: #.*/g, 'processingTime: 100ms')
    .replace(/rate: #.*/g, 'rate: 10/s');
  const read = readSpecFile(filledIn, { uri: 'file:///specs/imported.berth.yaml' });
  expect(read.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return read.documents.map((document) => document.spec);
}

describeWithSharedData('samples of KubeRay', () => {
  it.each([
    [
      'ray-service.mobilenet.yaml',
      [
        {
          name: 'rayservice-mobilenet',
          jobs: [{ name: 'mobilenet', replicas: { min: 2, max: 2 }, resources: { cpu: 1 } }],
        },
      ],
    ],
    [
      'ray-service.sample.yaml',
      [
        {
          name: 'rayservice-sample',
          jobs: [
            { name: 'fruit-app', replicas: { min: 2, max: 2 }, resources: { cpu: 0.4 } },
            { name: 'math-app', replicas: { min: 1, max: 1 }, resources: { cpu: 1.2 } },
          ],
        },
      ],
    ],
  ])("KubeRay's %s becomes a spec", (name, wanted) => {
    expect(meant(name)).toMatchObject(wanted);
  });
});
