/**
 * A site's trainer: a program of the user that trains on the site's own data. It speaks lines of JSON on standard input and output, and
 * exchanges weights in files of the site's private folder. `docs/trainers.md` tells it to users; the two must agree.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface TrainerManifest {
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly weightsFile: string;
  readonly samples: number;
}

export type TrainerOrder =
  | { readonly type: 'init'; readonly folder: string }
  | {
      readonly type: 'train';
      readonly round: number;
      readonly attempt: number;
      readonly weightsFile: string;
      readonly epochs: number;
    }
  | { readonly type: 'evaluate'; readonly weightsFile: string };

interface Replies {
  init: { readonly type: 'ready' } & TrainerManifest;
  train: { readonly type: 'trained'; readonly weightsFile: string; readonly loss: number; readonly samples: number };
  evaluate: { readonly type: 'evaluated'; readonly correct: number; readonly total: number };
}

const REPLY_TYPE = { init: 'ready', train: 'trained', evaluate: 'evaluated' } as const;
const STDERR_LINES = 5;

export class TrainerFailure extends Error {
  readonly reason: 'not-found' | 'exited' | 'hung' | 'wrong-answer';
  /** `code 1`, `SIGKILL`; empty unless it exited. */
  readonly exit: string;
  constructor(reason: TrainerFailure['reason'], message: string, exit = '') {
    super(message);
    this.reason = reason;
    this.exit = exit;
  }
}

export interface TrainerOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Without a line of output for so long a trainer that owes an answer is taken to hang. */
  readonly silenceMs: number;
  readonly log: (line: string) => void;
}

export class Trainer {
  readonly #options: TrainerOptions;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #stderr: string[] = [];
  #heard = performance.now();
  #owed:
    | {
        readonly type: string;
        readonly resolve: (reply: unknown) => void;
        readonly reject: (failure: TrainerFailure) => void;
      }
    | undefined;
  #failure: TrainerFailure | undefined;
  #over: ((failure: TrainerFailure) => void) | undefined;

  /** @param onFailure called once when the trainer ends or cannot be started, whether or not it owes an answer. */
  constructor(options: TrainerOptions, onFailure: (failure: TrainerFailure) => void) {
    this.#options = options;
    this.#over = onFailure;
    const [program, ...args] = options.command;
    // In the site's process group, so that it ends with the site whatever it does.
    this.#child = spawn(program!, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: 'pipe' });
    this.#child.on('error', (error: NodeJS.ErrnoException) =>
      this.#fail(new TrainerFailure(error.code === 'ENOENT' ? 'not-found' : 'exited', error.message, error.message)),
    );
    this.#child.stdin.on('error', () => {}); // it ended; `close` says so
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(line));
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      this.#heard = performance.now();
      this.#stderr.push(line);
      if (this.#stderr.length > STDERR_LINES) this.#stderr.shift();
      options.log(line);
    });
    this.#child.on('close', (code, signal) => {
      this.#fail(new TrainerFailure('exited', this.#stderr.join(' | '), signal ?? `code ${code}`));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Gives one order and waits for its answer. @throws TrainerFailure */
  async ask<T extends TrainerOrder['type']>(order: Extract<TrainerOrder, { type: T }>): Promise<Replies[T]> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#heard = performance.now();
    const { silenceMs } = this.#options;
    const watch = setInterval(
      () => {
        if (performance.now() - this.#heard < silenceMs) return;
        this.#fail(
          new TrainerFailure(
            'hung',
            `it printed nothing for ${silenceMs / 1000} s while it owed "${REPLY_TYPE[order.type]}"`,
          ),
        );
        this.#child.kill('SIGKILL');
      },
      Math.min(1000, silenceMs / 4),
    );
    try {
      const reply = await new Promise((resolve, reject) => {
        this.#owed = { type: REPLY_TYPE[order.type], resolve, reject };
        this.#child.stdin.write(`${JSON.stringify(order)}\n`);
      });
      checkReply(order.type, reply as Record<string, unknown>);
      return reply as Replies[T];
    } finally {
      clearInterval(watch);
      this.#owed = undefined;
    }
  }

  #hear(line: string): void {
    this.#heard = performance.now();
    const message = parsed(line);
    if (message?.type === 'error') {
      this.#owed?.reject(new TrainerFailure('wrong-answer', String(message.message)));
    } else if (message !== undefined && this.#owed !== undefined && message.type === this.#owed.type) {
      this.#owed.resolve(message);
    } else {
      this.#options.log(line);
    }
  }

  #fail(failure: TrainerFailure): void {
    this.#failure ??= failure;
    this.#owed?.reject(this.#failure);
    this.#over?.(this.#failure);
    this.#over = undefined;
  }
}

function parsed(line: string): { readonly type?: unknown; readonly message?: unknown } | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as { type?: unknown };
  } catch {
    return undefined;
  }
}

/** @throws TrainerFailure where an answer of the right type lacks what belongs to it. */
export function checkReply(type: TrainerOrder['type'], reply: Record<string, unknown>): void {
  const wrong = (what: string) => new TrainerFailure('wrong-answer', `its answer "${REPLY_TYPE[type]}" ${what}`);
  const whole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (type === 'evaluate') {
    if (!whole(reply['correct']) || !whole(reply['total'])) throw wrong('lacks correct and total');
    return;
  }
  if (typeof reply['weightsFile'] !== 'string') throw wrong('lacks weightsFile');
  if (!whole(reply['samples'])) throw wrong('lacks samples');
  if (type === 'train' && typeof reply['loss'] !== 'number') throw wrong('lacks loss');
  if (type !== 'init') return;
  const tensors = reply['tensors'];
  const sound =
    Array.isArray(tensors) &&
    tensors.length > 0 &&
    tensors.every(
      (tensor: { name?: unknown; shape?: unknown } | null) =>
        typeof tensor?.name === 'string' && Array.isArray(tensor.shape) && tensor.shape.every(whole),
    );
  if (!sound) throw wrong('lacks tensors, a list of {name, shape}');
}

/** Numbers in all tensors together. */
export function manifestLength({ tensors }: Pick<TrainerManifest, 'tensors'>): number {
  return tensors.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
}
