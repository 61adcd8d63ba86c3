import { demandPerReplica, fits } from '../job.ts';
import type { JobDeclaration, ResourceVector } from '../job.ts';

/** Replicas of each job, by node. */
export type Assignment = readonly (readonly number[])[];

/** Whether replicas fit on nodes; `unknown` where the search was given up. */
export type Packing =
  | { readonly kind: 'packed'; readonly assignment: Assignment }
  | { readonly kind: 'impossible' }
  | { readonly kind: 'unknown' };

/** Nodes of a search tree that the exact packing may visit. */
const searchLimit = 20_000;

/** What is left on each node, and what runs there. */
interface Nodes {
  /** By node, in the order of the resources. */
  readonly left: number[][];
  /** By node and job. */
  readonly held: number[][];
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
  const quick = { left: left.map((node) => [...node]), held: nodes.map(() => jobs.map(() => 0)) };
  if (placeBestFit(quick, demands, order, replicas).every((missing) => missing === 0)) {
    return { kind: 'packed', assignment: quick.held };
  }
  const search = new PackingSearch(demands, order, replicas, {
    left: left.map((node) => [...node]),
    held: nodes.map(() => jobs.map(() => 0)),
  });
  return search.run();
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
  const held = needed.assignment.map((counts) => [...counts]);
  held.forEach((counts, node) => counts.forEach((count, job) => take(left[node]!, demands[job]!, count)));
  const placed = { left, held };
  const order = largestFirst(demands, left);
  const missing = placeBestFit(
    placed,
    demands,
    order,
    wished.map((count, i) => Math.max(0, count - minima[i]!)),
  );
  const replicas = wished.map((count, i) => Math.max(count, minima[i]!) - missing[i]!);
  const placeMore = (job: number): boolean => {
    const node = bestFit(left, demands[job]!);
    if (node < 0) return false;
    take(left[node]!, demands[job]!, 1);
    held[node]![job] = held[node]![job]! + 1;
    replicas[job] = replicas[job]! + 1;
    return true;
  };
  return { replicas, assignment: held, placeMore };
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
    demand.reduce((most, amount, d) => Math.max(most, amount > 0 ? amount / Math.max(totals[d]!, 1e-300) : 0), 0),
  );
  return demands.map((_, i) => i).sort((a, b) => size[b]! - size[a]! || a - b);
}

/** Places replicas one by one; returns how many of each job found no room. */
function placeBestFit(
  { left, held }: Nodes,
  demands: readonly (readonly number[])[],
  order: readonly number[],
  replicas: readonly number[],
): number[] {
  const missing = replicas.map(() => 0);
  for (const job of order) {
    let rest = replicas[job]!;
    while (rest > 0) {
      const node = bestFit(left, demands[job]!);
      if (node < 0) break;
      const count = Math.min(rest, replicasOn(left[node]!, demands[job]!));
      take(left[node]!, demands[job]!, count);
      held[node]![job] = held[node]![job]! + count;
      rest -= count;
    }
    missing[job] = rest;
  }
  return missing;
}

/** The node that a replica fits on and fills most; -1 where there is none. */
function bestFit(left: readonly (readonly number[])[], demand: readonly number[]): number {
  let best = -1;
  let fullest = -1;
  left.forEach((node, n) => {
    if (!demand.every((amount, d) => fits(amount, node[d]!))) return;
    const filled = demand.reduce((most, amount, d) => Math.max(most, amount > 0 ? amount / node[d]! : 0), 0);
    if (filled > fullest) [best, fullest] = [n, filled];
  });
  return best;
}

function replicasOn(node: readonly number[], demand: readonly number[]): number {
  let count = Infinity;
  demand.forEach((amount, d) => {
    if (amount > 0) count = Math.min(count, Math.floor((node[d]! / amount) * (1 + 1e-9) + 1e-9));
  });
  return Math.max(0, count);
}

function take(node: number[], demand: readonly number[], count: number): void {
  demand.forEach((amount, d) => (node[d] = node[d]! - amount * count));
}

class PackingSearch {
  readonly #demands: readonly (readonly number[])[];
  readonly #order: readonly number[];
  readonly #replicas: readonly number[];
  readonly #nodes: Nodes;
  #visited = 0;

  constructor(
    demands: readonly (readonly number[])[],
    order: readonly number[],
    replicas: readonly number[],
    nodes: Nodes,
  ) {
    this.#demands = demands;
    this.#order = order.filter((job) => replicas[job]! > 0);
    this.#replicas = replicas;
    this.#nodes = nodes;
  }

  run(): Packing {
    if (this.#isHopeless(0)) return { kind: 'impossible' };
    if (this.#place(0, this.#replicas[this.#order[0] ?? 0] ?? 0, 0)) {
      return { kind: 'packed', assignment: this.#nodes.held };
    }
    return { kind: this.#visited > searchLimit ? 'unknown' : 'impossible' };
  }

  /** Places the rest of the job at a position of the order on nodes from `node` on, then the jobs after it. */
  #place(position: number, rest: number, node: number): boolean {
    if (position === this.#order.length) return true;
    if (++this.#visited > searchLimit) return false;
    const job = this.#order[position]!;
    if (rest === 0) {
      const next = this.#order[position + 1];
      if (next !== undefined && this.#isHopeless(position + 1)) return false;
      return this.#place(position + 1, next === undefined ? 0 : this.#replicas[next]!, 0);
    }
    const { left, held } = this.#nodes;
    if (node === left.length) return false;
    const demand = this.#demands[job]!;
    let most = Math.min(rest, replicasOn(left[node]!, demand));
    // A node as empty as the one before it need not get more than that one got.
    if (node > 0) {
      const before = held[node - 1]![job]!;
      const isAlike = left[node]!.every((amount, d) => amount === left[node - 1]![d]! + before * demand[d]!);
      if (isAlike) most = Math.min(most, before);
    }
    for (let count = most; count >= 0; count--) {
      const kept = [...left[node]!];
      take(left[node]!, demand, count);
      held[node]![job] = count;
      if (this.#place(position, rest - count, node + 1)) return true;
      left[node] = kept;
      held[node]![job] = 0;
      if (this.#visited > searchLimit) return false;
    }
    return false;
  }

  /** Whether what is left cannot hold the jobs from a position of the order on: one of them alone, or all in some resource. */
  #isHopeless(position: number): boolean {
    const { left } = this.#nodes;
    const totals = left.reduce<number[]>((sums, node) => node.map((amount, d) => amount + (sums[d] ?? 0)), []);
    const needed = totals.map(() => 0);
    for (const job of this.#order.slice(position)) {
      const demand = this.#demands[job]!;
      const room = left.reduce((sum, node) => sum + replicasOn(node, demand), 0);
      if (room < this.#replicas[job]!) return true;
      demand.forEach((amount, d) => (needed[d] = needed[d]! + amount * this.#replicas[job]!));
    }
    return needed.some((amount, d) => !fits(amount, totals[d]!));
  }
}
