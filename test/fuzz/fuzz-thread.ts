/** A thread that fuzzes what it is told to. Whoever started it ends it where an input hangs: the input stands in the memory they share. */
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz, type Outcome } from './fuzz.ts';
import { minimised } from './minimise.ts';
import { TARGETS } from './targets.ts';
import { HEAD_WORDS, type Task } from './task.ts';

const { shared } = workerData as { readonly shared: SharedArrayBuffer };
const head = new Int32Array(shared, 0, HEAD_WORDS);
const bytes = Buffer.from(shared, 4 * HEAD_WORDS);

parentPort?.on('message', (task: Task | 'end') => {
  if (task === 'end') process.exit();
  else void work(task);
});

async function work({ target: name, ...options }: Task): Promise<void> {
  const target = TARGETS.find((one) => one.name === name)!;
  const outcome: Outcome = await fuzz(target, {
    ...options,
    onInput: (input) => {
      const size = typeof input === 'string' ? bytes.write(input) : (bytes.set(input) ?? input.length);
      Atomics.store(head, 1, size);
      Atomics.store(head, 2, typeof input === 'string' ? 1 : 0);
      Atomics.add(head, 0, 1);
    },
  });
  const found = [];
  for (const one of outcome.found) {
    const atWork = (): void => void Atomics.add(head, 0, 1);
    found.push({ ...one, input: await minimised(target, one.input, one.signature, atWork) });
  }
  parentPort?.postMessage({ ...outcome, found });
}
