import { defaultSolver } from '../../baechi/default-solver.ts';
import { desiredOf } from '../../deploy/plan/desired.ts';
import { readAndPlanApply, wantedFrom, type PlanResult } from '../../deploy/plan/plan.ts';
import { writePlan } from '../../deploy/plan/plan-file.ts';
import type { Targets } from '../../deploy/registry.ts';
import type { Plan } from '../../deploy/types.ts';
import { GRAPH_GONE, graphFile } from '../../preview/graph-file.ts';
import { contentOf } from '../../spec/references/reference.ts';
import { writeText } from '../write-file.ts';
import { EXIT } from '../exit-code.ts';
import { report } from '../formats/problem-report.ts';
import { checkFile, nothingIn, specDocuments } from '../open-file.ts';
import { readSpecOrGraph, invalidSpec, type Session } from '../session.ts';
import { Progress } from '../terminal.ts';
import { planText } from '../text/plan-text.ts';
import { problemError } from '../../spec/problems/problem-error.ts';

export interface PlanOptions {
  readonly document?: string;
  /** A file that the plans are written to, to be reviewed and applied later. */
  readonly out?: string;
  readonly takeOver: boolean;
}

/** Shows what applying a file would change; nothing is changed. */
export async function plan(session: Session, targets: Targets, path: string, options: PlanOptions): Promise<number> {
  const plans = await plansFor(session, targets, path, options);
  showPlans(session, plans);
  if (options.out !== undefined) {
    const [only] = plans;
    if (!only || plans.length > 1)
      throw problemError(
        'BERTH5025',
        { detail: `a file holds one plan, and there are ${plans.length}; name one with --document` },
        { exitCode: EXIT.usage },
      );
    writeText(options.out, writePlan(only));
    if (session.format === 'text')
      session.print(['', `Written to ${options.out}; apply it with \`berth apply ${options.out}\`.`]);
  }
  return EXIT.ok;
}

export function showPlans(session: Session, plans: readonly Plan[]): void {
  if (session.format === 'json') session.json(plans);
  else session.print(plans.flatMap((one, i) => [...(i > 0 ? [''] : []), ...planText(one, session.paint)]));
}

/** A plan for every document of a file. @throws ProblemError where a document has an error: nothing is planned then. */
export async function plansFor(
  session: Session,
  targets: Targets,
  path: string,
  options: { readonly document?: string; readonly takeOver: boolean },
): Promise<Plan[]> {
  const read = await readSpecOrGraph(session, path);
  const progress = new Progress();
  progress.update(`checking ${read.shown}`, 0, 0);
  const stop = (): boolean => progress.stillAtWork();
  const checked = await checkFile(read, session.files, {
    document: options.document,
    thorough: true,
    shouldStop: stop,
  }).finally(() => progress.end());
  const errors = report(read, checked.problems).filter((problem) => problem.severity === 'error');
  if (errors.length > 0) throw invalidSpec(errors);
  const specs = specDocuments(checked, options.document);
  if (specs.length === 0) throw nothingIn(checked, options.document, 'to deploy');
  const planning = new Progress();
  try {
    const plans: Plan[] = [];
    for (const [i, { spec, part }] of specs.entries()) {
      planning.update(`planning ${spec.name}`, i, specs.length);
      const decision = checked.outcomes.get(part.index)?.decision ?? undefined;
      const result = await desiredOf(spec, {
        source: read.path,
        readGraph: async (path) => {
          // What was checked is what is planned, also where a file is replaced in between.
          const file = contentOf(checked.files, path, 'graph');
          return file ? graphFile({ path, ...file }) : GRAPH_GONE;
        },
        solver: defaultSolver,
        decision,
        shouldStop: () => planning.stillAtWork(),
      });
      if (!result.ok) {
        const placed = result.problems.map((problem) => ({ ...problem, range: part.at(problem.path), fixes: [] }));
        throw invalidSpec(report(read, placed));
      }
      const target = targets.get(spec.target);
      const wanted = await wantedFrom(target, result.desired, read.path, session.reader);
      plans.push(planned(await readAndPlanApply(target, wanted, { takeOver: options.takeOver })));
    }
    return plans;
  } finally {
    planning.end();
  }
}

/** @throws ProblemError where there is no plan. */
export function planned(result: PlanResult): Plan {
  if (!result.ok) throw result.problem;
  return result.plan;
}
