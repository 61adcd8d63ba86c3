/** Texts that the tests of the spec room read, cut and damage. */
export const CLUSTER = `# What the shop promises.
apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: vision }
spec:
  target: local
  capacity: { replicas: 32 } # all machines together
  objective: FairSum
  autoscaler: { policy: faro, interval: 5m, reactiveInterval: 10s, horizon: 7m, coldStart: 65s }
  jobs:
    - name: search-images
      slo: { latency: 720ms, percentile: 99 }
      processingTime: 180ms
      replicas: { min: 1, max: 12 }
      priority: 1
      workload: { rate: 25/s }
      serve: { command: [node, models/classifier.mjs] }

    # A second one, in block style.
    - name: translate
      slo:
        latency: 1.5s
        percentile: 95
      processingTime: 0.4s
      replicas:
        min: 2
        max: 8
      workload:
        rate: 600/min
      serve:
        command:
          - node
          - "models/translate.mjs"
`;

export const PLACEMENT = `apiVersion: berth.dev/v1alpha1
kind: TrainingPlacement
metadata:
  name: inception
spec:
  target: local
  graph: graphs/inception.graph.json
  devices: [ { name: gpu, count: 4, memory: 8Gi } ]
  link: { bandwidth: 5.7GB/s, latency: 134us }
  algorithm: auto
  pins:
    "conv/1": gpu0
  train: { module: models/digits.mjs, steps: 100 }
`;

export const FEDERATION = `apiVersion: berth.dev/v1alpha1
kind: Federation
metadata: { name: hospitals }
spec:
  target: local
  sites:
${['north', 'south', 'east', 'west', 'coast', 'hills', 'lake', 'river', 'forest'].map((name, i) => `  - { name: ${name}, samples: ${1200 - 50 * i} }\n`).join('')}  pattern: { groupSize: 3, iterations: 2 }
  admm: { rho: 3, decay: { rate: 3e-4, period: 1 } }
  privacy: { collusion: 1 }
  training: { command: [node, trainers/digits.mjs], rounds: 5, localEpochs: 1 }
`;

/** Everything that YAML allows and a spec hardly uses. */
export const ODD = `%YAML 1.2
---
a: |
  literal
    # no comment
  text

b: >-
  folded
  text
c: "quoted \\" and: more
  on two lines"
d: 'it''s'
? complex
: value
e: [1, 2.5, .inf, -.inf, .nan, 0x1F, ~, true,
  "x", {f: g},
]
...
---
- - 1
  - 2
-
  x: y
- z
--- &top
base: &base { p: 1 }
copy: *base
...
`;

export const FILE = `${CLUSTER}---\n${PLACEMENT}---\n${FEDERATION}`;

/** A graph file of n nodes, five lines a node, as a profiler writes it. */
export function graphText(n: number): string {
  const nodes = Array.from(
    { length: n },
    (_, i) =>
      `  - name: block${i >> 3}/op${i}\n    compute: ${100 + (i % 37)}us\n    memory:\n      persistent: ${1 + (i % 5)}Mi\n      output: 256Ki\n`,
  );
  const edges = Array.from(
    { length: n - 1 },
    (_, i) => `  - { from: block${i >> 3}/op${i}, to: block${(i + 1) >> 3}/op${i + 1} }\n`,
  );
  return `apiVersion: berth.dev/v1alpha1\nkind: Graph\nmetadata: { name: chain }\nnodes:\n${nodes.join('')}edges:\n${edges.join('')}`;
}

/** The beginning of a cluster whose jobs a test writes. */
export const HEAD = `
      apiVersion: berth.dev/v1alpha1
      kind: InferenceCluster
      metadata: { name: vision }
      spec:
        capacity: { replicas: 8 }`;

/** The same with one job that has this workload. */
export const withWorkload = (workload: string): string => `${HEAD}
        jobs:
          - name: a
            slo: { latency: 1s }
            processingTime: 1ms
            workload: ${workload}`;
