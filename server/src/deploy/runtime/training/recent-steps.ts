/** What a training run remembers of its steps: a thinned history for charts, and the last ones for averages. */
import { median } from '../../../numeric/median.ts';
import type { PlacementStatus } from '../../types.ts';

type HistoryEntry = PlacementStatus['history'][number];

/** Steps that the figures are taken over: enough to smooth a batch's accuracy, few enough to follow the machine. */
const WINDOW = 20;
const HISTORY_LIMIT = 400;

/** What one step of all devices together took and gave. */
export interface StepMeasure {
  readonly step: number;
  readonly loss: number;
  /** Null where no loss node counts its hits. */
  readonly accuracy: { readonly correct: number; readonly count: number } | null;
  readonly forwardMs: number;
  readonly stepMs: number;
  /** By device. */
  readonly busyMs: readonly number[];
  readonly bytesSent: readonly number[];
  /** By device, of a step at which it was measured; absent of all others. */
  readonly peakBytes?: readonly (number | null)[];
}

export interface RecentAverages {
  readonly accuracy: number | null;
  readonly forwardMs: number;
  readonly stepMs: number;
  readonly busyMs: readonly number[];
  readonly bytesSent: readonly number[];
}

export class RecentSteps {
  readonly #devices: number;
  #window: StepMeasure[] = [];
  #history: HistoryEntry[];

  /** What held before the window began to fill again. */
  readonly #earlier: RecentAverages | null;

  constructor(
    devices: number,
    saved: { readonly history: readonly HistoryEntry[]; readonly averages: RecentAverages | null } | null = null,
  ) {
    this.#devices = devices;
    this.#history = [...(saved?.history ?? [])];
    this.#earlier = saved?.averages ?? null;
  }

  get history(): readonly HistoryEntry[] {
    return this.#history;
  }

  /** @param step counted from 1. */
  add(step: number, measure: StepMeasure): void {
    this.#window.push(measure);
    if (this.#window.length > WINDOW) this.#window.shift();
    this.#history.push({ step, loss: measure.loss, stepMs: measure.stepMs });
    // Every second entry goes, the newest stays: long runs keep their shape.
    if (this.#history.length > HISTORY_LIMIT)
      this.#history = this.#history.filter((_, i, all) => (all.length - 1 - i) % 2 === 0);
  }

  /** Forgets what was done after `step` and is done again. */
  backTo(step: number): void {
    this.#window = this.#window.filter((measure) => measure.step < step);
    this.#history = this.#history.filter((entry) => entry.step <= step);
  }

  /**
   * Times are medians, since one step that the machine was busy with something else would move a mean. Steps at which memory was measured took longer
   * for it: their times count only until there are others.
   */
  averages(): RecentAverages | null {
    if (this.#window.length === 0) return this.#earlier;
    const unhindered = this.#window.filter(({ peakBytes }) => peakBytes === undefined);
    const timed = unhindered.length > 0 ? unhindered : this.#window;
    const time = (pick: (measure: StepMeasure) => number) => median(timed.map(pick));
    const mean = (pick: (measure: StepMeasure) => number) =>
      this.#window.reduce((sum, m) => sum + pick(m), 0) / this.#window.length;
    const counted = this.#window.flatMap(({ accuracy }) => (accuracy === null ? [] : [accuracy]));
    const count = counted.reduce((sum, a) => sum + a.count, 0);
    const devices = Array.from({ length: this.#devices }, (_, index) => index);
    return {
      accuracy: count === 0 ? null : counted.reduce((sum, a) => sum + a.correct, 0) / count,
      forwardMs: time((m) => m.forwardMs),
      stepMs: time((m) => m.stepMs),
      busyMs: devices.map((index) => time((m) => m.busyMs[index] ?? 0)),
      bytesSent: devices.map((index) => mean((m) => m.bytesSent[index] ?? 0)),
    };
  }
}
