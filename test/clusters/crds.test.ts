/** The definitions of `deploy/crds/` on a real API server: it takes them as they are, and with them the specs that Berth takes. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ControlPlane } from './control-plane.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const EXAMPLES = readdirSync(pathOf('examples')).filter((name) => name.endsWith('.berth.yaml'));

let plane: ControlPlane;
beforeAll(async () => {
  plane = await ControlPlane.start();
  const { code, stderr } = await plane.kubectl(['apply', '-f', pathOf('deploy/crds')]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  await plane.kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all']);
});
afterAll(() => plane.stop());

/** A cluster of one job. */
const cluster = ({ cpu = '1', replicas = '{ max: 2 }', workload = '{ rate: 10/s }', more = '' }): string =>
  `apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: small, namespace: default }
spec:
  capacity: { cpu: ${cpu} }
  jobs:
    - { name: job, slo: { latency: 500ms }, processingTime: 100ms, replicas: ${replicas}, workload: ${workload}${more} }
`;

test('definitions are structural, and their names are free', async () => {
  const { stdout } = await plane.kubectl(['get', 'crd', '-o', 'json']);
  const { items } = JSON.parse(stdout) as {
    items: { status: { conditions: { type: string; status: string }[] } }[];
  };
  const said = items.flatMap(({ status }) => status.conditions.map(({ type, status: is }) => `${type} ${is}`));
  expect(said.sort()).toEqual([
    ...Array<string>(3).fill('Established True'),
    ...Array<string>(3).fill('NamesAccepted True'),
  ]);
});

test.each(EXAMPLES)('kubectl apply takes %s as it is', async (name) => {
  expect(await plane.kubectl(['apply', '-f', pathOf(`examples/${name}`)])).toMatchObject({ code: 0, stderr: '' });
  const again = await plane.kubectl(['apply', '-f', pathOf(`examples/${name}`)]);
  expect(again.stdout).toMatch(/ unchanged\n$/); // nothing is filled in
});

test('kubectl get shows what a resource is about', async () => {
  const { stdout } = await plane.kubectl(['get', 'icl', 'vision']);
  expect(stdout).toMatch(/^NAME +OBJECTIVE +POLICY +READY +AGE\nvision +FairSum +faro /);
});

describe('a resource is refused', () => {
  const refusal = async (text: string): Promise<string> => {
    const { code, stderr } = await plane.kubectl(['apply', '--dry-run=server', '-f', '-'], text);
    expect(code).not.toBe(0);
    return stderr;
  };

  test('for a key that is misspelt', async () => {
    const misspelt = readFileSync(pathOf('examples/serving.berth.yaml'), 'utf8')
      .replace('name: vision', 'name: other')
      .replace('priority:', 'prioritty:');
    expect(await refusal(misspelt)).toContain('unknown field "spec.jobs[0].prioritty"');
  });

  test.each([
    ['a cpu of nothing', { cpu: '0' }, 'should be greater than 0'],
    ['a cpu in words', { cpu: '2 cores' }, 'spec.capacity.cpu in body should match'],
    ['a cpu that is true', { cpu: 'true' }, 'must not validate the schema (not)'],
    ['a cpu that is a mapping', { cpu: '{ cores: 2 }' }, 'spec.capacity.cpu'],
    ['fewer replicas at most than at least', { replicas: '{ min: 3, max: 2 }' }, 'max is less than min'],
    ['a trace without its column', { workload: '{ trace: day.csv }' }, 'a trace (trace, column)'],
    ['a rate and a trace', { workload: '{ rate: 1/s, trace: day.csv, column: a }' }, 'give either a constant rate'],
    ['a priority of nothing', { more: ', priority: 0' }, 'should be greater than 0'],
  ])('for %s', async (_, changed, wanted) => {
    expect(await refusal(cluster(changed))).toContain(wanted);
  });
});

test.each(['0.5', '250m', '2', '"2"'])('a cpu of %s is taken', async (cpu) => {
  const { code, stderr } = await plane.kubectl(['apply', '--dry-run=server', '-f', '-'], cluster({ cpu }));
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

test('two who write different jobs do not meet, and who writes the same one is told', async () => {
  const job = (name: string, latency: string): string =>
    `apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: shared, namespace: default }
spec:
  capacity: { replicas: 4 }
  jobs: [{ name: ${name}, slo: { latency: ${latency} }, processingTime: 10ms, workload: { rate: 1/s } }]
`;
  const apply = (manager: string, text: string) =>
    plane.kubectl(['apply', '--server-side', '--field-manager', manager, '-f', '-'], text);
  expect(await apply('one', job('a', '500ms'))).toMatchObject({ code: 0 });
  expect(await apply('other', job('b', '500ms'))).toMatchObject({ code: 0 });
  const { stdout } = await plane.kubectl(['get', 'icl', 'shared', '-o', 'jsonpath={.spec.jobs[*].name}']);
  expect(stdout.split(' ').sort()).toEqual(['a', 'b']);
  expect((await apply('other', job('a', '100ms'))).stderr).toContain('conflict with "one"');
});
