import { writeFileSync } from 'node:fs';
import { defaultSolver } from '../../baechi/default-solver.ts';
import { problemOf } from '../../deploy/deploy-problem.ts';
import { desiredOf } from '../../deploy/desired.ts';
import { readAndPlanApply, type PlanResult } from '../../deploy/plan.ts';
import { writePlan } from '../../deploy/plan-file.ts';
import type { DeployTarget, Plan } from '../../deploy/types.ts';
import { graphFile } from '../../preview/graph-file.ts';
import type { Spec } from '../../spec/types.ts';
import { EXIT } from '../exit-code.ts';
import { report } from '../formats/problem-report.ts';
import { problemText } from '../formats/problem-text.ts';
import { checkFile } from '../open-file.ts';
import { CommandProblem, commandProblem, readText, type Session } from '../session.ts';
import { Progress } from '../terminal.ts';
import { planText } from '../text/plan-text.ts';

export interface PlanOptions {
  readonly document?: string;
  /** A file that the plans are written to, to be reviewed and applied later. */
  readonly out?: string;
  readonly takeOver: boolean;
}

/** Shows what applying a file would change; nothing is changed. */
export async function plan(
  session: Session,
  target: DeployTarget,
  path: string,
  options: PlanOptions,
): Promise<number> {
  const plans = await plansFor(session, target, path, options);
  showPlans(session, plans);
  if (options.out !== undefined) {
    const [only] = plans;
    if (!only || plans.length > 1)
      throw commandProblem(
        'BERTH5025',
        { detail: `a file holds one plan, and there are ${plans.length}; name one with --document` },
        EXIT.usage,
      );
    try {
      writeFileSync(options.out, writePlan(only));
    } catch (error) {
      throw problemOf(error, options.out);
    }
    if (session.format === 'text')
      session.print(['', `Written to ${options.out}; apply it with \`berth apply ${options.out}\`.`]);
  }
  return EXIT.ok;
}

export function showPlans(session: Session, plans: readonly Plan[]): void {
  if (session.format === 'json') session.json(plans);
  else session.print(plans.flatMap((one, i) => [...(i > 0 ? [''] : []), ...planText(one, session.paint)]));
}

/** A plan for every document of a file. @throws CommandProblem where a document has an error: nothing is planned then. */
export async function plansFor(
  session: Session,
  target: DeployTarget,
  path: string,
  options: { readonly document?: string; readonly takeOver: boolean },
): Promise<Plan[]> {
  const read = readText(path);
  const checked = await checkFile(read, { files: session.files });
  const errors = report(read.shown, read.text, checked.problems).filter((problem) => problem.severity === 'error');
  if (errors.length > 0) {
    session.err.write(`${problemText(errors, session.errPaint).join('\n')}\n`);
    throw commandProblem('BERTH5013', { errors: errors.length, first: errors[0]!.message });
  }
  const documents = checked.document.type === 'spec' ? checked.document.spec.documents : [];
  const specs = documents
    .flatMap(({ spec }) => (spec ? [spec] : []))
    .filter((spec) => options.document === undefined || spec.name === options.document);
  if (specs.length === 0) {
    const wanted =
      options.document === undefined ? 'no document to deploy' : `no document called "${options.document}"`;
    throw new CommandProblem(
      { code: 'BERTH1027', message: `${read.shown} has ${wanted}.`, hint: 'Name a file with a spec.' },
      EXIT.usage,
    );
  }
  const progress = new Progress();
  try {
    const plans: Plan[] = [];
    for (const [i, spec] of specs.entries()) {
      progress.update(`planning ${spec.name}`, i, specs.length);
      plans.push(planned(await planSpec(session, target, spec, read.path, options)));
    }
    return plans;
  } finally {
    progress.end();
  }
}

/** @throws DeployProblem where there is no plan. */
export function planned(result: PlanResult): Plan {
  if (!result.ok) throw result.problem;
  return result.plan;
}

async function planSpec(
  session: Session,
  target: DeployTarget,
  spec: Spec,
  source: string,
  options: { readonly takeOver: boolean },
): Promise<PlanResult> {
  const desired = await desiredOf(spec, {
    source,
    readGraph: async (path) => {
      const file = session.files.read(path);
      return file ? graphFile({ path, ...file }) : { ok: false, problems: [] };
    },
    solver: defaultSolver,
    shouldStop: () => session.signal.aborted,
  });
  if (!desired.ok) throw new CommandProblem(desired.problems[0]!);
  return readAndPlanApply(target, desired.desired, { takeOver: options.takeOver });
}
