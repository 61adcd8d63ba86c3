/** Long texts as people have them: generated graphs and clusters, by number of lines. */

/** A graph file with about that many lines; valid. */
export function graphText(lines: number): string {
  const nodes = Math.max(2, Math.floor((lines - 6) / 5));
  const rows = [`apiVersion: berth.dev/v1alpha1`, `kind: Graph`, `metadata: { name: long }`, `nodes:`];
  for (let i = 0; i < nodes; i++) {
    rows.push(
      `  - name: block${Math.floor(i / 20)}/op${i}`,
      `    compute: ${100 + (i % 37)}us`,
      `    memory: { persistent: 4Mi, output: 2Mi }`,
    );
  }
  rows.push('edges:');
  for (let i = 1; i < nodes; i++)
    rows.push(`  - from: block${Math.floor((i - 1) / 20)}/op${i - 1}`, `    to: block${Math.floor(i / 20)}/op${i}`);
  return `${rows.join('\n')}\n`;
}

/** A cluster with about that many lines; valid. */
export function clusterText(lines: number): string {
  const jobs = Math.max(1, Math.floor((lines - 8) / 7));
  const rows = [
    'apiVersion: berth.dev/v1alpha1',
    'kind: InferenceCluster',
    'metadata: { name: long }',
    'spec:',
    `  capacity: { replicas: ${jobs * 3} }`,
    '  objective: Sum',
    '  jobs:',
  ];
  for (let i = 0; i < jobs; i++) {
    rows.push(
      `    - name: job-${i}`,
      `      slo: { latency: 720ms, percentile: 99 }`,
      `      processingTime: 180ms`,
      `      replicas: { min: 1, max: 12 }`,
      `      priority: 1`,
      `      workload: { rate: ${5 + (i % 10)}/s }`,
      `      # the model of team ${i % 7}`,
    );
  }
  return `${rows.join('\n')}\n`;
}
