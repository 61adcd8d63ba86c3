/** All targets, in threads, for a time: what was run, how fast, and what was found. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Found, Outcome } from './fuzz.ts';
import { TARGETS } from './targets.ts';
import { HEAD_WORDS, SHARED_BYTES, type Task } from './task.ts';

export interface CampaignOptions {
  readonly ms: number;
  /** Of each target. */
  readonly inputs: number;
  readonly seed: number;
  /** Names; all where there are none. */
  readonly targets: readonly string[];
  readonly threads?: number;
}

interface Tally {
  inputs: number;
  ms: number;
  sights: number;
  readonly found: Map<string, Found>;
}

/** A target has a thread for so long, then the next one: what a run has kept goes with it, and another seed finds other ways. */
const SLICE_MS = 30_000;
/** An input that has had so much of the processor will not end. */
const STUCK_CPU_MS = 20_000;
/** Nor will one that waits for others for so long, however busy the machine. */
const STUCK_MS = 600_000;

const CRASHES = fileURLToPath(new URL('crashes/', import.meta.url));
const FIGURES = fileURLToPath(new URL('../../artifacts/', import.meta.url));

/** @returns the exit code: 1 where something was found. */
export async function campaign(options: CampaignOptions): Promise<number> {
  const unknown = options.targets.find((name) => !TARGETS.some((target) => target.name === name));
  if (unknown !== undefined)
    throw new Error(`There is no target "${unknown}"; there are ${TARGETS.map(({ name }) => name).join(', ')}.`);
  const names = TARGETS.map(({ name }) => name).filter(
    (name) => options.targets.length === 0 || options.targets.includes(name),
  );
  const threads = Math.max(1, Math.min(options.threads ?? availableParallelism(), names.length));
  console.log(
    `seed ${options.seed}, ${names.length} targets, ${threads} thread${threads === 1 ? '' : 's'}, ${(options.ms / 1000).toFixed(0)} s`,
  );
  const tasks = tasksOf(names, threads, options);
  const tallies = new Map(
    names.map((name) => [
      name,
      { inputs: 0, ms: 0, sights: 0, found: new Map<string, Found>() } satisfies Tally as Tally,
    ]),
  );
  // One that is interrupted ends what it is at, and says what it has done.
  const end = (): void => void tasks.splice(0);
  process.once('SIGINT', end);
  await Promise.all(Array.from({ length: threads }, () => work(tasks, tallies)));
  process.off('SIGINT', end);
  report(tallies, options);
  return [...tallies.values()].some(({ found }) => found.size > 0) ? 1 : 0;
}

/** In rounds over all targets, so that a run that is ended early has looked at all of them. */
function tasksOf(names: readonly string[], threads: number, { ms, inputs, seed }: CampaignOptions): Task[] {
  const share = (ms * threads) / names.length;
  const rounds = Math.max(1, Math.ceil(share / SLICE_MS));
  return Array.from({ length: rounds }, (_, round) =>
    names.map((target, i) => ({
      target,
      seed: (seed + round * names.length + i) | 0 || 1,
      ms: share / rounds,
      inputs: inputs / rounds,
    })),
  ).flat();
}

async function work(tasks: Task[], tallies: ReadonlyMap<string, Tally>): Promise<void> {
  let thread: Thread | undefined;
  for (let task = tasks.shift(); task; task = tasks.shift()) {
    const tally = tallies.get(task.target)!;
    const start = performance.now();
    thread ??= new Thread();
    const outcome = await thread.run(task);
    tally.ms += performance.now() - start;
    tally.inputs += outcome.inputs;
    tally.sights = Math.max(tally.sights, outcome.sights);
    for (const found of outcome.found) {
      if (!tally.found.has(found.signature)) keep(found);
      tally.found.set(found.signature, found);
    }
    if (thread.isOver) thread = undefined;
  }
  thread?.end();
}

class Thread {
  isOver = false;
  readonly #shared = new SharedArrayBuffer(SHARED_BYTES);
  readonly #head = new Int32Array(this.#shared, 0, HEAD_WORDS);
  readonly #worker = new Worker(new URL('fuzz-thread.ts', import.meta.url), { workerData: { shared: this.#shared } });

  run(task: Task): Promise<Outcome> {
    return new Promise((done) => {
      const before = Atomics.load(this.#head, 0);
      let last = before;
      let since = performance.now();
      let usedBefore = 0;
      let isDone = false;
      const over = (outcome: Outcome): void => {
        isDone = true;
        clearInterval(watch);
        this.#worker.off('message', over).off('error', ended);
        done(outcome);
      };
      const lost = (signature: string, stack: string): void => {
        this.isOver = true;
        void this.#worker.terminate();
        const found = { target: task.target, input: this.#input(), signature: `${task.target}: ${signature}`, stack };
        over({ inputs: Atomics.load(this.#head, 0) - before, sights: 0, found: [found] });
      };
      const ended = (error: Error): void => lost(`ends the thread: ${error.message}`, error.stack ?? '');
      const watch = setInterval(() => {
        const now = Atomics.load(this.#head, 0);
        void this.#usedMs().then((used) => {
          if (isDone) return;
          if (now !== last) [last, since, usedBefore] = [now, performance.now(), used];
          else if (used - usedBefore > STUCK_CPU_MS)
            lost('hangs', `no end after ${STUCK_CPU_MS / 1000} s of the processor`);
          else if (performance.now() - since > STUCK_MS) lost('hangs', `no end after ${STUCK_MS / 1000} s`);
        });
      }, 500);
      this.#worker.once('message', over).once('error', ended);
      this.#worker.postMessage(task);
    });
  }

  end(): void {
    this.#worker.postMessage('end');
  }

  /** Of the processor, by this thread, in ms; 0 where it has ended. */
  async #usedMs(): Promise<number> {
    const { user, system } = await this.#worker.cpuUsage().catch(() => ({ user: 0, system: 0 }));
    return (user + system) / 1000;
  }

  #input(): Buffer | string {
    const bytes = Buffer.from(Buffer.from(this.#shared, 4 * HEAD_WORDS, Atomics.load(this.#head, 1)));
    return Atomics.load(this.#head, 2) === 1 ? bytes.toString() : bytes;
  }
}

function report(tallies: ReadonlyMap<string, Tally>, { seed }: CampaignOptions): void {
  let [inputs, found] = [0, 0];
  for (const [name, tally] of tallies) {
    inputs += tally.inputs;
    found += tally.found.size;
    const perSecond = tally.ms > 0 ? Math.round((1000 * tally.inputs) / tally.ms) : 0;
    console.log(
      `${name.padEnd(18)} ${String(tally.inputs).padStart(10)} inputs ${String(perSecond).padStart(8)}/s ${String(tally.sights).padStart(6)} sights ${tally.found.size > 0 ? `${tally.found.size} FOUND` : ''}`.trimEnd(),
    );
  }
  console.log(`${inputs} inputs, ${found} found (seed ${seed})`);
  mkdirSync(FIGURES, { recursive: true });
  const targets = Array.from(tallies, ([name, tally]) => ({
    name,
    inputs: tally.inputs,
    ms: Math.round(tally.ms),
    sights: tally.sights,
    found: [...tally.found.keys()],
  }));
  writeFileSync(
    `${FIGURES}fuzz.json`,
    `${JSON.stringify({ at: new Date().toISOString(), seed, inputs, targets }, null, 2)}\n`,
  );
}

/** Writes the input where the tests find it. */
function keep({ target, input, signature, stack }: Found): void {
  mkdirSync(CRASHES, { recursive: true });
  const hash = createHash('sha256').update(input).digest('hex').slice(0, 8);
  const file = `${target}--${hash}.${typeof input === 'string' ? 'txt' : 'bin'}`;
  writeFileSync(CRASHES + file, input);
  console.log(
    `\n${signature}\n${stack.split('\n').slice(0, 8).join('\n')}\ninput: test/fuzz/crashes/${file}\nagain: npx vitest run --project unit test/unit/fuzz/crashes.test.ts -t ${file}`,
  );
}
