/**
 * The agent: owns all deployments of one state folder and their processes. Started on demand, it first goes on with whatever an
 * earlier agent was doing, however that one ended; it ends by itself when it is of no use to anybody.
 */
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { problemOf } from '../../../deploy-problem.ts';
import { checkPlan } from '../../../plan/plan-file.ts';
import type { Live, Unowned } from '../../../live.ts';
import { isDeploymentId } from '../../../shapes.ts';
import type { TargetIdentity } from '../../../target-ref.ts';
import type { DeploymentId, Fault, Plan } from '../../../types.ts';
import { Deployment } from './deployment.ts';
import type { ApplyRequest, DeploymentOptions, WorkloadMaker } from './deployment.ts';
import { syncFolderSync } from '../../../runtime/durable-file.ts';
import { clearDrafts } from './atomic-file.ts';
import { DeploymentRecord } from './deployment-record.ts';
import type { LineLog } from './line-log.ts';
import { ProcessTable } from './process-table.ts';
import { finishRemovals, removeDeployment } from './removal.ts';
import { localIdentity } from './local-identity.ts';
import { deploymentFolder, stateName } from './state-folder.ts';
import { problemError } from '../../../../spec/problems/problem-error.ts';

export interface AgentOptions {
  readonly folder: string;
  readonly log: LineLog;
  readonly makeWorkload: WorkloadMaker;
}

export class Agent {
  readonly #options: AgentOptions;
  readonly #deployments = new Map<DeploymentId, Deployment>();
  /** What a newer Berth has left here, or the disk would not give: neither touched nor lost. */
  readonly #unreadable = new Map<DeploymentId, Unowned>();
  readonly #identity: TargetIdentity;
  readonly #notices: Fault[] = [];
  readonly #watchers = new Set<() => void>();
  #ending = false;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#identity = localIdentity(options.folder);
  }

  /** Finds what there is, and begins to bring it about. */
  recover(): void {
    const root = join(this.#options.folder, 'deployments');
    mkdirSync(root, { recursive: true, mode: 0o700 });
    this.#keepNames();
    clearDrafts(this.#options.folder);
    finishRemovals(root);
    for (const name of readdirSync(root)) {
      const id = name.replace('.', '/');
      if (!isDeploymentId(id)) continue;
      try {
        this.#open(id, join(root, name));
      } catch (error) {
        const { problem } = problemOf(error, join(root, name));
        this.#unreadable.set(id, { ownership: 'unreadable', id, target: 'local', detail: problem.message, reads: [] });
        this.#notice(problem);
      }
    }
    for (const deployment of this.#deployments.values())
      void deployment.recover().then(() => this.#forgetGone(deployment));
  }

  /** The state folder and the one of the deployments may be new: their names are to outlive a loss of power, as what lies in them does. */
  #keepNames(): void {
    for (const folder of [this.#options.folder, dirname(this.#options.folder)])
      try {
        syncFolderSync(folder);
      } catch (error) {
        this.#options.log.write(problemOf(error, folder).message); // the folder above may be another's, whom we may not read
      }
  }

  get notices(): readonly Fault[] {
    return this.#notices;
  }

  /** True while something runs or is being changed. */
  get active(): boolean {
    return [...this.#deployments.values()].some((deployment) => deployment.active);
  }

  /** By id. */
  list(): readonly Live[] {
    return [...this.#deployments.values()]
      .filter((deployment) => deployment.exists)
      .map((deployment) => deployment.live())
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** @throws ProblemError BERTH5021 where there is none of that name. */
  get(id: string): Deployment {
    const deployment = isDeploymentId(id) ? this.#deployments.get(id) : undefined;
    if (!deployment?.exists) throw problemError('BERTH5021', { id, known: this.list().map((live) => live.id) });
    return deployment;
  }

  /** As `get`, but what cannot be read is said to be there. */
  read(id: string): Live | Unowned {
    return (isDeploymentId(id) && this.#unreadable.get(id)) || this.get(id).live();
  }

  /** Calls back whenever anything may have changed, in whichever deployment. */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  /** See `Deployment.apply`. The plan comes from outside: its seal is checked first. */
  async apply(value: unknown, request: Omit<ApplyRequest, 'plan'>): Promise<void> {
    if (this.#ending) throw problemError('BERTH5001', { detail: 'it is ending' });
    const read = checkPlan(value);
    if (!read.ok) throw read.problem;
    const { plan } = read;
    this.#refuseWhatIsNotOurs(plan);
    if (plan.action === 'none') {
      const deployment = this.get(plan.deployment);
      request.onEvent({ type: 'accepted' });
      request.onEvent({ type: 'done', revision: deployment.live().revision, status: deployment.status() });
      return;
    }
    const deployment = plan.action === 'create' ? this.#create(plan.deployment) : this.get(plan.deployment);
    try {
      await deployment.apply({ ...request, plan });
    } finally {
      this.#forgetGone(deployment);
    }
  }

  #refuseWhatIsNotOurs({ target, deployment, action, desired, identity }: Plan): void {
    if (target !== 'local' || (action !== 'delete' && desired?.id !== deployment))
      throw problemError('BERTH5025', { detail: 'it does not fit the target "local"' });
    const here = this.#identity;
    if (identity !== null && identity.uid !== here.uid)
      throw problemError('BERTH5040', { target, made: identity.name, here: here.name });
    const unreadable = this.#unreadable.get(deployment);
    if (unreadable)
      throw problemError('BERTH5042', {
        id: deployment,
        ownership: unreadable.ownership,
        detail: unreadable.detail,
      });
  }

  /** Ends all processes, keeps all state. */
  async halt(): Promise<void> {
    this.#ending = true;
    await Promise.all([...this.#deployments.values()].map((deployment) => deployment.halt()));
  }

  /** Ends what nobody could take over, and leaves the rest as it is for the next agent. */
  async handOver(): Promise<void> {
    this.#ending = true;
    await Promise.all([...this.#deployments.values()].map((deployment) => deployment.handOver()));
  }

  #create(id: DeploymentId): Deployment {
    const present = this.#deployments.get(id);
    if (present) return present;
    const folder = deploymentFolder(this.#options.folder, id);
    try {
      // What a crash left between making the folder and writing the first revision is nothing that anybody accepted.
      removeDeployment(folder);
      const deployment = new Deployment(DeploymentRecord.create(folder, id), this.#deploymentOptions(folder));
      this.#deployments.set(id, deployment);
      return deployment;
    } catch (error) {
      throw problemOf(error, folder);
    }
  }

  #open(id: DeploymentId, folder: string): void {
    const { record, damage, newerFormat } = DeploymentRecord.open(folder);
    if (newerFormat !== undefined) {
      const detail = `a newer Berth wrote it, in format ${newerFormat}`;
      this.#unreadable.set(id, { ownership: 'unreadable', id, target: 'local', detail, reads: [] });
      this.#notice(problemError('BERTH5042', { id, ownership: 'unreadable', detail }).problem);
      return;
    }
    if (record) {
      this.#deployments.set(id, new Deployment(record, this.#deploymentOptions(folder), damage));
      return;
    }
    for (const problem of damage) this.#notice(problem.problem);
    if (damage.length === 0) {
      removeDeployment(folder); // nothing was ever accepted
      return;
    }
    void this.#setAside(id, folder);
  }

  /** Of a deployment whose state is lost nothing can go on: its processes end, and what is left of its files is kept for a person to look at. */
  async #setAside(id: DeploymentId, folder: string): Promise<void> {
    const aside = join(this.#options.folder, 'damaged');
    const owner = `${stateName(this.#options.folder)}:${id}`;
    try {
      await new ProcessTable({ folder, owner, log: (line) => this.#options.log.write(line) }).endAll();
      mkdirSync(aside, { recursive: true, mode: 0o700 });
      renameSync(folder, join(aside, `${basename(folder)}-${Date.now()}`));
    } catch (error) {
      this.#notice(problemOf(error, folder).problem);
    }
  }

  #deploymentOptions(folder: string): DeploymentOptions {
    return {
      folder,
      state: stateName(this.#options.folder),
      makeWorkload: this.#options.makeWorkload,
      log: (line) => this.#options.log.write(line),
      onChange: () => {
        for (const watcher of [...this.#watchers]) watcher();
      },
    };
  }

  #forgetGone(deployment: Deployment): void {
    if (deployment.exists || this.#deployments.get(deployment.id) !== deployment) return;
    this.#deployments.delete(deployment.id);
    try {
      removeDeployment(deploymentFolder(this.#options.folder, deployment.id));
    } catch (error) {
      this.#options.log.write(problemOf(error).message);
    }
    for (const watcher of [...this.#watchers]) watcher();
  }

  #notice(fault: Omit<Fault, 'at'>): void {
    this.#notices.unshift({ ...fault, at: Date.now() });
    this.#options.log.write(`${fault.code} ${fault.message}`);
  }
}
