import { expect, it } from 'vitest';
import { JobMetrics } from '../../../../../server/src/deploy/runtime/serving/job-metrics.ts';
import { prometheusText } from '../../../../../server/src/deploy/runtime/serving/prometheus-text.ts';

function at(start = 0) {
  let now = start;
  const pass = (ms: number): number => (now += ms);
  /** Time goes by, and somebody looks every second. */
  const watch = (metrics: JobMetrics, seconds: number): void => {
    for (let second = 0; second < seconds; second++) {
      pass(1000);
      metrics.seen();
    }
  };
  return { now: () => now, pass, watch };
}

it('counts arrivals by whole minutes, those that were turned away too', () => {
  const clock = at(1234);
  const metrics = new JobMetrics(500, clock);
  for (const perMinute of [3, 0, 2]) {
    for (let i = 0; i < perMinute; i++) metrics.arrived();
    clock.watch(metrics, 60);
  }
  expect(metrics.arrivalsPerMinute()).toEqual([3, 0, 2, 0]);
  clock.watch(metrics, 70 * 60);
  expect(metrics.arrivalsPerMinute()).toEqual(Array(60).fill(0));
});

it('takes no minute in which nobody looked for one without requests', () => {
  const clock = at(1234);
  const metrics = new JobMetrics(500, clock);
  clock.watch(metrics, 70);
  metrics.arrived();
  clock.pass(16_000);
  metrics.arrived();
  expect(metrics.arrivalsPerMinute()).toEqual([0, NaN]);
  expect(metrics.arrivedNow).toBe(2);
  clock.watch(metrics, 100);
  // The machine sleeps for two and a half minutes.
  clock.pass(150_000);
  expect(metrics.arrivalsPerMinute()).toEqual([0, NaN, 0, NaN, NaN, NaN]);
  expect(metrics.minute).toBe(6);
  clock.watch(metrics, 60);
  expect(metrics.arrivalsPerMinute()).toEqual([0, NaN, 0, NaN, NaN, NaN, 0]);
  clock.pass(1e9);
  expect(metrics.arrivalsPerMinute()).toEqual(Array(60).fill(NaN));
});

it('counts the minutes of the autoscaler, and none that had begun before', () => {
  const clock = at(190_000);
  const metrics = new JobMetrics(500, clock, 30_000);
  for (let i = 0; i < 5; i++) metrics.arrived();
  expect(metrics.arrivalsPerMinute()).toEqual([NaN]);
  clock.watch(metrics, 21);
  metrics.arrived();
  expect(metrics.arrivalsPerMinute()).toEqual([NaN, 1]);
  // A little later than the minute is in time.
  expect(new JobMetrics(500, clock, clock.now() - 2000).arrivalsPerMinute()).toEqual([0]);
});

it('forgets what left the window, and only that', () => {
  const clock = at();
  const metrics = new JobMetrics(500, clock);
  metrics.answered({ code: 200, latencyMs: 1000, refused: false });
  clock.pass(20_000);
  metrics.answered({ code: 200, latencyMs: 100, refused: false });
  expect(metrics.window(30_000)).toMatchObject({ answers: 2, meanMs: 550, violationRate: 0.5 });
  clock.pass(15_000);
  expect(metrics.window(30_000)).toMatchObject({ answers: 1, meanMs: 100, violationRate: 0 });
  expect(metrics.window(300_000).answers).toBe(2);
  clock.pass(400_000);
  expect(metrics.window(300_000)).toMatchObject({ answers: 0, meanMs: null, p99Ms: null, violationRate: null });
  // The ring is used again without what it held before.
  metrics.answered({ code: 200, latencyMs: 7, refused: false });
  expect(metrics.window(300_000)).toMatchObject({ answers: 1, meanMs: 7 });
});

it('gives percentiles that are at most four per cent high', () => {
  const clock = at();
  const metrics = new JobMetrics(500, clock);
  for (let i = 1; i <= 1000; i++) {
    metrics.answered({ code: 200, latencyMs: i, refused: false });
    clock.pass(50);
  }
  const { p99Ms } = metrics.window(300_000);
  expect(p99Ms).toBeGreaterThanOrEqual(990);
  expect(p99Ms).toBeLessThanOrEqual(990 * 1.04);
});

it('counts as violations what was slow, refused, or failed', () => {
  const metrics = new JobMetrics(100, at());
  metrics.answered({ code: 200, latencyMs: 100, refused: false });
  metrics.answered({ code: 200, latencyMs: 101, refused: false });
  metrics.answered({ code: 503, latencyMs: 0, refused: true });
  metrics.answered({ code: 502, latencyMs: 3, refused: false });
  metrics.answered({ code: 404, latencyMs: 3, refused: false });
  expect(metrics).toMatchObject({ requests: 5, refused: 1, violations: 3 });
});

it('measures the rate since the start where that is shorter than the window', () => {
  const clock = at();
  const metrics = new JobMetrics(100, clock);
  clock.pass(2000);
  for (let i = 0; i < 10; i++) metrics.arrived();
  expect(metrics.window(10_000).arrivalsPerSecond).toBe(5);
});

it('is written as Prometheus reads it', () => {
  const metrics = new JobMetrics(720, at());
  metrics.answered({ code: 200, latencyMs: 30, refused: false });
  metrics.answered({ code: 200, latencyMs: 20_000, refused: false });
  metrics.answered({ code: 503, latencyMs: 0, refused: true });
  const text = prometheusText([
    { deployment: 'vi"s', job: 'a\nb', metrics, queueLength: 4, desiredReplicas: 2, readyReplicas: 1 },
  ]);
  const labels = 'deployment="vi\\"s",job="a\\nb"';
  for (const line of [
    '# TYPE berth_requests_total counter',
    `berth_requests_total{${labels},code="200"} 2`,
    `berth_requests_total{${labels},code="503"} 1`,
    `berth_request_duration_seconds_bucket{${labels},le="0.025"} 1`,
    `berth_request_duration_seconds_bucket{${labels},le="0.05"} 2`,
    `berth_request_duration_seconds_bucket{${labels},le="10"} 2`,
    `berth_request_duration_seconds_bucket{${labels},le="+Inf"} 3`,
    `berth_request_duration_seconds_sum{${labels}} 20.03`,
    `berth_request_duration_seconds_count{${labels}} 3`,
    `berth_slo_violations_total{${labels}} 2`,
    `berth_slo_seconds{${labels}} 0.72`,
    `berth_queue_length{${labels}} 4`,
    `berth_replicas_desired{${labels}} 2`,
    `berth_replicas_ready{${labels}} 1`,
  ])
    expect(text.split('\n')).toContain(line);
  // Every family is announced exactly once, and every line is a comment or a sample.
  expect(text.match(/^# TYPE /gm)).toHaveLength(new Set(text.match(/^# TYPE \S+/gm)).size);
  for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+\{.*\} [\d.e+-]+)$/);
});

it('is idle since the last request was over or the job was woken, as far as anybody looked', () => {
  const clock = at(1234);
  const metrics = new JobMetrics(500, clock);
  clock.watch(metrics, 20);
  expect(metrics.idleSeconds).toBe(20);
  metrics.arrived();
  clock.watch(metrics, 5);
  metrics.answered({ code: 200, latencyMs: 5000, refused: false });
  clock.watch(metrics, 7);
  expect(metrics.idleSeconds).toBe(7);
  metrics.woken();
  expect(metrics.idleSeconds).toBe(0);
  clock.watch(metrics, 600);
  clock.pass(3_600_000);
  expect(metrics.idleSeconds).toBe(0);
  clock.watch(metrics, 30);
  expect(metrics.idleSeconds).toBe(30);
});
