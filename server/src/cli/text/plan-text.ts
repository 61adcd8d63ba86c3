/** Plans and their progress as text, in the words of the spec. */
import type { Live } from '../../deploy/live.ts';
import { targetKey } from '../../deploy/target-ref.ts';
import type { Change, Plan } from '../../deploy/types.ts';
import type { Paint } from '../terminal.ts';
import { table } from './table.ts';

const SIGNS: Readonly<Record<Change['action'], string>> = { create: '+', update: '~', delete: '-' };

export function planText(plan: Plan, paint: Paint): string[] {
  const colours = { create: paint.green, update: paint.yellow, delete: paint.red, none: paint.dim };
  const target = targetKey(plan.target);
  const heading: Record<Plan['action'], string> = {
    create: `would be created on ${target}`,
    update: `would change on ${target} (revision ${plan.live?.revision ?? 0} is live)`,
    delete: `would be deleted from ${target}`,
    none: `is up to date on ${target} (revision ${plan.live?.revision ?? 0})`,
  };
  const lines = [`${paint.bold(plan.deployment)} ${heading[plan.action]}`];
  for (const change of plan.changes) {
    const sign = `${SIGNS[change.action]} `;
    const text = change.text.startsWith(sign) ? change.text.slice(sign.length) : change.text;
    lines.push(`  ${colours[change.action](SIGNS[change.action])} ${text}`);
    if (change.disruption !== undefined) lines.push(`    ${paint.yellow('!')} ${change.disruption}`);
  }
  for (const { text } of plan.drift)
    lines.push(`  ${paint.yellow('≠')} ${text} ${paint.dim('(drift: applying mends it)')}`);
  if (plan.unchanged > 0) lines.push(paint.dim(`  ${plan.unchanged} unchanged`));
  return lines;
}

/** What is not known is neither drift nor a fault, but is said. */
export const INCOMPLETE = 'a part could not be read yet';

/** What is live on a target, one line a deployment. */
export function liveText(live: readonly Live[], paint: Paint, width: number): string[] {
  if (live.length === 0) return ['Nothing is deployed.', paint.dim('Deploy a spec with `berth apply FILE`.')];
  return table(
    [
      { title: 'deployment', shrink: true },
      { title: 'revision', align: 'right' },
      { title: 'state' },
      { title: 'now', shrink: true },
    ],
    live.map(({ id, revision, status, drift, complete }) => [
      id,
      `${revision}`,
      stateWord(status.phase, paint),
      [
        summaryBeside(status),
        ...(drift.length > 0 ? [`drift: ${drift.map(({ text }) => text).join(', ')}`] : []),
        ...(complete ? [] : [INCOMPLETE]),
      ].join('; '),
    ]),
    width,
  );
}

/** The summary next to the state, which it need not name again. */
export function summaryBeside({ phase, summary }: Pick<Live['status'], 'phase' | 'summary'>): string {
  const own = `${phase}: `;
  return summary.startsWith(own) ? summary.slice(own.length) : summary;
}

export function stateWord(phase: Live['status']['phase'], paint: Paint): string {
  switch (phase) {
    case 'running':
    case 'completed':
      return paint.green(`✓ ${phase}`);
    case 'degraded':
      return paint.yellow(`! ${phase}`);
    case 'failed':
      return paint.red(`✗ ${phase}`);
    case 'starting':
    case 'stopping':
      return `… ${phase}`;
  }
}
