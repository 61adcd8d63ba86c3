/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is below #size, and the heap is the innermost of the simulator */

/** Replicas at work by the time at which they are done, as a binary heap of slots. */
export class BusyReplicas {
  #times = new Float64Array(8);
  #slots = new Int32Array(8);
  #size = 0;

  /** When the first of them is done; Infinity where none is at work. */
  get firstDone(): number {
    return this.#size === 0 ? Infinity : this.#times[0]!;
  }

  /** The replica that is done first; there must be one. */
  get first(): number {
    return this.#slots[0]!;
  }

  add(doneAt: number, slot: number): void {
    if (this.#size === this.#times.length) this.#grow();
    const [times, slots] = [this.#times, this.#slots];
    let hole = this.#size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (times[parent]! <= doneAt) break;
      times[hole] = times[parent]!;
      slots[hole] = slots[parent]!;
      hole = parent;
    }
    times[hole] = doneAt;
    slots[hole] = slot;
  }

  removeFirst(): void {
    const last = --this.#size;
    if (last > 0) this.replaceFirst(this.#times[last]!, this.#slots[last]!);
  }

  replaceFirst(doneAt: number, slot: number): void {
    const [times, slots, size] = [this.#times, this.#slots, this.#size];
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && times[child + 1]! < times[child]!) child++;
      if (times[child]! >= doneAt) break;
      times[hole] = times[child]!;
      slots[hole] = slots[child]!;
      hole = child;
    }
    times[hole] = doneAt;
    slots[hole] = slot;
  }

  #grow(): void {
    const [times, slots] = [this.#times, this.#slots];
    this.#times = new Float64Array(2 * times.length);
    this.#slots = new Int32Array(2 * times.length);
    this.#times.set(times);
    this.#slots.set(slots);
  }
}
