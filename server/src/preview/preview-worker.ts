/** A lane's thread: takes preview jobs one after another and answers each, also the one it cannot do. */
import { parentPort } from 'node:worker_threads';
import { computePreview, Stopped, type PreviewOutcome } from './compute.ts';
import { warmUpLayout } from './graph-picture.ts';
import { STOP, type LaneAnswer, type LaneMessage, type LaneRequest } from './service.ts';
import { stackOf } from '../host/stack-of.ts';

const port = parentPort;
if (!port) throw new Error('preview-worker runs as a worker thread');

// One after another: a later job would only slow the earlier one down, and may well be cancelled before it begins.
let queue = Promise.resolve();

port.on('message', (message: LaneMessage) => {
  queue = queue.then(async () => {
    if (message === 'warm-up') await warmUpLayout();
    else port.postMessage(await answer(message));
  });
});

async function answer({ id, job, stop }: LaneRequest): Promise<LaneAnswer> {
  const shouldStop = (): boolean => Atomics.load(stop, 0) === STOP.nobodyWaits;
  const enough = (): boolean => Atomics.load(stop, 0) === STOP.enough;
  if (shouldStop()) return { id, stopped: true };
  try {
    const onMore = (sofar: PreviewOutcome): void => {
      const part: LaneAnswer = { id, sofar };
      port!.postMessage(part);
    };
    return { id, outcome: await computePreview(job, shouldStop, onMore, undefined, enough) };
  } catch (error) {
    if (error instanceof Stopped) return { id, stopped: true };
    return { id, error: stackOf(error) };
  }
}
