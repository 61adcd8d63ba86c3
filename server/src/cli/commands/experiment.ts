import type { Lever } from '../../faro/control/ablation.ts';
import type { Axes } from '../../faro/experiment/grid.ts';
import { trialsOf } from '../../faro/experiment/grid.ts';
import { runTrials } from '../../preview/experiment.ts';
import { listOf } from '../../preview/words.ts';
import type { Objective, Policy, Shedding } from '../../spec/types.ts';
import { clusterOfFile } from '../cluster-file.ts';
import { experimentCsv, experimentJson } from '../experiment/experiment-files.ts';
import { experimentPage } from '../experiment/experiment-page.ts';
import { experimentReport, type ExperimentReport } from '../experiment/experiment-report.ts';
import { experimentSvg } from '../experiment/experiment-chart.ts';
import { experimentText } from '../experiment/experiment-text.ts';
import { placementToTry, sensitivity } from './sensitivity.ts';
import { EXIT } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { Progress } from '../terminal.ts';
import { endingOf, mustBeWritable, writeText } from '../write-file.ts';

export interface ExperimentOptions {
  readonly document?: string;
  readonly policies: readonly Policy[];
  /** The spec's own where there are none. */
  readonly objectives: readonly Objective[];
  /** The spec's own where there are none. */
  readonly shedding: readonly Shedding[];
  readonly without: readonly Lever[];
  /** The spec's own where there are none. */
  readonly capacities: readonly number[];
  readonly seeds: readonly number[];
  /** Threads; one for each core where it is not said. */
  readonly jobs?: number;
  /** Files that the result is written to, each as its name says. */
  readonly output: readonly string[];
}

/** What an experiment is written as, by the ending of the file's name. */
const WRITERS: Readonly<Record<string, (report: ExperimentReport) => string>> = {
  html: experimentPage,
  svg: experimentSvg,
  json: (report) => `${JSON.stringify(experimentJson(report), null, 2)}\n`,
  csv: experimentCsv,
};

export const EXPERIMENT_ENDINGS = Object.keys(WRITERS);

/** Simulates a cluster under several policies, sizes and seeds, and compares them; of a placement, tries it with other figures. */
export async function experiment(session: Session, path: string, options: ExperimentOptions): Promise<number> {
  const { policies, seeds, output, document } = options;
  const placement = await placementToTry(session, path, document);
  if (placement) return sensitivity(session, placement, options);
  const tried = options.capacities.length > 0 ? options.capacities : [undefined];
  const whatIfs = tried.map((capacityReplicas) => (capacityReplicas === undefined ? {} : { capacityReplicas }));
  const spec = await clusterOfFile(session, path, document, whatIfs);
  output.forEach(mustBeWritable);
  const axes: Axes = {
    policies,
    objectives: options.objectives.length > 0 ? options.objectives : [spec.objective],
    sheddings: options.shedding.length > 0 ? options.shedding : [spec.autoscaler.shedding],
    ablations: options.without,
    capacities: tried.map((capacity) => capacity ?? null),
    seeds,
  };
  const trials = trialsOf(axes);
  const progress = new Progress();
  const outcomes = await runTrials(spec, trials, {
    signal: session.signal,
    threads: options.jobs,
    onProgress: (done) => progress.update(`simulations of ${spec.name}`, Math.floor(done * 10) / 10, trials.length),
  }).finally(() => progress.end());
  const report = experimentReport(spec, axes, outcomes);
  for (const file of output) writeText(file, WRITERS[endingOf(file)]!(report));
  if (session.format === 'json') session.json(experimentJson(report));
  else {
    const written = output.length > 0 ? ['', `Written to ${listOf(output, Infinity)}.`] : [];
    session.print([...experimentText(report, session.paint, session.width), ...written]);
  }
  return EXIT.ok;
}
