/** The replay that is measured: Faro's evaluation trace (reference, section 12). As a program: prints the most memory that it took, in MiB. */
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { berth, defaultBerthOptions } from '../../server/src/faro/control/berth.ts';
import { defaultFaroOptions, faro } from '../../server/src/faro/control/faro.ts';
import type { ClusterDeclaration } from '../../server/src/faro/control/scaling-policy.ts';
import { onlineForecaster } from '../../server/src/faro/forecast/online-forecaster.ts';
import { measuredResNet34, measuredRouterPass } from '../../server/src/faro/simulator/service-time.ts';
import { simulate } from '../../server/src/faro/simulator/simulate.ts';
import { job } from '../unit/faro/golden-instance.ts';

const trace = fileURLToPath(new URL('../../../shared/data/faro/eval-day11.csv', import.meta.url));

export const hasTrace = existsSync(trace);

const policies = {
  faro: (cluster: ClusterDeclaration) =>
    faro(cluster, { ...defaultFaroOptions, objective: { kind: 'FairSum' }, forecaster: onlineForecaster() }),
  berth: (cluster: ClusterDeclaration) => berth(cluster, { ...defaultBerthOptions, forecaster: onlineForecaster() }),
};

/** Replays the trace, over and over again for more than ten jobs. @returns seconds of CPU time. */
export function replaySixHours(count: number, replicas: number, policy: keyof typeof policies): number {
  const rows = readFileSync(trace, 'utf8').trim().split('\n').slice(1);
  const columns = rows.map((row) => row.split(',').slice(1).map(Number));
  const jobs = Array.from({ length: count }, (_, i) => job({ name: `job${i}` }));
  const cluster = { jobs, capacity: { replicas } };
  const before = process.cpuUsage();
  const result = simulate({
    ...cluster,
    countsPerMinute: jobs.map((_, i) => columns.map((counts) => counts[i % 10]!)),
    policy: policies[policy](cluster),
    seed: 42,
    service: measuredResNet34,
    routerPass: measuredRouterPass,
  });
  const { user, system } = process.cpuUsage(before);
  if (result.kind !== 'finished' || result.requests !== (count / 10) * 2_675_770) throw new Error(result.kind);
  return (user + system) / 1e6;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  replaySixHours(10, 32, 'faro');
  console.log(process.resourceUsage().maxRSS / 1024);
}
