import { demandPerReplica, fits } from '../job.ts';
import type { JobDeclaration, ResourceVector } from '../job.ts';
import { itemAt } from '../../numeric/at.ts';

/** Replicas of each job, by node. */
export type Assignment = readonly (readonly number[])[];

/** Whether replicas fit on nodes; `unknown` where the search was given up. */
export type Packing =
  | { readonly kind: 'packed'; readonly assignment: Assignment }
  | { readonly kind: 'impossible' }
  | { readonly kind: 'unknown' };

/** Nodes of a search tree that the exact packing may visit. */
const searchLimit = 20_000;

/** A node: what is left of its resources, in their order, and the replicas of each job that run there. */
interface NodeState {
  left: number[];
  readonly held: number[];
}

/** Resources that any node names; one that a node does not name is absent there. */
export function nodeResources(nodes: readonly ResourceVector[]): string[] {
  return [...new Set(nodes.flatMap((node) => Object.keys(node)))];
}

/** Replicas of each job that nodes can hold while nothing else runs there. */
export function replicasPerJob(jobs: readonly JobDeclaration[], nodes: readonly ResourceVector[]): number[] {
  const { demands, left } = layOut(jobs, nodes);
  return demands.map((demand) => left.reduce((sum, node) => sum + replicasOn(node, demand), 0));
}

/**
 * Places replicas on nodes so that each node's resources suffice: vector bin packing.
 *
 * Large replicas first, each on the node it leaves least room on; where that fails, a depth-first search over how many
 * replicas of each job go where, nodes with equal room being alike. Exact until the search takes too long.
 */
export function packOntoNodes(
  jobs: readonly JobDeclaration[],
  replicas: readonly number[],
  nodes: readonly ResourceVector[],
): Packing {
  const { demands, left } = layOut(jobs, nodes);
  const order = largestFirst(demands, left);
  const empty = (): NodeState[] => left.map((room) => ({ left: [...room], held: jobs.map(() => 0) }));
  const quick = empty();
  if (placeBestFit(quick, demands, order, replicas).every((missing) => missing === 0)) {
    return { kind: 'packed', assignment: quick.map(({ held }) => held) };
  }
  return new PackingSearch(demands, order, replicas, empty()).run();
}

/**
 * As many of the wished replicas as a quick placement finds room for, of every job at least `minima`; undefined where not even
 * those find room.
 */
export function packWhatFits(
  jobs: readonly JobDeclaration[],
  minima: readonly number[],
  wished: readonly number[],
  nodes: readonly ResourceVector[],
):
  | { readonly replicas: number[]; readonly assignment: Assignment; readonly placeMore: (job: number) => boolean }
  | undefined {
  const needed = packOntoNodes(jobs, minima, nodes);
  if (needed.kind !== 'packed') return undefined;
  const { demands, left } = layOut(jobs, nodes);
  const placed = left.map((room, node): NodeState => ({ left: room, held: [...itemAt(needed.assignment, node)] }));
  for (const { left: room, held } of placed) held.forEach((count, job) => take(room, itemAt(demands, job), count));
  const missing = placeBestFit(
    placed,
    demands,
    largestFirst(demands, left),
    wished.map((count, i) => Math.max(0, count - itemAt(minima, i))),
  );
  const replicas = wished.map((count, i) => Math.max(count, itemAt(minima, i)) - itemAt(missing, i));
  const placeMore = (job: number): boolean => {
    const demand = itemAt(demands, job);
    const node = bestFit(placed, demand);
    if (!node) return false;
    put(node, job, demand, 1);
    replicas[job] = itemAt(replicas, job) + 1;
    return true;
  };
  return { replicas, assignment: placed.map(({ held }) => held), placeMore };
}

function layOut(
  jobs: readonly JobDeclaration[],
  nodes: readonly ResourceVector[],
): { demands: number[][]; left: number[][] } {
  const resources = nodeResources(nodes);
  return {
    demands: jobs.map((job) => resources.map((resource) => demandPerReplica(job, resource))),
    left: nodes.map((node) => resources.map((resource) => node[resource] ?? 0)),
  };
}

/** Jobs by what a replica takes of an average node, largest first. */
function largestFirst(demands: readonly (readonly number[])[], left: readonly (readonly number[])[]): number[] {
  const totals = left.reduce<number[]>((sums, node) => node.map((amount, d) => amount + (sums[d] ?? 0)), []);
  const size = demands.map((demand) =>
    demand.reduce(
      (most, amount, d) => Math.max(most, amount > 0 ? amount / Math.max(itemAt(totals, d), 1e-300) : 0),
      0,
    ),
  );
  return demands.map((_, i) => i).sort((a, b) => itemAt(size, b) - itemAt(size, a) || a - b);
}

/** Places replicas one by one; returns how many of each job found no room. */
function placeBestFit(
  nodes: readonly NodeState[],
  demands: readonly (readonly number[])[],
  order: readonly number[],
  replicas: readonly number[],
): number[] {
  const missing = replicas.map(() => 0);
  for (const job of order) {
    const demand = itemAt(demands, job);
    let rest = itemAt(replicas, job);
    while (rest > 0) {
      const node = bestFit(nodes, demand);
      if (!node) break;
      const count = Math.min(rest, replicasOn(node.left, demand));
      put(node, job, demand, count);
      rest -= count;
    }
    missing[job] = rest;
  }
  return missing;
}

/** The node that a replica fits on and fills most. */
function bestFit(nodes: readonly NodeState[], demand: readonly number[]): NodeState | undefined {
  let best: NodeState | undefined;
  let fullest = -1;
  for (const node of nodes) {
    if (!demand.every((amount, d) => fits(amount, itemAt(node.left, d)))) continue;
    const filled = demand.reduce(
      (most, amount, d) => Math.max(most, amount > 0 ? amount / itemAt(node.left, d) : 0),
      0,
    );
    if (filled > fullest) [best, fullest] = [node, filled];
  }
  return best;
}

function put({ left, held }: NodeState, job: number, demand: readonly number[], count: number): void {
  take(left, demand, count);
  held[job] = itemAt(held, job) + count;
}

function replicasOn(node: readonly number[], demand: readonly number[]): number {
  let count = Infinity;
  demand.forEach((amount, d) => {
    if (amount > 0) count = Math.min(count, Math.floor((itemAt(node, d) / amount) * (1 + 1e-9) + 1e-9));
  });
  return Math.max(0, count);
}

function take(node: number[], demand: readonly number[], count: number): void {
  demand.forEach((amount, d) => (node[d] = itemAt(node, d) - amount * count));
}

class PackingSearch {
  readonly #demands: readonly (readonly number[])[];
  readonly #order: readonly number[];
  readonly #replicas: readonly number[];
  readonly #nodes: readonly NodeState[];
  #visited = 0;

  constructor(
    demands: readonly (readonly number[])[],
    order: readonly number[],
    replicas: readonly number[],
    nodes: readonly NodeState[],
  ) {
    this.#demands = demands;
    this.#order = order.filter((job) => itemAt(replicas, job) > 0);
    this.#replicas = replicas;
    this.#nodes = nodes;
  }

  run(): Packing {
    if (this.#isHopeless(0)) return { kind: 'impossible' };
    if (this.#place(0, this.#replicas[this.#order[0] ?? 0] ?? 0, 0)) {
      return { kind: 'packed', assignment: this.#nodes.map(({ held }) => held) };
    }
    return { kind: this.#visited > searchLimit ? 'unknown' : 'impossible' };
  }

  /** Places the rest of the job at a position of the order on nodes from `node` on, then the jobs after it. */
  #place(position: number, rest: number, node: number): boolean {
    if (position === this.#order.length) return true;
    if (++this.#visited > searchLimit) return false;
    const job = itemAt(this.#order, position);
    if (rest === 0) {
      const next = this.#order[position + 1];
      if (next !== undefined && this.#isHopeless(position + 1)) return false;
      return this.#place(position + 1, next === undefined ? 0 : itemAt(this.#replicas, next), 0);
    }
    const [state, before] = [this.#nodes[node], this.#nodes[node - 1]];
    if (!state) return false;
    const demand = itemAt(this.#demands, job);
    let most = Math.min(rest, replicasOn(state.left, demand));
    // A node as empty as the one before it need not get more than that one got.
    if (before) {
      const got = itemAt(before.held, job);
      const isAlike = state.left.every((amount, d) => amount === itemAt(before.left, d) + got * itemAt(demand, d));
      if (isAlike) most = Math.min(most, got);
    }
    for (let count = most; count >= 0; count--) {
      const kept = [...state.left];
      take(state.left, demand, count);
      state.held[job] = count;
      if (this.#place(position, rest - count, node + 1)) return true;
      state.left = kept;
      state.held[job] = 0;
      if (this.#visited > searchLimit) return false;
    }
    return false;
  }

  /** Whether what is left cannot hold the jobs from a position of the order on: one of them alone, or all in some resource. */
  #isHopeless(position: number): boolean {
    const left = this.#nodes.map((node) => node.left);
    const totals = left.reduce<number[]>((sums, node) => node.map((amount, d) => amount + (sums[d] ?? 0)), []);
    const needed = totals.map(() => 0);
    for (const job of this.#order.slice(position)) {
      const demand = itemAt(this.#demands, job);
      const room = left.reduce((sum, node) => sum + replicasOn(node, demand), 0);
      const replicas = itemAt(this.#replicas, job);
      if (room < replicas) return true;
      demand.forEach((amount, d) => (needed[d] = itemAt(needed, d) + amount * replicas));
    }
    return needed.some((amount, d) => !fits(amount, itemAt(totals, d)));
  }
}
