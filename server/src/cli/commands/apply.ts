import { createInterface } from 'node:readline/promises';
import { applyUntilCancelled } from '../../deploy/apply-until-cancelled.ts';
import { readPlan } from '../../deploy/plan/plan-file.ts';
import { whatRuns } from '../../deploy/plan/what-runs.ts';
import type { Targets } from '../../deploy/registry.ts';
import type { DeployTarget } from '../../deploy/target.ts';
import { targetKey } from '../../deploy/target-ref.ts';
import type { ApplyEvent, Plan } from '../../deploy/types.ts';
import { EXIT } from '../exit-code.ts';
import { readText, type Session } from '../session.ts';
import { Progress } from '../terminal.ts';
import { printable } from '../text/printable.ts';
import { isGraphFile } from '../../spec/references/graph-file.ts';
import { plansFor, showPlans } from './plan.ts';
import { ProblemError } from '../../spec/problems/problem-error.ts';

export interface ApplyOptions {
  readonly document?: string;
  /** Do not ask: the plan has been reviewed, or a script runs this. */
  readonly yes: boolean;
  readonly takeOver: boolean;
}

/** Applies a spec, or a plan that `berth plan --out` wrote: shows it, asks once, makes it so. */
export async function apply(session: Session, targets: Targets, path: string, options: ApplyOptions): Promise<number> {
  const plans =
    path.endsWith('.json') && !isGraphFile(path)
      ? [await savedPlan(session, path)]
      : await plansFor(session, targets, path, options);
  return carryOut(session, targets, plans, options);
}

async function savedPlan(session: Session, path: string): Promise<Plan> {
  const result = readPlan((await readText(session, path)).text);
  if (!result.ok) throw result.problem;
  return result.plan;
}

/** Shows the plans, asks once for all, applies one after another. */
export async function carryOut(
  session: Session,
  targets: Targets,
  plans: readonly Plan[],
  options: { readonly yes: boolean },
): Promise<number> {
  const wanted = plans.filter((plan) => plan.action !== 'none');
  if (session.format === 'text') showPlans(session, plans);
  if (wanted.length > 0 && !options.yes && !(await confirmed(session, targets, wanted))) return EXIT.problems;
  const results: { deployment: string; revision: number | null; summary: string | null }[] = [];
  for (const plan of plans) {
    if (plan.action === 'none') {
      results.push({ deployment: plan.deployment, revision: plan.live?.revision ?? null, summary: null });
      continue;
    }
    const done = await applyOne(session, targets.get(plan.target), plan);
    const summary = done.status?.summary ?? null;
    results.push({ deployment: plan.deployment, revision: plan.action === 'delete' ? null : done.revision, summary });
    if (session.format === 'text') {
      const what = plan.action === 'delete' ? 'deleted' : `revision ${done.revision} is live`;
      session.print([
        `${session.paint.green('✓')} ${plan.deployment}: ${what}${summary === null ? '' : `; ${summary}`}`,
      ]);
      if (done.status?.kind === 'InferenceCluster')
        session.print(
          done.status.jobs.flatMap(({ name, endpoint }) =>
            endpoint === undefined ? [] : [`  ${name} answers at ${endpoint}`],
          ),
        );
    }
  }
  if (session.format === 'json') session.json(results);
  return EXIT.ok;
}

async function applyOne(
  session: Session,
  target: DeployTarget,
  plan: Plan,
): Promise<Extract<ApplyEvent, { type: 'done' }>> {
  const progress = new Progress();
  let done: Extract<ApplyEvent, { type: 'done' }> | undefined;
  const onEvent = (event: ApplyEvent): void => {
    switch (event.type) {
      case 'accepted':
        return;
      case 'step':
        return progress.update(event.text, event.done, event.total);
      case 'done':
        done = event;
        return;
      case 'fault':
        progress.end();
        return session.warn(event.fault);
      case 'cancelled':
        progress.end();
        return sayHowFar(session, event);
    }
  };
  try {
    await applyUntilCancelled(target, plan, { cancel: session.signal, onEvent });
  } finally {
    progress.end();
  }
  if (!done) throw new Error('the target ended an apply without saying so');
  return done;
}

function sayHowFar(session: Session, { done, left }: Extract<ApplyEvent, { type: 'cancelled' }>): void {
  const lines = [...done.map((text) => `done: ${text}`), ...left.map((text) => `left: ${text}`)];
  if (session.format === 'text') session.err.write(lines.map((line) => `  ${printable(line)}\n`).join(''));
}

async function confirmed(session: Session, targets: Targets, plans: readonly Plan[]): Promise<boolean> {
  const what = plans.length === 1 ? plans[0]!.deployment : `${plans.length} deployments`;
  const verb = plans.every((plan) => plan.action === 'delete') ? 'Delete' : 'Apply';
  if (!process.stdin.isTTY || !session.err.isTTY) {
    const hint = 'Add --yes where nobody can be asked.';
    throw new ProblemError(
      { code: 'BERTH5023', severity: 'error', message: `${verb} of ${what} was not confirmed.`, hint },
      { exitCode: EXIT.usage },
    );
  }
  for (const plan of plans) {
    const lines = whatRuns(plan, targets.get(plan.target));
    if (lines.length > 0)
      session.err.write(`\n${plan.deployment} runs\n${lines.map((line) => `  ${line}\n`).join('')}`);
  }
  const question = createInterface({ input: process.stdin, output: session.err });
  try {
    const preposition = verb === 'Delete' ? 'from' : 'to';
    const where = [...new Set(plans.map((plan) => targetKey(plan.target)))].join(' and ');
    const answer = await question.question(`\n${verb} ${what} ${preposition} ${where}? [y/N] `, {
      signal: session.signal,
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    question.close();
  }
}
