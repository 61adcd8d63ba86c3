/** What the local agent runs, one per deployment, and what it lends to it. */
import type { Shape } from '../../shape.ts';
import type { Drift } from '../../live.ts';
import type { Desired, Fault, Status } from '../../types.ts';

export interface ManagedProcess {
  readonly pid: number;
  /** Settles when the process has ended, whoever ended it. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Writes to its standard input; a process that no longer listens is no error. */
  write(data: string | Uint8Array): void;
  /** SIGTERM to the process group, SIGKILL after the grace; settles when it has ended. */
  end(graceMs?: number): Promise<void>;
}

export interface SpawnRequest {
  /** Names the process in status and logs, e.g. `search-images/2`, `gpu0`, `north`. */
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /**
   * True for a process that goes on answering while the agent is gone: its output goes to a file instead of a pipe (all of it
   * reported as `stdout`, up to half a second late), it has no standard input, and the next agent offers it in `leftovers`.
   * Every other process is ended by the next agent before the workload starts.
   */
  readonly survives?: boolean;
  /** True for a process that nobody waits for an answer of: it leaves the machine to what somebody does wait for, e.g. the editor. */
  readonly background?: boolean;
  /** What the next agent must know to adopt it, e.g. its port. Stored for the owner's eyes alone, and never logged. */
  readonly facts?: Readonly<Record<string, string | number>>;
}

/** A process that survived the agent that started it, and is certainly the same one: pid and start time agree. */
export interface Leftover {
  readonly label: string;
  readonly pid: number;
  readonly facts: Readonly<Record<string, string | number>>;
}

export interface WorkloadContext {
  /** Private folder (0700) of this deployment: checkpoints, keys, logs. Survives the agent. */
  readonly folder: string;
  /** Starts a process in its own group and records it, so that an agent that comes after a crash finds and ends or adopts it. */
  spawn(request: SpawnRequest): ManagedProcess;
  log(line: string): void;
  /** Adds a fault, or renews the one with the same code and subject. */
  fault(fault: Omit<Fault, 'at'>): void;
  /** Tells the agent that the status changed; it asks for `status()` and informs those who watch. */
  changed(): void;
  /** Atomic (write, fsync, rename) small JSON state of the workload; null before the first write, and where what is there was not written by us. */
  readonly state: { read<T>(shape: Shape<T>): T | null; write(value: object): Promise<void> };
}

/** The whole of what the agent lends, for a workload whose processes go on while the agent is gone. */
export interface AdoptingContext extends WorkloadContext {
  /** Processes that outlived a crash of the agent; those that are not adopted when `start` begins to spawn are ended. */
  readonly leftovers: readonly Leftover[];
  adopt(leftover: Leftover, onLine?: SpawnRequest['onLine']): ManagedProcess;
  /** Ends every leftover that was not adopted; settles when they are gone. */
  endLeftovers(): Promise<void>;
  /** Takes a fault back that no longer holds. */
  resolve(code: string, subject?: string): void;
}

/** The status without what the agent itself knows. */
export type WorkloadStatus<S extends Status = Status> = S extends Status
  ? Omit<S, 'revision' | 'at' | 'faults' | 'id' | 'kind' | 'name'>
  : never;

/** A desired state with what this target adds to it. */
export type Local<D extends Desired = Desired> = D extends Desired
  ? D & {
      /** Absolute path of the folder in which commands and modules are resolved and run. */
      readonly folder: string;
      /** The Python to use where the spec names none, as the plan showed it; plans of former versions have none. */
      readonly python?: string;
    }
  : never;

export interface Workload<D extends Desired = Desired> {
  /** Brings the desired state about, from nothing or from what a crashed agent left; settles when it is reached (replicas ready, run started). */
  start(signal: AbortSignal, step: StepText): Promise<void>;
  /** Moves to another desired state with as little interruption as it can. */
  update(desired: Local<D>, signal: AbortSignal, step: StepText): Promise<void>;
  status(): WorkloadStatus;
  /** What of the desired state is not live at this moment, in the words of the spec. */
  missing(): readonly Drift[];
  /** Of that, what stood before, or was tried and failed: it is not merely on its way. */
  drift(): readonly Drift[];
  /** True where `update` also mends what a failed or cancelled `start` left; any other workload is stopped and started afresh then. */
  readonly mends?: boolean;
  /** Ends every process; settles when none is left. */
  stop(): Promise<void>;
  /** Lets go of processes that survive, for the next agent to adopt; a workload without is stopped, and started again from what it kept. */
  handOver?(): Promise<void>;
}

export type WorkloadFactory<D extends Desired> = (desired: Local<D>, context: WorkloadContext) => Workload<D>;

/** How a workload says what it is doing: one step of `total`, in words. */
export type StepText = (text: string, done: number, total: number) => void;

/** A context that may also take faults back once they are mended. */
export interface MendingContext extends WorkloadContext {
  readonly resolve?: AdoptingContext['resolve'];
}
