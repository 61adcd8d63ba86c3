/**
 * Many tasks of one kind in worker threads: as many as there are cores to use, each with the next task as soon as it has answered
 * the one before. What the threads run is an entry point that calls {@link answerTasks}.
 */
import { availableParallelism } from 'node:os';
import { parentPort, Worker } from 'node:worker_threads';
import { entryUrl } from './entry.ts';

export interface PoolOptions<Answer> {
  /** What every thread is started with, as its `workerData`. */
  readonly shared?: unknown;
  /** Default: one for each core that the process may use. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal;
  /** Told several times a second how many tasks are done, parts of tasks included, and which one came further. */
  readonly onProgress?: (done: number, task: number) => void;
  /** Told each answer as it comes; where it throws, nothing more is done. */
  readonly onAnswer?: (answer: Answer, task: number) => void;
}

/** What a thread says: how far it is with its task, or what came of it. */
type Message<Answer> = { readonly share: number } | { readonly answer: Answer };

const PROGRESS_MS = 100;

/**
 * @param entry the name of an entry point (see {@link entryUrl}), or where its module lies.
 * @returns the answer to each task, in their order.
 * @throws what a thread or `onAnswer` throws, or the signal's reason as soon as it fires; all threads end at once then, also in
 * the middle of a task.
 */
export async function inThreads<Task, Answer>(
  entry: string | URL,
  tasks: readonly Task[],
  { shared, threads = availableParallelism(), signal, onProgress, onAnswer }: PoolOptions<Answer> = {},
): Promise<Answer[]> {
  signal?.throwIfAborted();
  const answers: Answer[] = [];
  const shares = new Float64Array(tasks.length);
  const tell = (task: number, share: number): void => {
    shares[task] = share;
    onProgress?.(
      shares.reduce((sum, part) => sum + part, 0),
      task,
    );
  };
  const workers: Worker[] = [];
  const queue = tasks.entries();
  const thread = async (): Promise<void> => {
    const worker = new Worker(typeof entry === 'string' ? entryUrl(entry) : entry, { workerData: shared });
    workers.push(worker);
    for (const [i, task] of queue) {
      const answer = await answerOf<Answer>(worker, task, (share) => tell(i, share));
      answers[i] = answer;
      tell(i, 1);
      onAnswer?.(answer, i);
    }
  };
  const aborted = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    await Promise.race([aborted, Promise.all(Array.from({ length: Math.min(threads, tasks.length) }, thread))]);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return answers;
}

function answerOf<Answer>(worker: Worker, task: unknown, onShare: (share: number) => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.on('message', (message: Message<Answer>) => {
      if ('share' in message) onShare(message.share);
      else resolve(message.answer);
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new Error('a thread ended before its task')));
    worker.postMessage(task);
  });
}

/** Makes a worker thread one of a pool. @param work does one task, and may tell which part of it is done. */
export function answerTasks<Task, Answer>(work: (task: Task, onShare: (share: number) => void) => Answer): void {
  const port = parentPort;
  if (!port) throw new Error('only a worker thread answers tasks');
  const say = (message: Message<Answer>): void => port.postMessage(message);
  let reported = performance.now();
  port.on('message', (task: Task) => {
    const answer = work(task, (share) => {
      if (performance.now() - reported < PROGRESS_MS) return;
      reported = performance.now();
      say({ share });
    });
    say({ answer });
  });
}
