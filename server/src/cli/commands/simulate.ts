import type { Policy, InferenceCluster, Objective, Shedding } from '../../spec/types.ts';
import { replayPolicy } from '../../preview/replay.ts';
import { variantSpec } from '../../preview/trial.ts';
import type { Replay } from '../../faro/simulator/simulate.ts';
import { clusterOfFile } from '../cluster-file.ts';
import { EXIT } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { Progress } from '../terminal.ts';
import { milliseconds, percent, significant } from '../text/number.ts';
import { table, wrapped } from '../text/table.ts';

export interface SimulateOptions {
  readonly document?: string;
  readonly policy?: Policy;
  readonly objective?: Objective;
  readonly shedding?: Shedding;
  readonly capacity?: number;
  readonly seed: number;
}

/** Replays the trace of an InferenceCluster under a policy. */
export async function simulate(session: Session, path: string, options: SimulateOptions): Promise<number> {
  const whatIf = options.capacity === undefined ? {} : { capacityReplicas: options.capacity };
  const written = await clusterOfFile(session, path, options.document, [whatIf]);
  const { policy = written.autoscaler.policy, objective = null, shedding = null, capacity = null } = options;
  const spec = variantSpec(written, { policy, objective, shedding, without: null, capacity });
  const progress = new Progress();
  const result = replayPolicy(spec, {
    seed: options.seed,
    onProgress: (fraction) => progress.update(`replaying under ${policy}`, Math.round(fraction * 100), 100),
  });
  progress.end();
  if (!result) throw new Error('a spec without an error could not be replayed');
  if (session.format === 'json') session.json(contract(result));
  else session.print(text(spec, policy, options.seed, result, session));
  return EXIT.ok;
}

/** The documented JSON. */
function contract(result: Replay): unknown {
  const { violationRate, lostUtility, lostEffectiveUtility, requests, failed, meanMs, p99Ms, averageReplicas } = result;
  return {
    violationRate,
    lostUtility,
    lostEffectiveUtility,
    requests,
    failed,
    meanMs,
    p99Ms,
    averageReplicas,
    perJob: result.perJob.map(({ series: _, ...job }) => job),
  };
}

function text(
  spec: InferenceCluster,
  policy: Policy,
  seed: number,
  result: Replay,
  { paint, width }: Session,
): string[] {
  const time = (value: number | null): string => (value === null ? '–' : milliseconds(value));
  return [
    `${paint.bold(spec.name)} under ${policy} for ${result.minutes} minutes (seed ${seed})`,
    ...wrapped(
      `${percent(result.violationRate)} of requests over their SLO (mean over the minutes), ${significant(result.lostUtility)} utility lost, ${significant(result.averageReplicas)} replicas on average.`,
      width,
    ),
    '',
    ...table(
      [
        { title: 'job', shrink: 'middle' },
        { title: 'requests', align: 'right' },
        { title: 'failed', align: 'right' },
        { title: 'over SLO', align: 'right' },
        { title: 'lost', align: 'right' },
        { title: 'mean', align: 'right' },
        { title: 'p99', align: 'right' },
        { title: 'replicas', align: 'right' },
      ],
      result.perJob.map((job) => [
        job.name,
        significant(job.requests),
        significant(job.failed),
        percent(job.violationRate),
        significant(job.lostUtility),
        time(job.meanMs),
        time(job.p99Ms),
        significant(job.averageReplicas),
      ]),
      width,
    ),
  ];
}
