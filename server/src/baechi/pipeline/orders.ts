/**
 * In which order each device of a pipeline runs forward and backward passes of micro-batches.
 *
 * - `gpipe`: all forward passes, then all backward passes, the last micro-batch first (Huang et al., GPipe, arXiv 1811.06965).
 * - `1f1b`: a stage runs ahead by as many micro-batches as there are stages from it on, then one forward and one backward pass in turn
 *   (PipeDream-Flush; Narayanan et al., arXiv 2006.09503): as many bubbles as GPipe, and fewer micro-batches in memory.
 * - `interleaved`: a device has several shorter stages (chunks), round and round (Narayanan et al., Megatron-LM, arXiv 2104.04473, section 2.2).
 * - `zero-bubble`: the gradient of the weights waits until there is nothing else to do (Qi et al., arXiv 2401.10241: schedule ZB-H1, which keeps as
 *   many micro-batches in memory as 1f1b's first stage does).
 */
import type { PipelineSchedule } from '../../spec/types.ts';
import { itemAt } from '../../numeric/at.ts';

export type { PipelineSchedule };

/** A pass of one micro-batch through one stage. `weights`: the part of the backward pass that only the optimiser waits for. */
export interface Pass {
  readonly kind: 'forward' | 'backward' | 'weights';
  readonly stage: number;
  readonly microBatch: number;
}

export interface PipelineShape {
  readonly schedule: PipelineSchedule;
  readonly devices: number;
  /** Stages of a device, in `interleaved` alone more than 1; stage s is on device s mod devices. */
  readonly chunks: number;
  readonly microBatches: number;
}

/** Whether a schedule splits the backward pass in two. */
export function splitsBackward(schedule: PipelineSchedule): boolean {
  return schedule === 'zero-bubble';
}

/** Interleaved stages need a whole number of rounds: micro-batches in multiples of the devices. */
export function isPossible({ schedule, devices, chunks, microBatches }: PipelineShape): boolean {
  return schedule !== 'interleaved' || chunks === 1 || microBatches % devices === 0;
}

/** The passes of a device, in their order. In `zero-bubble`, where gradients of weights are computed between them depends on the times. */
export function passesOf(shape: PipelineShape, device: number): Pass[] {
  switch (shape.schedule) {
    case 'gpipe':
      return gpipe(shape, device);
    case '1f1b':
    case 'zero-bubble':
      return alternating(shape, device);
    case 'interleaved':
      return interleaved(shape, device);
  }
}

function gpipe({ microBatches }: PipelineShape, stage: number): Pass[] {
  const all = Array.from({ length: microBatches }, (_, microBatch) => microBatch);
  return [
    ...all.map((microBatch): Pass => ({ kind: 'forward', stage, microBatch })),
    ...all.reverse().map((microBatch): Pass => ({ kind: 'backward', stage, microBatch })),
  ];
}

function alternating({ devices, microBatches }: PipelineShape, stage: number): Pass[] {
  const passes: Pass[] = [];
  const ahead = Math.min(microBatches, devices - stage);
  for (let i = 0; i < ahead; i++) passes.push({ kind: 'forward', stage, microBatch: i });
  for (let i = 0; i < microBatches; i++) {
    passes.push({ kind: 'backward', stage, microBatch: i });
    if (i + ahead < microBatches) passes.push({ kind: 'forward', stage, microBatch: i + ahead });
  }
  return passes;
}

function interleaved({ devices, chunks, microBatches }: PipelineShape, device: number): Pass[] {
  const total = microBatches * chunks;
  // Rounds of `devices` micro-batches go through chunk after chunk; backward passes begin with the last chunk.
  const pass = (kind: 'forward' | 'backward', k: number): Pass => {
    const round = Math.floor(k / (devices * chunks));
    const within = k % (devices * chunks);
    const chunk = Math.floor(within / devices);
    const microBatch = round * devices + (within % devices);
    return { kind, stage: (kind === 'forward' ? chunk : chunks - 1 - chunk) * devices + device, microBatch };
  };
  const ahead = Math.min(total, (devices - device - 1) * 2 + (chunks - 1) * devices + 1);
  const passes: Pass[] = [];
  for (let k = 0; k < ahead; k++) passes.push(pass('forward', k));
  for (let k = 0; k < total; k++) {
    passes.push(pass('backward', k));
    if (k + ahead < total) passes.push(pass('forward', k + ahead));
  }
  return passes;
}

/** Most micro-batches of every stage whose outputs it holds at once: from the forward pass until the last pass that reads them. */
export function mostInFlight(shape: PipelineShape): number[] {
  const { devices, chunks, microBatches, schedule } = shape;
  const most = Array.from({ length: devices * chunks }, () => 0);
  if (schedule === 'zero-bubble') return most.fill(Math.min(devices, microBatches));
  for (let device = 0; device < devices; device++) {
    const held = new Map<number, number>();
    for (const { kind, stage } of passesOf(shape, device)) {
      const now = (held.get(stage) ?? 0) + (kind === 'forward' ? 1 : -1);
      held.set(stage, now);
      most[stage] = Math.max(itemAt(most, stage), now);
    }
  }
  return most;
}
