import * as vscode from 'vscode';
import type { DeploymentAddress, Freshness, Live, Status } from '../../../server/src/lsp/protocol.ts';
import { keyOf, targetText } from './address.ts';
import type { LiveStore } from './live-store.ts';
import { seen } from '../seen.ts';
import { partsOf, type Part } from './deployment-parts.ts';
import { Pace } from './pace.ts';

/** A row of the tree: a deployment, or a part of one. `deployment` and `target` are what commands take from it. */
export interface TreeNode {
  readonly deployment: DeploymentAddress['id'];
  readonly target: DeploymentAddress['target'];
  readonly part?: Part;
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
  readonly #roots = new Map<string, TreeNode>();
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
    if (node.part !== undefined) return partItem(node.part);
    const live = this.#lives.get(addressIn(node));
    if (live === undefined) return new vscode.TreeItem(node.deployment);
    return deploymentItem(live, this.#lives.freshness(live));
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (node === undefined) {
      return this.#lives.all.map(({ target, id }) => {
        const key = keyOf({ target, id });
        const root = this.#roots.get(key) ?? { deployment: id, target };
        this.#roots.set(key, root);
        return root;
      });
    }
    const live = this.#lives.get(addressIn(node));
    if (live === undefined || node.part !== undefined) return [];
    return partsOf(live).map((part) => ({ deployment: node.deployment, target: node.target, part }));
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return node.part === undefined ? undefined : this.#roots.get(keyOf(addressIn(node)));
  }

  /** Brings the view up, and a deployment in it into sight. */
  async reveal(address?: DeploymentAddress): Promise<void> {
    await vscode.commands.executeCommand('berth.deployments.focus');
    await this.#lives.refresh();
    const key = address && keyOf(address);
    const root = this.getChildren().find((node) => keyOf(addressIn(node)) === key);
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
    const { all, problem } = this.#lives;
    this.view.message = problem === undefined ? '' : `${problem.message} ${problem.hint}`;
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

/** The deployment of a row. */
export function addressIn({ target, deployment }: TreeNode): DeploymentAddress {
  return { target, id: deployment };
}

function deploymentItem({ status, revision, target }: Live, freshness: Freshness): vscode.TreeItem {
  const item = new vscode.TreeItem(seen(status.name), vscode.TreeItemCollapsibleState.Expanded);
  const [icon, colour] = freshness.state === 'fresh' ? PHASES[status.phase] : UNHEARD;
  const old = freshnessWords(freshness);
  const summary = seen(status.summary);
  const words = old === undefined ? summary : `${old}; before: ${summary}`;
  item.id = keyOf({ target, id: status.id });
  item.description = words;
  item.iconPath = new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(colour));
  item.contextValue = 'deployment';
  item.tooltip = `${seen(status.id)} on ${targetText(target)}, revision ${revision}\n${words}\nlast heard ${new Date(status.at).toLocaleTimeString()}`;
  item.accessibilityInformation = { label: `${seen(status.name)}, ${status.kind}, ${words}` };
  return item;
}

const UNHEARD = ['question', 'list.warningForeground'] as const;

/** Why what is shown may be old; undefined where it is new. */
function freshnessWords(freshness: Freshness): string | undefined {
  switch (freshness.state) {
    case 'fresh':
      return undefined;
    case 'stale':
      return `nothing heard since ${new Date(freshness.since).toLocaleTimeString()}`;
    case 'lost':
      return `lost since ${new Date(freshness.since).toLocaleTimeString()}`;
  }
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
