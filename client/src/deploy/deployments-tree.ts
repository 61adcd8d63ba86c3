import * as vscode from 'vscode';
import type { DeploymentId, Live, Status } from '../../../server/src/lsp/protocol.ts';
import type { LiveStore } from './live-store.ts';
import { Pace } from './pace.ts';

/** A row of the tree: a deployment, or a part of one. `deployment` is what commands take from it. */
export interface TreeNode {
  readonly deployment: DeploymentId;
  readonly part?: Part;
}

interface Part {
  readonly name: string;
  readonly words: string;
  readonly icon: string;
  readonly colour?: string;
  readonly tooltip?: string;
  /** An address that answers requests. */
  readonly address?: string;
}

const PHASES: Readonly<Record<Status['phase'], readonly [icon: string, colour?: string]>> = {
  starting: ['loading~spin'],
  running: ['pass', 'testing.iconPassed'],
  completed: ['pass-filled', 'testing.iconPassed'],
  degraded: ['warning', 'list.warningForeground'],
  failed: ['error', 'list.errorForeground'],
  stopping: ['loading~spin'],
};

/** VS Code draws a tree anew only after a pause of 200 ms. */
const DRAWN_EVERY_MS = 500;

/** What is deployed: each deployment with its state, below it its jobs, devices or sites. */
export class DeploymentsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #lives: LiveStore;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: vscode.TreeView<TreeNode>;
  readonly #subscriptions: vscode.Disposable[] = [];
  /** One object a deployment: VS Code knows rows by identity when it reveals them. */
  readonly #roots = new Map<DeploymentId, TreeNode>();
  #looking: vscode.Disposable | undefined;

  constructor(lives: LiveStore) {
    this.#lives = lives;
    this.view = vscode.window.createTreeView('berth.deployments', { treeDataProvider: this });
    const pace = new Pace(DRAWN_EVERY_MS, () => this.#show());
    this.#subscriptions.push(
      this.view,
      pace,
      lives.onChange(() => pace.call()),
      this.view.onDidChangeVisibility(({ visible }) => this.#look(visible)),
    );
    this.#look(this.view.visible);
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const live = this.#lives.get(node.deployment);
    if (node.part !== undefined) return partItem(node.part);
    return live === undefined ? new vscode.TreeItem(node.deployment) : deploymentItem(live);
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (node === undefined) {
      return this.#lives.all.map(({ id }) => {
        const root = this.#roots.get(id) ?? { deployment: id };
        this.#roots.set(id, root);
        return root;
      });
    }
    const live = this.#lives.get(node.deployment);
    if (live === undefined || node.part !== undefined) return [];
    return partsOf(live.status).map((part) => ({ deployment: node.deployment, part }));
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return node.part === undefined ? undefined : this.#roots.get(node.deployment);
  }

  /** Brings the view up, and a deployment in it into sight. */
  async reveal(deployment?: DeploymentId): Promise<void> {
    await vscode.commands.executeCommand('berth.deployments.focus');
    await this.#lives.refresh();
    const root = this.getChildren().find((node) => node.deployment === deployment);
    if (root !== undefined) await this.view.reveal(root, { expand: true, select: true, focus: true });
  }

  #look(visible: boolean): void {
    if (visible && this.#looking === undefined) this.#looking = this.#lives.look();
    else if (!visible) {
      this.#looking?.dispose();
      this.#looking = undefined;
    }
  }

  #show(): void {
    const { all, trouble } = this.#lives;
    this.view.message = trouble === undefined ? '' : `${trouble.message} ${trouble.hint}`;
    const faulty = all.filter(({ status }) => status.phase === 'failed' || status.phase === 'degraded').length;
    this.view.badge =
      faulty === 0
        ? undefined
        : {
            value: faulty,
            tooltip: faulty === 1 ? '1 deployment is in trouble' : `${faulty} deployments are in trouble`,
          };
    this.#changed.fire(undefined);
  }

  dispose(): void {
    this.#looking?.dispose();
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }
}

function deploymentItem({ status, revision }: Live): vscode.TreeItem {
  const item = new vscode.TreeItem(status.name, vscode.TreeItemCollapsibleState.Expanded);
  const [icon, colour] = PHASES[status.phase];
  item.id = status.id;
  item.description = status.summary;
  item.iconPath = new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(colour));
  item.contextValue = 'deployment';
  item.tooltip = `${status.id}, revision ${revision}\n${status.summary}\nlast heard ${new Date(status.at).toLocaleTimeString()}`;
  item.accessibilityInformation = { label: `${status.name}, ${status.kind}, ${status.summary}` };
  return item;
}

function partItem(part: Part): vscode.TreeItem {
  const item = new vscode.TreeItem(part.name);
  item.description = part.words;
  item.iconPath = new vscode.ThemeIcon(
    part.icon,
    part.colour === undefined ? undefined : new vscode.ThemeColor(part.colour),
  );
  item.tooltip = part.tooltip ?? `${part.name}: ${part.words}`;
  item.accessibilityInformation = { label: `${part.name}, ${part.words}` };
  if (part.address !== undefined) item.contextValue = 'address';
  return item;
}

/** Jobs, devices or sites with their state in words, then what went wrong. */
export function partsOf(status: Status): Part[] {
  const faults = status.faults.map((fault): Part => ({
    name: fault.subject ?? fault.code,
    words: fault.message,
    icon: 'error',
    colour: 'list.errorForeground',
    tooltip: `${fault.message} ${fault.hint} (${fault.code})`,
  }));
  return [...partsOfKind(status), ...faults];
}

function partsOfKind(status: Status): Part[] {
  switch (status.kind) {
    case 'InferenceCluster':
      return status.jobs.map((job): Part => {
        const short = job.readyReplicas < job.desiredReplicas;
        const slow = job.p99Ms !== null && job.p99Ms > job.sloMs;
        const latency = job.p99Ms === null ? 'no requests yet' : `p99 ${brief(job.p99Ms)} of ${brief(job.sloMs)} ms`;
        return {
          name: job.name,
          words: `${job.readyReplicas}/${job.desiredReplicas} replicas, ${latency}${slow ? ', over SLO' : ''}`,
          icon: short || slow ? 'warning' : 'server-process',
          ...(short || slow ? { colour: 'list.warningForeground' } : {}),
          tooltip: `${job.name} answers on ${job.endpoint}; ${job.requests} requests, ${job.refused} refused, ${job.restarts} restarts`,
          address: job.endpoint,
        };
      });
    case 'TrainingPlacement':
      return [
        {
          name: 'training',
          words: `step ${status.step} of ${status.steps}${status.loss === null ? '' : `, loss ${brief(status.loss)}`}`,
          icon: 'graph-line',
        },
        ...status.devices.map((device): Part => ({
          name: device.name,
          words: `${device.nodes} nodes${device.busyMsPerStep === null ? '' : `, busy ${brief(device.busyMsPerStep)} ms a step`}`,
          icon: 'circuit-board',
        })),
      ];
    case 'Federation':
      return [
        { name: 'training', words: `round ${status.round} of ${status.rounds}`, icon: 'graph-line' },
        ...status.sites.map((site): Part => ({
          name: site.name,
          words: `${site.state}${site.accuracy === null ? '' : `, accuracy ${(site.accuracy * 100).toPrecision(3)} %`}`,
          icon: site.state === 'lost' ? 'error' : 'organization',
          ...(site.state === 'lost' ? { colour: 'list.errorForeground' } : {}),
        })),
      ];
  }
}

function brief(value: number): string {
  return String(Number(value.toPrecision(3)));
}
