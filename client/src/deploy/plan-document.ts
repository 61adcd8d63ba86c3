import * as vscode from 'vscode';
import type { Plan } from '../../../server/src/lsp/protocol.ts';
import { targetText } from './address.ts';

export const PLAN_SCHEME = 'berth-plan';

const HEADS: Readonly<Record<Plan['cause'], string>> = { apply: 'Apply', rollback: 'Roll back', delete: 'Delete' };
const MARKS: Readonly<Record<Plan['changes'][number]['action'], string>> = { create: '+', update: '~', delete: '-' };

/** Plans as read-only documents: what would change, in the words of the spec, all of it. */
export class PlanDocuments implements vscode.TextDocumentContentProvider {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? 'This plan is no longer kept: make it anew with "Berth: Plan".\n';
  }

  /**
   * Shows a plan without taking the focus; a later plan of the same deployment takes its place.
   *
   * @param runs what applying it runs, a line each.
   */
  async show(plan: Plan, runs: readonly string[]): Promise<void> {
    const uri = uriOf(plan);
    this.#texts.set(uri.path, planText(plan, runs));
    this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preserveFocus: true, preview: true });
  }

  /** Takes a plan that was answered away, so that the spec with its state is in sight again. */
  async close(plan: Plan): Promise<void> {
    const path = uriOf(plan).toString();
    const tabs = vscode.window.tabGroups.all
      .flatMap((group) => group.tabs)
      .filter(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === path);
    await vscode.window.tabGroups.close(tabs, true);
  }
}

function uriOf(plan: Plan): vscode.Uri {
  return vscode.Uri.from({ scheme: PLAN_SCHEME, path: `/${nameOf(plan)}.plan.diff` });
}

/** The deployment's name in its id: `vision` of `InferenceCluster/vision`. */
export function nameOf(plan: Plan): string {
  return plan.deployment.slice(plan.deployment.indexOf('/') + 1);
}

export function planText(plan: Plan, runs: readonly string[]): string {
  const kind = plan.deployment.slice(0, plan.deployment.indexOf('/'));
  const lines = [
    `${HEADS[plan.cause]} ${nameOf(plan)} ${plan.cause === 'delete' ? 'from' : 'on'} ${targetText(plan.target)} (${kind})`,
    plan.live === null ? 'Nothing of it is live yet.' : `Revision ${plan.live.revision} is live.`,
    '',
  ];
  for (const change of plan.changes) {
    lines.push(`${change.text.startsWith(MARKS[change.action]) ? '' : `${MARKS[change.action]} `}${change.text}`);
    if (change.disruption !== undefined) lines.push(`    interrupts: ${change.disruption}`);
  }
  for (const { text } of plan.drift) lines.push(`! drift: ${text}; applying mends it`);
  if (plan.changes.length + plan.drift.length === 0) lines.push('No changes.');
  lines.push('', `${changeCount(plan)}${plan.unchanged > 0 ? `, ${plan.unchanged} unchanged` : ''}.`);
  if (runs.length > 0) lines.push('', 'Applying it runs', ...runs.map((line) => `  ${line}`));
  return `${lines.join('\n')}\n`;
}

export function changeCount(plan: Plan): string {
  const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;
  const { changes, drift } = plan;
  if (drift.length === 0) return count(changes.length, 'change');
  const mended = `${count(drift.length, 'drift')} to mend`;
  return changes.length === 0 ? mended : `${count(changes.length, 'change')}, ${mended}`;
}

/** The first changes and what they run, for a dialog; the document beside it has all of them. */
export function planDetail(plan: Plan, runs: readonly string[], most = 12): string {
  const shown = plan.changes
    .slice(0, most)
    .map(({ text, disruption }) => (disruption === undefined ? text : `${text} (interrupts: ${disruption})`));
  const more = plan.changes.length - shown.length;
  const drift = plan.drift.map(({ text }) => `drift: ${text}`);
  const rest = (count: number): string[] => (count > 0 ? [`… and ${count} more: the plan beside lists all.`] : []);
  // The last lines say where and as whom: of many commands some are left out, of these none.
  const left = Math.max(0, runs.length - most);
  const running = left === 0 ? runs : [...runs.slice(0, most - 4), ...rest(left + 2), ...runs.slice(-2)];
  return [...shown, ...drift, ...rest(more), ...(running.length > 0 ? ['', 'This runs', ...running] : [])].join('\n');
}
