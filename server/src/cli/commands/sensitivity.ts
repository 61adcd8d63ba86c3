/** `berth experiment` on a TrainingPlacement: how far its placement holds when the figures are others. */
import { defaultSolver } from '../../baechi/default-solver.ts';
import { planSpec } from '../../baechi/plan.ts';
import { sensitivityCases, sensitivityOf, type SensitivityOutcome } from '../../baechi/sensitivity.ts';
import { graphFile } from '../../preview/graph-file.ts';
import { listOf } from '../../preview/words.ts';
import { contentOf } from '../../spec/references/reference.ts';
import type { TrainingPlacement } from '../../spec/types.ts';
import { EXIT } from '../exit-code.ts';
import {
  cells,
  HEADINGS,
  sensitivityCsv,
  sensitivityJson,
  sensitivityPage,
  sensitivitySvg,
} from '../experiment/sensitivity-files.ts';
import { AXES, pointsOf, sensitivityVerdict, type SensitivityReport } from '../../preview/sensitivity.ts';
import { report } from '../formats/problem-report.ts';
import { checkDocument, openFile, specDocuments, type OpenFile } from '../open-file.ts';
import { invalidSpec, readSpecOrGraph, type Session } from '../session.ts';
import { Progress } from '../terminal.ts';
import { table } from '../text/table.ts';
import { endingOf, mustBeWritable, writeText } from '../write-file.ts';

const WRITERS: Readonly<Record<string, (report: SensitivityReport) => string>> = {
  html: sensitivityPage,
  svg: sensitivitySvg,
  json: (report) => `${JSON.stringify(sensitivityJson(report), null, 2)}\n`,
  csv: sensitivityCsv,
};

/** The placement that an experiment would be about; undefined where the file has none, or a cluster to replay. */
export async function placementToTry(
  session: Session,
  path: string,
  document: string | undefined,
): Promise<{ readonly opened: OpenFile; readonly spec: TrainingPlacement } | undefined> {
  const opened = await openFile(await readSpecOrGraph(session, path), session.files);
  const found = specDocuments(opened, document).map(({ spec }) => spec);
  const spec = found.find((one) => one.kind === 'TrainingPlacement');
  const replays = new Set(found.map(({ kind }) => kind)).has('InferenceCluster');
  return spec && !replays ? { opened, spec } : undefined;
}

/** @throws ProblemError where the document has an error, or nothing fits as it is written. */
export async function sensitivity(
  session: Session,
  { opened, spec }: { readonly opened: OpenFile; readonly spec: TrainingPlacement },
  options: { readonly seeds: readonly number[]; readonly output: readonly string[] },
): Promise<number> {
  options.output.forEach(mustBeWritable);
  const { problems } = await checkDocument(opened, { document: spec.name });
  const errors = report(opened.file, problems).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw invalidSpec(errors);
  const content = contentOf(opened.files, spec.graphPath, 'graph');
  const source = content && graphFile({ path: spec.graphPath, ...content });
  if (!source?.ok) throw new Error('a graph that was checked is gone');
  const planning = { solver: defaultSolver, shouldStop: () => session.signal?.aborted ?? false };
  const planned = await planSpec(spec, source.graph, planning);
  session.signal?.throwIfAborted();
  if (planned.kind === 'cancelled' || !planned.decision || !planned.plan.best) {
    throw new Error('a placement without an error was not found again');
  }
  const cases = sensitivityCases(options.seeds);
  const progress = new Progress();
  const outcomes: SensitivityOutcome[] = [];
  try {
    for (const one of cases) {
      progress.update(`placements of ${spec.name}`, outcomes.length, cases.length);
      const outcome = await sensitivityOf(spec, source.graph, planned.decision, one, planning);
      session.signal?.throwIfAborted();
      if (!('kind' in outcome)) outcomes.push(outcome);
    }
  } finally {
    progress.end();
  }
  const { makespanUs } = planned.plan.best.schedule;
  const result: SensitivityReport = { name: spec.name, algorithm: spec.algorithm, makespanUs, outcomes };
  for (const file of options.output) writeText(file, WRITERS[endingOf(file)]!(result));
  if (session.format === 'json') session.json(sensitivityJson(result));
  else session.print([...sensitivityText(result, session.width), ...written(options.output)]);
  return EXIT.ok;
}

export function sensitivityText(result: SensitivityReport, width: number): string[] {
  const columns = HEADINGS.map((title, i) => ({ title, align: i === 0 ? ('right' as const) : ('decimal' as const) }));
  return [
    sensitivityVerdict(result),
    ...AXES.flatMap(({ axis, title, means }) => [
      '',
      `${title}, ${means}`,
      ...table(columns, pointsOf(result, axis).map(cells), width),
    ]),
  ];
}

function written(output: readonly string[]): string[] {
  return output.length > 0 ? ['', `Written to ${listOf(output, Infinity)}.`] : [];
}
