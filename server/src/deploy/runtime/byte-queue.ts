/** Collects the bytes of a stream and cuts them into pieces of known length, copying each byte once. */
export class ByteQueue {
  readonly #chunks: Buffer[] = [];
  length = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  /** The next `count` bytes in memory of their own; undefined while fewer have arrived. */
  take(count: number): Buffer | undefined {
    if (this.length < count) return undefined;
    const taken = Buffer.from(new ArrayBuffer(count));
    let filled = 0;
    while (filled < count) {
      const chunk = this.#chunks[0]!;
      const part = Math.min(chunk.length, count - filled);
      taken.set(chunk.subarray(0, part), filled);
      filled += part;
      if (part === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part);
    }
    this.length -= count;
    return taken;
  }
}
