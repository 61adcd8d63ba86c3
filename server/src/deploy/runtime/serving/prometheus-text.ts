/** The metrics of serving jobs in the Prometheus text format, version 0.0.4. */
import { LATENCY_BUCKETS } from './job-metrics.ts';
import type { JobMetrics } from './job-metrics.ts';

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** One job as it is scraped. */
export interface ScrapedJob {
  readonly deployment: string;
  readonly job: string;
  readonly metrics: JobMetrics;
  readonly queueLength: number;
  readonly desiredReplicas: number;
  readonly readyReplicas: number;
}

/** @returns every family with its HELP and TYPE once, one sample a job (and code or bucket). */
export function prometheusText(jobs: readonly ScrapedJob[]): string {
  const lines: string[] = [];
  const family = (
    name: string,
    type: string,
    help: string,
    samples: (job: ScrapedJob, labels: string) => readonly string[],
  ): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const job of jobs)
      lines.push(...samples(job, `deployment="${escapeLabel(job.deployment)}",job="${escapeLabel(job.job)}"`));
  };
  const single = (name: string, type: string, help: string, value: (job: ScrapedJob) => number): void =>
    family(name, type, help, (job, labels) => [`${name}{${labels}} ${value(job)}`]);

  family(
    'berth_requests_total',
    'counter',
    'Requests answered or turned away, by status code.',
    ({ metrics }, labels) =>
      [...metrics.byCode]
        .sort(([a], [b]) => a - b)
        .map(([code, count]) => `berth_requests_total{${labels},code="${code}"} ${count}`),
  );
  family(
    'berth_request_duration_seconds',
    'histogram',
    'Time from arrival to the end of the answer.',
    ({ metrics }, labels) => {
      let below = 0;
      const buckets = metrics.buckets.map((count, index) => {
        below += count;
        return `berth_request_duration_seconds_bucket{${labels},le="${LATENCY_BUCKETS[index] ?? '+Inf'}"} ${below}`;
      });
      return [
        ...buckets,
        `berth_request_duration_seconds_sum{${labels}} ${metrics.latencySumSeconds}`,
        `berth_request_duration_seconds_count{${labels}} ${metrics.requests}`,
      ];
    },
  );
  single(
    'berth_slo_violations_total',
    'counter',
    'Requests slower than the SLO, failed, or turned away.',
    (job) => job.metrics.violations,
  );
  single('berth_slo_seconds', 'gauge', 'The latency objective.', (job) => job.metrics.sloMs / 1000);
  single('berth_queue_length', 'gauge', 'Requests that wait for a replica.', (job) => job.queueLength);
  single('berth_replicas_desired', 'gauge', 'Replicas that the autoscaler wants.', (job) => job.desiredReplicas);
  single('berth_replicas_ready', 'gauge', 'Replicas that answer.', (job) => job.readyReplicas);
  single(
    'berth_replica_restarts_total',
    'counter',
    'Replicas that ended by themselves and were started again.',
    (job) => job.metrics.restarts,
  );
  return `${lines.join('\n')}\n`;
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
