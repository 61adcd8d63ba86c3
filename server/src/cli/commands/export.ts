import { MODULE_FORMATS, placementJson, type ExportFormat } from '../../baechi/export/formats.ts';
import type { PlacedModule } from '../../baechi/export/placed-module.ts';
import { specPipeline, specRun } from '../../baechi/from-spec.ts';
import { planPipeline, type PipelinePlan } from '../../baechi/pipeline/plan-pipeline.ts';
import { simulateStep, type TrainingRun } from '../../baechi/training-run.ts';
import type { Graph } from '../../graph/graph.ts';
import { graphFile } from '../../preview/graph-file.ts';
import { contentOf } from '../../spec/references/reference.ts';
import type { TrainingPlacement } from '../../spec/types.ts';
import { problemError } from '../../spec/problems/problem-error.ts';
import { EXIT } from '../exit-code.ts';
import { report } from '../formats/problem-report.ts';
import { checkFile, nothingIn, specDocuments } from '../open-file.ts';
import { invalidSpec, readSpecOrGraph, shownPath, type Session } from '../session.ts';
import { Progress } from '../terminal.ts';
import { milliseconds } from '../text/number.ts';
import { writeText } from '../write-file.ts';

export interface ExportOptions {
  readonly to: string;
  readonly document?: string;
  readonly out?: string;
}

/** Writes the placement of a TrainingPlacement in the form of another tool. What that cannot say is refused by name. */
export async function exportPlacement(session: Session, path: string, options: ExportOptions): Promise<number> {
  const read = await readSpecOrGraph(session, path);
  const progress = new Progress();
  progress.update(`placing ${read.shown}`, 0, 0);
  const checked = await checkFile(read, session.files, {
    document: options.document,
    shouldStop: () => progress.stillAtWork(),
  }).finally(() => progress.end());
  const errors = report(read, checked.problems).filter((problem) => problem.severity === 'error');
  if (errors.length > 0) throw invalidSpec(errors);
  const placements = specDocuments(checked, options.document).flatMap(({ spec, part }) =>
    spec.kind === 'TrainingPlacement' ? [{ spec, part }] : [],
  );
  const [only] = placements;
  if (!only) throw nothingIn(checked, options.document, 'to export', 'TrainingPlacement');
  if (placements.length > 1)
    throw problemError(
      'BERTH1030',
      { file: read.shown, wanted: 'more than one TrainingPlacement; name one with --document', has: [] },
      { exitCode: EXIT.usage },
    );
  const { spec, part } = only;
  const decision = checked.outcomes.get(part.index)?.decision;
  const content = spec.graphPath === undefined ? undefined : contentOf(checked.files, spec.graphPath, 'graph');
  const source = content && graphFile({ path: spec.graphPath, ...content });
  if (!source?.ok || decision?.kind !== 'TrainingPlacement') throw invalidSpec(report(read, checked.problems));
  const { graph, profile } = source;
  const { run } = specRun(spec, graph);
  const { schedule } = simulateStep(run, decision.device);
  const format = MODULE_FORMATS.find(({ name }) => name === options.to);
  const pipeline = format?.isPipeline && plannedPipeline(spec, graph, run, session);
  const placed = { name: spec.name, graph, devices: run.devices, device: decision.device };
  /** A pipeline is of those forms alone that cut a batch. */
  const as = (one: ExportFormat): Omit<PlacedModule, 'profile'> =>
    pipeline && one.isPipeline ? { ...placed, device: pipeline.device, pipeline: pipeline.shape } : placed;
  if (!format) {
    const devices = run.devices.map(({ name, memory }, d) => ({ name, memory, peak: schedule.peakBytes[d] }));
    return write(
      session,
      options,
      placementJson(placed, { placer: decision.placer, makespanUs: schedule.makespanUs, devices }),
    );
  }
  if (!profile) throw problemError('BERTH3150', { graph: shownPath(spec.graphPath), format: format.title });
  const written = format.write({ ...as(format), profile });
  if (!written.ok) {
    const other = MODULE_FORMATS.filter((one) => one !== format && one.write({ ...as(one), profile }).ok);
    throw problemError('BERTH3151', {
      format: format.title,
      detail: written.detail,
      other: other.map(({ name }) => name),
    });
  }
  if (written.runs && written.runs.some((device, node) => device !== decision.device[node])) {
    const { schedule: other } = simulateStep(run, written.runs);
    session.err.write(
      `${session.errPaint.dim(`What has no parameters runs where its inputs are: ${milliseconds(other.makespanUs / 1000)} a step, and ${milliseconds(schedule.makespanUs / 1000)} as planned.`)}\n`,
    );
  }
  return write(session, options, written.text);
}

/** The stages of a spec that asks for a pipeline, as its preview has them. */
function plannedPipeline(
  spec: TrainingPlacement,
  graph: Graph,
  run: TrainingRun,
  session: Session,
): PipelinePlan | undefined {
  const options = specPipeline(spec, graph, run);
  return options && planPipeline(run, { ...options, shouldStop: () => session.signal?.aborted ?? false });
}

function write(session: Session, { out }: ExportOptions, text: string): number {
  if (out === undefined) session.out.write(text);
  else {
    writeText(out, text);
    session.print([`Written to ${out}.`]);
  }
  return EXIT.ok;
}
