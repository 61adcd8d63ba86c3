/** What a pipeline does when: every pass on its device, every transfer between stages, and what each device holds. */
import { addToInt, addToReal, intAt, itemAt, realAt } from '../../numeric/at.ts';
import { passesOf, splitsBackward, type Pass, type PipelineShape } from './orders.ts';

/** One stage, for one micro-batch: times in µs, bytes. */
export interface StageCost {
  readonly forwardUs: number;
  /** Without the part that only the optimiser waits for. */
  readonly backwardUs: number;
  readonly weightsUs: number;
  /** What a micro-batch leaves in memory from its forward to its last pass. */
  readonly heldBytes: number;
  /** Scratch of a pass. */
  readonly scratchBytes: number;
  /** Parameters with all that is kept beside them, once for all micro-batches. */
  readonly permBytes: number;
  /** After its last pass: gradients are summed over the replicas of the pipeline. */
  readonly exchangeUs: number;
}

/** Tensors that a later stage reads of an earlier one; their gradients go back the same way in the same time. */
export interface StageTransfer {
  readonly from: number;
  readonly to: number;
  /** Of one micro-batch. */
  readonly us: number;
  readonly bytes: number;
}

export interface TimedPass extends Pass {
  readonly startUs: number;
  readonly endUs: number;
}

export interface PipelineTimeline {
  readonly makespanUs: number;
  /** By device, in the order of time. */
  readonly passes: readonly (readonly TimedPass[])[];
  readonly busyUs: Float64Array;
  readonly peakBytes: Float64Array;
  /** Of the time of all devices, what they spend waiting: 1 − Σ busy / (devices · makespan). */
  readonly bubbleShare: number;
}

/**
 * Simulates one step. A pass starts when its device is free, its stage's inputs of this micro-batch have arrived and, backward, its gradients
 * have; each ordered pair of stages has a channel, with one transfer at a time. A backward pass of a stage that nothing reads begins after its
 * forward pass. In `zero-bubble` a device that has nothing better to do computes gradients of weights, and must before a stage holds more
 * micro-batches than there are devices.
 *
 * @param costs of every stage; stage s is on device s mod devices.
 */
export function simulatePipeline(
  shape: PipelineShape,
  costs: readonly StageCost[],
  transfers: readonly StageTransfer[],
): PipelineTimeline {
  return new Simulation(shape, costs, transfers).run();
}

interface Start {
  readonly pass: Pass;
  readonly at: number;
}

class Simulation {
  readonly #shape: PipelineShape;
  readonly #costs: readonly StageCost[];
  readonly #freeAt: Float64Array;
  /** By pass: when it ended, NaN before. */
  readonly #ended: { readonly forward: Float64Array; readonly backward: Float64Array };
  /** By stage: transfers into it on the forward way, and into it on the way back. */
  readonly #inputs: readonly StageTransfer[][];
  readonly #gradients: readonly StageTransfer[][];
  /** By transfer: when each micro-batch has arrived. */
  readonly #arrived = new Map<StageTransfer, { readonly there: Float64Array; readonly back: Float64Array }>();
  /** When a channel is free next: forward and back. */
  readonly #channels = new Map<StageTransfer, [there: number, back: number]>();
  readonly #orders: readonly (readonly Pass[])[];
  readonly #next: Int32Array;
  /** Passes of each kind that a stage has begun. */
  readonly #begun: { readonly forward: Int32Array; readonly backward: Int32Array; readonly weights: Int32Array };
  readonly #passes: TimedPass[][];

  constructor(shape: PipelineShape, costs: readonly StageCost[], transfers: readonly StageTransfer[]) {
    const { devices, chunks, microBatches } = shape;
    const stages = devices * chunks;
    this.#shape = shape;
    this.#costs = costs;
    this.#freeAt = new Float64Array(devices);
    const never = (): Float64Array => new Float64Array(stages * microBatches).fill(Number.NaN);
    this.#ended = { forward: never(), backward: never() };
    this.#inputs = Array.from({ length: stages }, (_, stage) => transfers.filter(({ to }) => to === stage));
    this.#gradients = Array.from({ length: stages }, (_, stage) => transfers.filter(({ from }) => from === stage));
    for (const transfer of transfers) {
      const [there, back] = [new Float64Array(microBatches), new Float64Array(microBatches)];
      this.#arrived.set(transfer, { there: there.fill(Number.NaN), back: back.fill(Number.NaN) });
      this.#channels.set(transfer, [0, 0]);
    }
    this.#orders = Array.from({ length: devices }, (_, device) => passesOf(shape, device));
    this.#next = new Int32Array(devices);
    const none = (): Int32Array => new Int32Array(stages);
    this.#begun = { forward: none(), backward: none(), weights: none() };
    this.#passes = Array.from({ length: devices }, () => []);
  }

  run(): PipelineTimeline {
    const { devices, chunks, microBatches, schedule } = this.#shape;
    for (let left = devices * chunks * microBatches * (splitsBackward(schedule) ? 3 : 2); left > 0; left--) {
      let first: Start | undefined;
      let on = -1;
      for (let device = 0; device < devices; device++) {
        const start = splitsBackward(schedule) ? this.#choice(device) : this.#inOrder(device);
        if (!start || (first && start.at >= first.at)) continue;
        first = start;
        on = device;
      }
      // Whatever starts now ends later, so nothing that is still unknown could have started before.
      if (!first) throw new Error(`the ${schedule} pipeline waits for itself`);
      this.#begin(on, first);
    }
    return this.#timeline();
  }

  /** The next pass of a device in the order of its schedule, if what it waits for is known. */
  #inOrder(device: number): Start | undefined {
    const pass = itemAt(this.#orders, device)[intAt(this.#next, device)];
    return pass && this.#startOf(pass);
  }

  /** ZB-H1: forward and backward passes as in 1f1b; gradients of weights where the next of these cannot start yet. */
  #choice(device: number): Start | undefined {
    const [forward, backward, weights] = [this.#begun.forward, this.#begun.backward, this.#begun.weights].map((begun) =>
      intAt(begun, device),
    ) as [number, number, number];
    const next = itemAt(this.#orders, device)[forward + backward];
    const isFull = next?.kind === 'forward' && forward - weights >= this.#shape.devices;
    const wanted = next && !isFull ? this.#startOf(next) : undefined;
    const waiting =
      weights < backward ? this.#startOf({ kind: 'weights', stage: device, microBatch: weights }) : undefined;
    return wanted && !(waiting && waiting.at < wanted.at) ? wanted : waiting;
  }

  #startOf(pass: Pass): Start | undefined {
    const { stage, microBatch } = pass;
    let at = realAt(this.#freeAt, stage % this.#shape.devices);
    if (pass.kind === 'forward') {
      for (const input of itemAt(this.#inputs, stage)) at = Math.max(at, this.#arrival(input, 'there', microBatch));
    } else if (pass.kind === 'backward') {
      at = Math.max(at, realAt(this.#ended.forward, this.#index(pass)));
      for (const gradient of itemAt(this.#gradients, stage)) {
        at = Math.max(at, this.#arrival(gradient, 'back', microBatch));
      }
    } else at = Math.max(at, realAt(this.#ended.backward, this.#index(pass)));
    return Number.isNaN(at) ? undefined : { pass, at };
  }

  #arrival(transfer: StageTransfer, way: 'there' | 'back', microBatch: number): number {
    const arrived = this.#arrived.get(transfer);
    return arrived ? realAt(arrived[way], microBatch) : Number.NaN;
  }

  #index({ stage, microBatch }: Pass): number {
    return stage * this.#shape.microBatches + microBatch;
  }

  #begin(device: number, { pass, at }: Start): void {
    const { stage, microBatch, kind } = pass;
    const end = at + itemAt(this.#costs, stage)[`${kind}Us`];
    this.#freeAt[device] = end;
    itemAt(this.#passes, device).push({ ...pass, startUs: at, endUs: end });
    addToInt(this.#next, device, 1);
    addToInt(this.#begun[kind], stage, 1);
    if (kind === 'weights') return;
    this.#ended[kind][this.#index(pass)] = end;
    const [way, lane] = kind === 'forward' ? (['there', 0] as const) : (['back', 1] as const);
    for (const transfer of itemAt(kind === 'forward' ? this.#gradients : this.#inputs, stage)) {
      const channel = this.#channels.get(transfer);
      const arrived = this.#arrived.get(transfer);
      if (!channel || !arrived) continue;
      channel[lane] = Math.max(end, channel[lane]) + transfer.us;
      arrived[way][microBatch] = channel[lane];
    }
  }

  #timeline(): PipelineTimeline {
    const { devices, schedule } = this.#shape;
    const releases = splitsBackward(schedule) ? 'weights' : 'backward';
    const [busyUs, peakBytes] = [new Float64Array(devices), new Float64Array(devices)];
    let makespanUs = 0;
    this.#passes.forEach((passes, device) => {
      const own = this.#costs.filter((_, stage) => stage % devices === device);
      let held = own.reduce((sum, { permBytes }) => sum + permBytes, 0);
      peakBytes[device] = held;
      for (const { kind, stage, startUs, endUs } of passes) {
        const cost = itemAt(this.#costs, stage);
        addToReal(busyUs, device, endUs - startUs);
        if (kind === 'forward') held += cost.heldBytes;
        peakBytes[device] = Math.max(realAt(peakBytes, device), held + cost.scratchBytes);
        if (kind === releases) held -= cost.heldBytes;
      }
      // Gradients of a device's stages are exchanged one after another, when all its passes are done.
      const exchangeUs = own.reduce((sum, cost) => sum + cost.exchangeUs, 0);
      makespanUs = Math.max(makespanUs, realAt(this.#freeAt, device) + exchangeUs);
    });
    const busy = busyUs.reduce((sum, us) => sum + us, 0);
    const bubbleShare = makespanUs > 0 ? 1 - busy / (devices * makespanUs) : 0;
    return { makespanUs, passes: this.#passes, busyUs, peakBytes, bubbleShare };
  }
}
