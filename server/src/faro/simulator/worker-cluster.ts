import { amountOf, demandPerReplica, fits } from '../job.ts';
import type { JobDeclaration, ResourceVector } from '../job.ts';
import type { JobLane } from './job-lane.ts';
import { itemAt } from '../../numeric/at.ts';

/** How long it takes until a change of replicas is real; all in seconds. */
export interface ClusterMechanics {
  /** From the start of a new worker until its replica serves. */
  readonly coldStartSeconds: number;
  /** The same on a worker that another replica of the job has left. */
  readonly hotStartSeconds: number;
  /** A worker without a replica is kept this long. */
  readonly idleSeconds: number;
  /** Time between two looks for workers that have been idle long enough. */
  readonly sweepSeconds: number;
  /** Time between two attempts to find room for a worker. */
  readonly retrySeconds: number;
  /** A reduction keeps its job busy this long. */
  readonly scaleDownSeconds: number;
}

/** The cluster of Faro's experiments (reference, section 9). */
export const referenceMechanics: ClusterMechanics = {
  coldStartSeconds: 35,
  hotStartSeconds: 3,
  idleSeconds: 30,
  sweepSeconds: 5,
  retrySeconds: 5,
  scaleDownSeconds: 3,
};

/** A cluster in which a replica's room is free for another job as soon as it is taken away, as on the target `local`. */
export function promptMechanics(coldStartSeconds: number): ClusterMechanics {
  return {
    coldStartSeconds,
    hotStartSeconds: coldStartSeconds,
    idleSeconds: 0,
    sweepSeconds: 1,
    retrySeconds: 1,
    scaleDownSeconds: 0,
  };
}

interface Pool {
  readonly lane: JobLane;
  readonly job: JobDeclaration;
  /** The node of each worker with a replica, serving or starting, in the order they were taken. */
  readonly taken: number[];
  /** Workers without a replica, the longest idle first. */
  idle: { readonly node: number; readonly since: number }[];
  target: number;
  /** Replicas that have a worker and are starting. */
  starting: number;
  /** Replicas that still look for a worker. */
  unplaced: number;
  /** The end of the reduction under way. */
  busyUntil: number;
  /** When it was last given a replica after it had none. */
  awakeSince: number;
}

type Event =
  | { readonly at: number; readonly kind: 'started'; readonly pool: Pool }
  | { readonly at: number; readonly kind: 'retry'; readonly pool: Pool };

/**
 * The workers of a cluster, each of which carries one replica of one job, on nodes with limited resources (reference,
 * sections 9 and 13).
 *
 * A replica that is added takes an idle worker of its own job or else a new one, if some node has room; otherwise its job
 * tries again until it finds room, and can do nothing else meanwhile. A replica that is removed leaves an idle worker,
 * which goes when it has been idle long enough; a job keeps one worker at least, unless it may sleep. So moving a replica between jobs takes
 * idle time, a look, and a cold start.
 */
export class WorkerCluster {
  readonly #mechanics: ClusterMechanics;
  readonly #pools: Pool[];
  /** What is free on each node. */
  readonly #free: Record<string, number>[];
  readonly #nodes: readonly ResourceVector[];
  #events: Event[] = [];
  #nextSweep: number;

  /** The lanes' replicas serve at once, as many of them as fit a node; the others wait for room. */
  constructor(
    jobs: readonly JobDeclaration[],
    lanes: readonly JobLane[],
    nodes: readonly ResourceVector[],
    mechanics: ClusterMechanics,
  ) {
    this.#mechanics = mechanics;
    this.#nodes = nodes;
    this.#free = nodes.map((node) => ({ ...node }));
    this.#nextSweep = mechanics.sweepSeconds;
    this.#pools = jobs.map((job, i) => {
      const lane = itemAt(lanes, i);
      const pool: Pool = {
        lane,
        job,
        taken: [],
        idle: [],
        target: lane.replicas,
        starting: 0,
        unplaced: 0,
        busyUntil: -Infinity,
        awakeSince: 0,
      };
      for (let replica = 0; replica < pool.target; replica++) {
        const node = this.#takeRoom(job);
        if (node >= 0) pool.taken.push(node);
      }
      pool.unplaced = pool.target - pool.taken.length;
      if (pool.unplaced > 0) {
        lane.removeReplicas(pool.unplaced);
        this.#schedule({ at: mechanics.retrySeconds, kind: 'retry', pool });
      }
      return pool;
    });
  }

  /** Replicas that were asked for last. */
  target(job: number): number {
    return itemAt(this.#pools, job).target;
  }

  /** Whether a change of the job's replicas is under way. */
  isScaling(job: number, now: number): boolean {
    const pool = itemAt(this.#pools, job);
    return pool.starting > 0 || pool.unplaced > 0 || pool.busyUntil > now;
  }

  /** How long a job has been idle since it was last woken, in seconds. */
  idleSeconds(job: number, now: number): number {
    const { lane, awakeSince } = itemAt(this.#pools, job);
    return Math.max(0, Math.min(lane.idleSeconds, now - awakeSince));
  }

  /** Begins a change of a job's replicas; none may be under way, or starting ones would be counted twice. */
  scale(job: number, replicas: number, now: number): void {
    const pool = itemAt(this.#pools, job);
    const more = replicas - pool.target;
    if (pool.target === 0 && replicas > 0) pool.awakeSince = now;
    pool.target = replicas;
    if (more < 0) {
      pool.lane.removeReplicas(-more);
      const left = pool.taken.splice(Math.max(0, pool.taken.length + more)).reverse();
      pool.idle.push(...left.map((node) => ({ node, since: now })));
      pool.busyUntil = now + this.#mechanics.scaleDownSeconds;
    } else if (more > 0) {
      pool.unplaced = more;
      this.#place(pool, now);
    }
  }

  /** Plays all that happens before `until`, the requests of all jobs included. */
  advance(until: number): void {
    for (;;) {
      const event = this.#events[0];
      const sweep = this.#nextSweep;
      if (sweep < until && (event === undefined || sweep <= event.at)) {
        this.#sweep(sweep);
        this.#nextSweep = sweep + this.#mechanics.sweepSeconds;
      } else if (event !== undefined && event.at < until) {
        this.#events.shift();
        if (event.kind === 'retry') this.#place(event.pool, event.at);
        else this.#started(event.pool, event.at);
      } else break;
    }
    for (const { lane } of this.#pools) lane.advance(until);
  }

  #started(pool: Pool, now: number): void {
    pool.starting--;
    pool.lane.advance(now);
    pool.lane.addReplicas(1);
  }

  /** Looks for workers for the replicas that have none. */
  #place(pool: Pool, now: number): void {
    const { hotStartSeconds, coldStartSeconds, retrySeconds } = this.#mechanics;
    while (pool.unplaced > 0) {
      const idle = pool.idle.shift();
      const node = idle?.node ?? this.#takeRoom(pool.job);
      if (node < 0) {
        this.#schedule({ at: now + retrySeconds, kind: 'retry', pool });
        return;
      }
      pool.taken.push(node);
      pool.unplaced--;
      pool.starting++;
      this.#schedule({ at: now + (idle === undefined ? coldStartSeconds : hotStartSeconds), kind: 'started', pool });
    }
  }

  #sweep(now: number): void {
    const { idleSeconds } = this.#mechanics;
    for (const pool of this.#pools) {
      for (let [longest] = pool.idle; longest && now - longest.since >= idleSeconds; [longest] = pool.idle) {
        if (pool.taken.length + pool.idle.length <= (pool.job.sleepsAfterSeconds === undefined ? 1 : 0)) break;
        pool.idle.shift();
        this.#change(pool.job, longest.node, 1);
      }
    }
  }

  /** The first node with room for a replica, which is taken; -1 where none has. */
  #takeRoom(job: JobDeclaration): number {
    const node = this.#free.findIndex((free) =>
      Object.entries(free).every(([resource, left]) => fits(demandPerReplica(job, resource), left)),
    );
    if (node >= 0) this.#change(job, node, -1);
    return node;
  }

  #change(job: JobDeclaration, node: number, sign: number): void {
    const free = itemAt(this.#free, node);
    for (const resource of Object.keys(itemAt(this.#nodes, node)))
      free[resource] = amountOf(free, resource) + sign * demandPerReplica(job, resource);
  }

  #schedule(event: Event): void {
    const at = this.#events.findIndex((other) => other.at > event.at);
    if (at < 0) this.#events.push(event);
    else this.#events.splice(at, 0, event);
  }
}
