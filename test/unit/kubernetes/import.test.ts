import { describe, expect, it } from 'vitest';
import { importKubernetes } from '../../../server/src/kubernetes/import.ts';
import { kubernetesQuantity } from '../../../server/src/kubernetes/quantity.ts';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';

const service = (config: string, more = ''): string => `apiVersion: ray.io/v1
kind: RayService
metadata: { name: vision }
spec:
  serveConfigV2: |
${config.replace(/^(?=.)/gm, '    ')}${more}`;

const CONFIG = `applications:
  - name: digits
    deployments:
      - name: Digits
        num_replicas: 2
        ray_actor_options: { num_cpus: 0.5, memory: 1073741824 }
`;

/** The codes with the text that each marks. */
const marked = (text: string): readonly string[] =>
  importKubernetes(text).problems.map(({ code, range }) => `${code} ${text.slice(range.start, range.end)}`);

const errors = (text: string): readonly string[] => {
  const { spec, problems } = importKubernetes(text);
  expect(spec).toBeUndefined();
  return problems
    .filter(({ severity }) => severity === 'error')
    .map(({ code, range }) => `${code} ${text.slice(range.start, range.end)}`);
};

const filledIn = (spec: string): string =>
  spec
    .replace(/latency: #.*/g, 'latency: 500ms')
    .replace(/processingTime: #.*/g, 'processingTime: 100ms')
    .replace(/rate: #.*/g, 'rate: 10/s');

const meant = (text: string): unknown[] => {
  const { spec } = importKubernetes(text);
  const read = readSpecFile(filledIn(spec ?? ''), { uri: 'file:///specs/imported.berth.yaml' });
  expect(read.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return read.documents.map((document) => document.spec);
};

describe('a RayService', () => {
  it('is a job for each application, with what its replicas take', () => {
    expect(meant(service(CONFIG))).toMatchObject([
      {
        name: 'vision',
        jobs: [{ name: 'digits', replicas: { min: 2, max: 2 } }],
      },
    ]);
  });

  it('has the machines of its Ray cluster, with the memory where every job says what it takes', () => {
    const pod = (cpu: string, memory: string): string =>
      `template: { spec: { containers: [{ name: ray, resources: { limits: { cpu: ${cpu}, memory: ${memory} } } }] } }`;
    const cluster = `
  rayClusterConfig:
    enableInTreeAutoscaling: true
    headGroupSpec: { rayStartParams: { num-cpus: "0" }, ${pod('2', '4Gi')} }
    workerGroupSpecs:
      - { groupName: small, replicas: 1, maxReplicas: 3, ${pod('1500m', '2Gi')} }
`;
    expect(importKubernetes(service(CONFIG, cluster)).spec).toContain(
      '{ name: "small", count: 3, cpu: 2, memory: 2Gi }',
    );
    expect(meant(service(CONFIG, cluster))).toMatchObject([{ jobs: [{ resources: { cpu: 0.5, memory: 2 ** 30 } }] }]);
    const fixed = service(CONFIG, cluster.replace('true', 'false'));
    expect(importKubernetes(fixed).spec).toContain('name: "small", count: 1,');
    expect(marked(fixed)).toContain('BERTH5657 3');
  });

  it('scales as its autoscaling_config says', () => {
    const scaled = CONFIG.replace(
      'num_replicas: 2',
      'autoscaling_config: { min_replicas: 1, max_replicas: 7, upscale_delay_s: 3 }',
    );
    expect(importKubernetes(service(scaled)).spec).toContain('replicas: { min: 1, max: 7 }');
    expect(marked(service(scaled))).toContain('BERTH5656 upscale_delay_s');
  });

  it('that may have no replica leaves its cold start to be filled in', () => {
    const asleep = CONFIG.replace('num_replicas: 2', 'autoscaling_config: { min_replicas: 0, max_replicas: 2 }');
    const { spec } = importKubernetes(service(asleep));
    const read = readSpecFile(filledIn(spec ?? ''), { uri: 'file:///specs/imported.berth.yaml' });
    expect(read.problems.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual(['BERTH1029']);
    const whole = filledIn(spec ?? '').replace(/coldStart: #.*/, 'coldStart: 65s');
    expect(readSpecFile(whole, { uri: 'file:///specs/imported.berth.yaml' }).documents[0]?.spec).toMatchObject({
      jobs: [{ replicas: { min: 0, max: 2 } }],
    });
  });

  it('leaves empty what it does not say, which no spec passes with', () => {
    const { spec, problems } = importKubernetes(service(CONFIG));
    expect(problems.map(({ code }) => code)).toContain('BERTH5655');
    const read = readSpecFile(spec ?? '', { uri: 'file:///specs/imported.berth.yaml' });
    expect(read.problems.filter(({ code }) => code === 'BERTH1029')).toHaveLength(3);
  });
});

describe('a config within a text', () => {
  it.each([
    ['a list that does not end', CONFIG.replace('0.5, memory: 1073741824 }', '0.5'), /^BERTH5651 /],
    ['a key of a deployment in an application', `${CONFIG}    num_replicas: 3\n`, /^BERTH5653 num_replicas$/],
    ['a key of the whole config in an application', `${CONFIG}    http_options: {}\n`, /^BERTH5653 http_options$/],
    ['a number that is none', CONFIG.replace('num_replicas: 2', 'num_replicas: two'), /^BERTH5654 two$/],
    ['an alias of nothing', CONFIG.replace('num_replicas: 2', 'num_replicas: *many'), /^BERTH5652 \*many$/],
  ])('%s is marked at its place', (_, config, wanted) => {
    const [first] = errors(service(config));
    expect(first).toMatch(wanted);
  });

  it('is marked at its place with carriage returns, blank lines and comments too', () => {
    const text = service(`# é 🚢\n\n${CONFIG.replace('2', 'two')}`).replace(/\n/g, '\r\n');
    expect(errors(text)).toEqual(['BERTH5654 two']);
  });

  it('is marked at its place in quotes, and as a whole where it is folded or escaped', () => {
    const quoted = service('').replace('|', '"applications: [{ name: a, num_replicas: 2 }]"');
    expect(errors(quoted)).toEqual(['BERTH5653 num_replicas']);
    const escaped = service('').replace('|', '"applications:\\n- { name: a, num_replicas: 2 }"');
    expect(errors(escaped)).toEqual(['BERTH5653 "applications:\\n- { name: a, num_replicas: 2 }"']);
    const [folded] = errors(service('applications: [{ name: a, num_replicas: 2 }]\n').replace('|', '>'));
    expect(folded).toMatch(/^BERTH5653 >\n/);
  });

  it('has one document, and applications of different names', () => {
    expect(errors(service(`${CONFIG}---\n${CONFIG}`))[0]).toMatch(/^BERTH5651 applications:/);
    const twice = CONFIG + CONFIG.slice(CONFIG.indexOf('\n') + 1);
    expect(errors(service(twice))).toEqual(['BERTH5654 digits']);
  });

  it('is read with anchors and merge keys of its own, and refused where one leads to itself', () => {
    const shared = `shared: &one { num_replicas: 3 }\n${CONFIG.replace('num_replicas: 2', '<<: *one')}`;
    expect(importKubernetes(service(shared)).spec).toContain('replicas: { min: 3, max: 3 }');
    const circle = CONFIG.replace('- name: Digits', '- &self\n        name: Digits\n        <<: *self');
    expect(errors(service(circle))).toEqual(['BERTH5652 *self']);
  });

  it('is told of a key that nothing knows what was meant', () => {
    const { problems } = importKubernetes(service(CONFIG.replace('num_replicas', 'num_replica')));
    expect(problems.find(({ code }) => code === 'BERTH5658')?.message).toContain('did you mean "num_replicas"?');
  });

  it('beside its key, missing, empty or no text is an error', () => {
    expect(
      errors('apiVersion: ray.io/v1\nkind: RayService\nmetadata: { name: a }\nserveConfigV2: a\nspec: {}\n'),
    ).toEqual(['BERTH5653 serveConfigV2']);
    expect(errors('apiVersion: ray.io/v1\nkind: RayService\nmetadata: { name: a }\nspec: {}\n')).toEqual([
      'BERTH5659 {}',
    ]);
    expect(errors(service(''))[0]).toMatch(/^BERTH565[49] /);
    expect(errors(service('').replace('|', '{ applications: [] }'))).toEqual(['BERTH5654 { applications: [] }']);
  });
});

describe('a Deployment', () => {
  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  template: { spec: { containers: [{ name: web, image: "web:1", resources: { requests: { cpu: 250m } } }] } }
`;

  it('is a cluster of one job', () => {
    expect(meant(deployment)).toMatchObject([{ name: 'web', jobs: [{ name: 'web', replicas: { min: 3, max: 3 } }] }]);
    expect(marked(deployment)).toEqual(
      expect.arrayContaining(['BERTH5655 web', 'BERTH5656 image', 'BERTH5656 resources', 'BERTH5657 3']),
    );
  });

  it('is refused where Kubernetes refuses a quantity', () => {
    expect(errors(deployment.replace('250m', '250 millicores'))).toEqual(['BERTH5654 250 millicores']);
    expect(errors(deployment.replace('cpu: 250m', 'ephemeral-storage: 1GB'))).toEqual(['BERTH5654 1GB']);
    expect(errors(deployment.replace('cpu: 250m', 'nvidia.com/gpu: 0.5'))).toEqual(['BERTH5654 0.5']);
  });

  it('is a document beside others, also in a List', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n${deployment.replace(/^/gm, '    ').replace('   ', '  -').trimEnd()}\n  - { apiVersion: v1, kind: Service }\n`;
    expect(meant(list)).toHaveLength(1);
    expect(importKubernetes(list).otherKinds).toEqual(['Service']);
    expect(meant(`${service(CONFIG)}---\n${deployment}`)).toHaveLength(2);
  });
});

describe('limits', () => {
  it('of a spec are told where a resource goes beyond them', () => {
    const pod = 'template: { spec: { containers: [{ name: ray, resources: { limits: { cpu: 1 } } }] } }';
    const cluster = `
  rayClusterConfig:
    workerGroupSpecs:
      - { groupName: many, replicas: 4000, ${pod} }
`;
    const { spec, problems } = importKubernetes(service(CONFIG, cluster));
    expect(spec).toContain('name: "many", count: 1000,');
    expect(problems.map(({ message }) => message).join('\n')).toContain('it may have 4000 machines, and 1000 are in');
    const jobs = ['a', 'b']
      .map((name) => `  - { name: ${name}, deployments: [{ name: D, num_replicas: 90000 }] }\n`)
      .join('');
    const large = importKubernetes(service(`applications:\n${jobs}`));
    expect(large.spec).toContain('capacity: { replicas: 100000 }');
    expect(large.problems.map(({ message }) => message).join('\n')).toContain('up to 180000 replicas');
    expect(meant(service(`applications:\n${jobs}`))).toHaveLength(1);
  });

  it('keep names to 63 characters, each once', () => {
    const long = 'x'.repeat(80);
    const apps = `applications:\n  - { name: ${long}a }\n  - { name: ${long}b }\n`;
    expect(meant(service(apps))).toMatchObject([{ jobs: [{ name: 'x'.repeat(63) }, { name: `${'x'.repeat(61)}-2` }] }]);
    expect(marked(service(apps)).filter((found) => found.startsWith('BERTH5657'))).toContain(`BERTH5657 ${long}a`);
  });

  it('end a text of nothing but mistakes soon', () => {
    for (const text of [','.repeat(16_000), service(','.repeat(16_000)), service(`a: [${'{},'.repeat(16_000)}\n`)]) {
      expect(importKubernetes(text).spec).toBeUndefined();
      expect(importKubernetes(text).problems.length).toBeLessThan(200);
    }
  });

  it('count a thousand mistakes of one sort, and keep the first', () => {
    const wrong = `${CONFIG.trimEnd()}\n${Array.from({ length: 900 }, (_, i) => `      - { name: d${i}, num_replicas: x }\n`).join('')}`;
    const { problems } = importKubernetes(service(wrong));
    expect(problems.filter(({ code }) => code === 'BERTH5654')).toHaveLength(100);
    expect(problems.find(({ code }) => code === 'BERTH1040')?.message).toContain('800 more problems');
  });

  it('refuse aliases that stand for more than anybody wrote, outside and within', () => {
    const laughs = `a0: &a0 [x, x]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join('')}applications: *a40\n`;
    expect(errors(service(laughs))[0]).toMatch(/^BERTH1013 /);
    expect(errors(`${laughs}apiVersion: apps/v1\nkind: Deployment\n`)[0]).toMatch(/^BERTH1013 /);
  });
});

it.each(['', 'a', '- 1', '{', '\0', 'kind: Deployment', 'kind: RayService\napiVersion: ray.io/v1\nspec: 3'])(
  'nothing comes of %j',
  (text) => expect(importKubernetes(text).spec).toBeUndefined(),
);

it.each([
  ['250m', 0.25],
  [0.5, 0.5],
  ['5Gi', 5 * 2 ** 30],
  ['129e6', 129e6],
  ['1E', 1e18],
  ['1E3', 1000],
  ['.5', 0.5],
  ['9e99', 2 ** 63],
  ['1e3Ki', undefined],
  ['1 ', undefined],
  ['0x10', undefined],
  ['2 Gi', undefined],
  ['-1', undefined],
  [null, undefined],
])('the quantity %j is %j', (written, value) => {
  expect(kubernetesQuantity(written)).toBe(value);
});
