/** Where each request of a job ends. */
export interface ServingQueueSettings {
  /** Arrival times in seconds, ascending. */
  readonly arrivals: Float64Array;
  /** Draws the seconds that the next request takes. */
  readonly serviceSeconds: () => number;
  /** Requests that may wait; one more is turned away. */
  readonly queueLimit: number;
  /** Replicas that serve at the start. */
  readonly replicas: number;
  /** Length of the buckets of {@link ServingQueue.meanLatencyMs}, in seconds. */
  readonly bucketSeconds: number;
}

/**
 * One job's router and replicas, as an event loop of its own: one queue in order of arrival, each replica one request at a
 * time. Time moves by {@link advance}; between two moves the replicas may be changed.
 */
export class ServingQueue {
  /** Latency of every request in seconds, by arrival; Infinity for those turned away, NaN for those not yet begun. */
  readonly latencies: Float32Array;

  readonly #arrivals: Float64Array;
  readonly #serviceSeconds: () => number;
  readonly #waiting: Int32Array;
  readonly #bucketSeconds: number;
  readonly #finishedSeconds: number[] = [];
  readonly #finishedCount: number[] = [];
  /** When each replica is free next, as a binary heap with the earliest first; a starting one is free once it has started. */
  #free: number[];
  #starting: number[] = [];
  #next = 0;
  #head = 0;
  #waitingCount = 0;

  constructor({ arrivals, serviceSeconds, queueLimit, replicas, bucketSeconds }: ServingQueueSettings) {
    this.#arrivals = arrivals;
    this.#serviceSeconds = serviceSeconds;
    this.#waiting = new Int32Array(queueLimit);
    this.#bucketSeconds = bucketSeconds;
    this.#free = Array.from({ length: replicas }, () => 0);
    this.latencies = new Float32Array(arrivals.length).fill(NaN);
  }

  /** Replicas asked for, starting ones included. */
  get target(): number {
    return this.#free.length;
  }

  /** Replicas that have started by now. */
  running(now: number): number {
    this.#starting = this.#starting.filter((readyAt) => readyAt > now);
    return this.#free.length - this.#starting.length;
  }

  /** Plays all that happens before `until` (seconds). */
  advance(until: number): void {
    const [arrivals, free] = [this.#arrivals, this.#free];
    for (;;) {
      const arrival = this.#next < arrivals.length ? arrivals[this.#next]! : Infinity;
      if (this.#waitingCount > 0 && free.length > 0) {
        const start = free[0]!;
        if (start <= arrival && start < until) {
          this.#serve(this.#dequeue(), start);
          continue;
        }
      }
      if (arrival >= until) return;
      const request = this.#next++;
      if (this.#waitingCount === 0 && free.length > 0 && free[0]! <= arrival) this.#serve(request, arrival);
      else if (this.#waitingCount < this.#waiting.length) this.#enqueue(request);
      else this.latencies[request] = Infinity;
    }
  }

  /** Plays to the end. Requests that no replica is left to serve are turned away. */
  finish(): void {
    this.advance(Infinity);
    while (this.#waitingCount > 0) this.latencies[this.#dequeue()] = Infinity;
  }

  /**
   * Sets the number of replicas. New ones serve after the cold start. Those still starting go first; then those free
   * soonest, which finish what they are at.
   */
  setReplicas(count: number, now: number, coldStartSeconds: number): void {
    const surplus = this.running(now) + this.#starting.length - count;
    if (surplus > 0) {
      const keptStarting = this.#starting.slice(0, Math.max(0, this.#starting.length - surplus));
      const dropped = this.#starting.slice(keptStarting.length);
      this.#starting = keptStarting;
      for (const readyAt of dropped) this.#free.splice(this.#free.indexOf(readyAt), 1);
      const serving = this.#free.filter((at) => !keptStarting.includes(at)).sort((a, b) => a - b);
      serving.splice(0, surplus - dropped.length);
      // In ascending order an array is a heap.
      this.#free = [...serving, ...keptStarting].sort((a, b) => a - b);
      return;
    }
    for (let i = 0; i < -surplus; i++) {
      this.#starting.push(now + coldStartSeconds);
      this.#free.push(now + coldStartSeconds);
    }
    this.#free.sort((a, b) => a - b);
  }

  /** Mean latency in milliseconds of the requests that finished in the last buckets before `now`; null if none did. */
  meanLatencyMs(now: number, buckets: number): number | null {
    const end = Math.floor(now / this.#bucketSeconds + 1e-9);
    let [seconds, count] = [0, 0];
    for (let bucket = Math.max(0, end - buckets); bucket < end; bucket++) {
      seconds += this.#finishedSeconds[bucket] ?? 0;
      count += this.#finishedCount[bucket] ?? 0;
    }
    return count === 0 ? null : (seconds / count) * 1000;
  }

  #serve(request: number, start: number): void {
    const finish = start + this.#serviceSeconds();
    const latency = finish - this.#arrivals[request]!;
    this.latencies[request] = latency;
    this.#replaceEarliest(finish);
    const bucket = Math.floor(finish / this.#bucketSeconds);
    while (this.#finishedCount.length <= bucket) {
      this.#finishedSeconds.push(0);
      this.#finishedCount.push(0);
    }
    this.#finishedSeconds[bucket]! += latency;
    this.#finishedCount[bucket]! += 1;
  }

  #replaceEarliest(at: number): void {
    const free = this.#free;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= free.length) break;
      if (child + 1 < free.length && free[child + 1]! < free[child]!) child++;
      if (free[child]! >= at) break;
      free[hole] = free[child]!;
      hole = child;
    }
    free[hole] = at;
  }

  #enqueue(request: number): void {
    this.#waiting[(this.#head + this.#waitingCount) % this.#waiting.length] = request;
    this.#waitingCount++;
  }

  #dequeue(): number {
    const request = this.#waiting[this.#head]!;
    this.#head = (this.#head + 1) % this.#waiting.length;
    this.#waitingCount--;
    return request;
  }
}
