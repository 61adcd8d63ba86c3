import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { DeploymentAddress, Fault, Live, Plan, Requests } from '../../../server/src/lsp/protocol.ts';
import type { BerthServer } from '../berth-server.ts';
import { documentOf } from '../documents.ts';
import type { BerthDocument } from '../documents.ts';
import { answered, sentence, showProblem } from '../problem.ts';
import { trusted } from '../trust.ts';
import { addressOf, targetText } from './address.ts';
import { addressIn } from './deployments-tree.ts';
import type { TreeNode } from './deployments-tree.ts';
import type { LiveStore } from './live-store.ts';
import { withoutLinks } from '../without-links.ts';
import { changeCount, nameOf, planDetail } from './plan-document.ts';
import type { PlanDocuments } from './plan-document.ts';

type PlanRequest = 'berth/plan' | 'berth/planRollback' | 'berth/planDelete';

const NO_DOCUMENT = 'Put the cursor into a document of a .berth.yaml file first: it says what to deploy.';

/** Plan, apply, roll back, delete: each shows its plan, asks once by a button that names what and where, and reports each step. */
export class Deployer {
  readonly #server: BerthServer;
  readonly #lives: LiveStore;
  readonly #plans: PlanDocuments;

  constructor(server: BerthServer, lives: LiveStore, plans: PlanDocuments) {
    this.#server = server;
    this.#lives = lives;
    this.#plans = plans;
  }

  async plan(argument: unknown): Promise<void> {
    const document = await this.#document(argument);
    if (document === undefined) return;
    const plan = await this.#planned('berth/plan', document.ref, `Planning ${document.name}`, document.ref.uri);
    if (plan === undefined || plan.action === 'none') return;
    const apply = question(plan);
    const choice = await vscode.window.showInformationMessage(
      `${changeCount(plan)} to ${nameOf(plan)} on ${targetText(plan.target)}.`,
      apply,
    );
    if (choice !== apply || !(await trusted('Apply'))) return;
    await this.#plans.close(plan);
    await this.#apply(plan);
  }

  async apply(argument: unknown): Promise<void> {
    if (!(await trusted('Apply'))) return;
    const document = await this.#document(argument);
    if (document === undefined) return;
    const plan = await this.#planned('berth/plan', document.ref, `Planning ${document.name}`, document.ref.uri);
    if (plan !== undefined && plan.action !== 'none') await this.#confirm(plan);
  }

  async delete(argument: unknown): Promise<void> {
    if (!(await trusted('Delete'))) return;
    const address = await this.#deployment(argument, 'Delete which deployment?');
    if (address === undefined) return;
    const plan = await this.#planned('berth/planDelete', address, `Planning to delete ${address.id}`);
    if (plan !== undefined && plan.action !== 'none') await this.#confirm(plan);
  }

  async rollBack(argument: unknown, revision?: unknown): Promise<void> {
    if (!(await trusted('Roll back'))) return;
    const address = await this.#deployment(argument, 'Roll which deployment back?');
    if (address === undefined) return;
    const chosen = typeof revision === 'number' ? revision : await this.#revision(address);
    if (chosen === undefined) return;
    const plan = await this.#planned(
      'berth/planRollback',
      { ...address, revision: chosen },
      `Planning the way back to revision ${chosen}`,
    );
    if (plan !== undefined && plan.action !== 'none') await this.#confirm(plan, chosen);
  }

  /** The deployment that a command is about: of a tree item or document, of the cursor, or picked from all. */
  async #deployment(argument: unknown, question: string): Promise<DeploymentAddress | undefined> {
    const row = rowOf(argument);
    if (row !== undefined) return addressIn(row);
    await this.#lives.refresh();
    const document = await documentOf(this.#server, argument);
    const own = document === undefined ? undefined : this.#lives.get(addressOf(document));
    if (own !== undefined) return own;
    const { all, problem } = this.#lives;
    if (problem !== undefined) {
      await showProblem(problem);
      return undefined;
    }
    if (all.length === 0) {
      void vscode.window.showInformationMessage('Nothing is deployed.');
      return undefined;
    }
    const items = all.map((live) => ({ label: live.status.name, description: live.status.summary, live }));
    return (await vscode.window.showQuickPick(items, { placeHolder: question }))?.live;
  }

  async #revision(address: DeploymentAddress): Promise<number | undefined> {
    await this.#lives.refresh();
    const live = this.#lives.get(address);
    const earlier = [...(live?.revisions ?? [])]
      .filter((one) => one.revision !== live?.revision)
      .sort((a, b) => b.revision - a.revision);
    if (live === undefined || earlier.length === 0) {
      void vscode.window.showInformationMessage(`${address.id} has no earlier revision to go back to.`);
      return undefined;
    }
    const item = (one: Live['revisions'][number]) => ({
      label: `Revision ${one.revision}`,
      description: `${one.cause === 'apply' ? 'applied' : 'rolled back'} ${new Date(one.at).toLocaleString()}`,
      revision: one.revision,
    });
    const placeHolder = `Go back from revision ${live.revision} of ${live.status.name} to`;
    return (await vscode.window.showQuickPick(earlier.map(item), { placeHolder }))?.revision;
  }

  async #document(argument: unknown): Promise<BerthDocument | undefined> {
    const document = await documentOf(this.#server, argument);
    if (document === undefined) void vscode.window.showInformationMessage(NO_DOCUMENT);
    return document;
  }

  /** A plan, shown as a document; undefined where there is none, and then the reason was told. */
  async #planned<K extends PlanRequest>(
    method: K,
    params: Requests[K][0],
    title: string,
    uri?: string,
  ): Promise<Plan | undefined> {
    const result = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      (_, token) => answered<Plan>(this.#server.request(method, params, token)),
    );
    if (result === undefined) return undefined;
    if (!result.ok) {
      await showProblem(result.problem, uri);
      return undefined;
    }
    const plan = result.value;
    if (plan.action === 'none') {
      void vscode.window.showInformationMessage(
        plan.cause === 'delete'
          ? `${nameOf(plan)} is not deployed on ${targetText(plan.target)}: there is nothing to delete.`
          : `Nothing to change: what is live of ${nameOf(plan)} on ${targetText(plan.target)} is what the text asks for.`,
      );
    } else {
      await this.#plans.show(plan, await this.#runs(plan));
    }
    return plan;
  }

  /** What applying a plan runs; where that cannot be said, why. */
  async #runs(plan: Plan): Promise<readonly string[]> {
    const result = await answered(this.#server.request('berth/whatRuns', { plan }));
    return result === undefined ? [] : result.ok ? result.value : [sentence(result.problem)];
  }

  async #confirm(plan: Plan, revision?: number): Promise<void> {
    const yes = question(plan, revision);
    const detail = planDetail(plan, await this.#runs(plan));
    const answer = await vscode.window.showWarningMessage(`${yes}?`, { modal: true, detail }, yes);
    await this.#plans.close(plan);
    if (answer === yes) await this.#apply(plan);
  }

  async #apply(plan: Plan): Promise<void> {
    const name = nameOf(plan);
    const token = randomUUID();
    const faults: Fault[] = [];
    const result = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: question(plan), cancellable: true },
      async (progress, cancellation) => {
        let reported = 0;
        const listening = this.#server.on('berth/applyEvent', ({ token: of, event }) => {
          if (of !== token) return;
          if (event.type === 'fault') {
            faults.push(event.fault);
            this.#server.log.error(`${name}: ${event.fault.message} ${event.fault.hint} (${event.fault.code})`);
          } else if (event.type === 'step') {
            const reached = event.total > 0 ? (100 * event.done) / event.total : 0;
            progress.report({ message: withoutLinks(event.text), increment: Math.max(0, reached - reported) });
            reported = Math.max(reported, reached);
            this.#server.log.info(`${name}: ${event.text} (${event.done} of ${event.total})`);
          }
        });
        try {
          return await answered(this.#server.request('berth/apply', { plan, token }, cancellation));
        } finally {
          listening.dispose();
        }
      },
    );
    await this.#lives.refresh();
    if (result === undefined) {
      void vscode.window.showWarningMessage(
        `${question(plan)} was cancelled. What was begun stays; applying again finishes it.`,
      );
      return;
    }
    if (!result.ok) {
      await showProblem(result.problem);
      return;
    }
    const status = 'Show Status';
    // What was deleted has no status to show.
    const buttons = plan.cause === 'delete' ? [] : [status];
    const [first] = faults;
    const told =
      first === undefined
        ? vscode.window.showInformationMessage(done(plan, result.value.revision), ...buttons)
        : vscode.window.showWarningMessage(`${done(plan, result.value.revision)} ${sentence(first)}`, ...buttons);
    if ((await told) === status)
      await vscode.commands.executeCommand('berth.showStatus', { deployment: plan.deployment, target: plan.target });
  }
}

/** The row of the tree that a command was given, if it was given one. */
export function rowOf(argument: unknown): TreeNode | undefined {
  const row = argument as Partial<TreeNode> | null | undefined;
  return row?.deployment !== undefined && row.target !== undefined
    ? { deployment: row.deployment, target: row.target }
    : undefined;
}

/** What a person is asked, and what the button says: always which deployment and which target. */
function question(plan: Plan, revision?: number): string {
  const name = nameOf(plan);
  switch (plan.cause) {
    case 'apply':
      return `Apply ${name} to ${targetText(plan.target)}`;
    case 'delete':
      return `Delete ${name} from ${targetText(plan.target)}`;
    case 'rollback':
      return `Roll ${name} back${revision === undefined ? '' : ` to revision ${revision}`} on ${targetText(plan.target)}`;
  }
}

function done(plan: Plan, revision: number): string {
  const name = nameOf(plan);
  switch (plan.cause) {
    case 'apply':
      return `${name} is applied to ${targetText(plan.target)} as revision ${revision}.`;
    case 'delete':
      return `${name} is deleted from ${targetText(plan.target)}.`;
    case 'rollback':
      return `${name} is rolled back on ${targetText(plan.target)}, as revision ${revision}.`;
  }
}
