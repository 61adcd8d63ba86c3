/**
 * Reads the wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/) as a stream: field by field, whoever reads
 * says what it wants of each, and everything else is passed over without being held. So a model of gigabytes takes as much memory as its
 * description.
 *
 * A hot module: bytes are read without `numeric/at.ts`, each after the length of its chunk was looked at.
 */

/** Why bytes are no message, and where; the words follow "this is no whole file of X:". */
export class WireError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
/** Messages within messages; no format that is read comes near. */
const DEEPEST = 100;

export class WireReader {
  readonly #chunks: Iterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #next = 0;
  /** Bytes before the chunk. */
  #before = 0;
  /** Where the message ends that is being read: of a whole file that is found out. */
  #end = Number.POSITIVE_INFINITY;
  #depth = 0;
  #wire = VARINT;
  /** Where the field ends, of `BYTES`. */
  #fieldEnd = 0;
  #isUnread = false;

  constructor(chunks: Iterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.iterator]();
  }

  /** Bytes read so far. */
  get position(): number {
    return this.#before + this.#next;
  }

  /**
   * Reads the fields of the message that the reader is in, to its end.
   *
   * @param read is told each field's number, and takes its value with one of the methods below, or leaves it.
   * @throws WireError
   */
  fields(read: (field: number) => void): void {
    const end = this.#end;
    while (this.position < end && (end !== Number.POSITIVE_INFINITY || this.#hasMore())) {
      const start = this.position;
      const tag = this.#varint();
      const field = Math.floor(tag / 8);
      this.#wire = tag % 8;
      if (field === 0 || ![VARINT, FIXED64, BYTES, FIXED32].includes(this.#wire))
        throw new WireError(`at byte ${start} stands nothing that begins a field`, start);
      if (this.#wire === BYTES) this.#fieldEnd = this.#endOf(start);
      this.#isUnread = true;
      read(field);
      if (this.#isUnread) this.#pass();
    }
    if (this.position > end) throw new WireError('a field reaches past the end of what it is part of', end);
  }

  /** Messages that follow each other, each after its length, to the end of the file. @throws WireError */
  delimited(read: (index: number) => void): void {
    for (let i = 0; this.#hasMore(); i++) {
      this.#wire = BYTES;
      this.#fieldEnd = this.#endOf(this.position);
      this.#isUnread = true;
      read(i);
      if (this.#isUnread) this.#pass();
    }
  }

  /** The field as a message. @returns where it lies. */
  message(read: (field: number) => void): { readonly start: number; readonly end: number } {
    this.#take(BYTES);
    const [end, start] = [this.#end, this.position];
    if (++this.#depth > DEEPEST) throw new WireError(`messages lie more than ${DEEPEST} deep within each other`, start);
    this.#end = this.#fieldEnd;
    this.fields(read);
    const own = { start, end: this.#end };
    this.#end = end;
    this.#depth--;
    return own;
  }

  /** Whether the field is a whole number, and no message or text. */
  get isNumber(): boolean {
    return this.#wire === VARINT;
  }

  /** The field as a whole number with its sign; beyond 2^53 it is near enough. */
  int(): number {
    if (this.#wire === FIXED32) return this.#fixed(FIXED32).getInt32(0, true);
    if (this.#wire === FIXED64) return Number(this.#fixed(FIXED64).getBigInt64(0, true));
    this.#take(VARINT);
    return this.#signed();
  }

  /** The field as one whole number, or as many packed. */
  ints(add: (value: number) => void): void {
    if (this.#wire !== BYTES) {
      add(this.int());
      return;
    }
    this.#take(BYTES);
    const end = this.#fieldEnd;
    while (this.position < end) add(this.#signed());
    if (this.position > end) throw new WireError('a list of numbers ends within a number', end);
  }

  /** The field as a number in single or double precision. */
  real(): number {
    return this.#wire === FIXED64 ? this.#fixed(FIXED64).getFloat64(0, true) : this.#fixed(FIXED32).getFloat32(0, true);
  }

  text(): string {
    const bytes = this.bytes();
    // Names are short and of plain letters: for those a decoder takes longer than for reading them.
    if (bytes.length < 200 && bytes.every((byte) => byte < 0x80)) return String.fromCharCode(...bytes);
    return new TextDecoder().decode(bytes.slice());
  }

  /** How many bytes the field has: it is passed over. */
  length(): number {
    if (this.#wire !== BYTES) throw new WireError('a field has another type than its format says', this.position);
    return this.#fieldEnd - this.position;
  }

  /** The field's bytes; they are valid until the next are read. */
  bytes(): Uint8Array {
    this.#take(BYTES);
    return this.#piece(this.#fieldEnd - this.position);
  }

  #take(wire: number): void {
    if (this.#wire !== wire || !this.#isUnread)
      throw new WireError('a field has another type than its format says', this.position);
    this.#isUnread = false;
  }

  #endOf(start: number): number {
    const length = this.#varint();
    const end = this.position + length;
    if (end > this.#end)
      throw new WireError(`a field of ${length} bytes reaches past the end of what it is part of`, start);
    return end;
  }

  #pass(): void {
    this.#isUnread = false;
    if (this.#wire === VARINT) this.#varint();
    else if (this.#wire === FIXED64) this.#skip(8);
    else if (this.#wire === FIXED32) this.#skip(4);
    else this.#skip(this.#fieldEnd - this.position);
  }

  #fixed(wire: typeof FIXED32 | typeof FIXED64): DataView {
    this.#take(wire);
    const { buffer, byteOffset, byteLength } = this.#piece(wire === FIXED32 ? 4 : 8);
    return new DataView(buffer, byteOffset, byteLength);
  }

  #signed(): number {
    // The ten bytes of a negative number are its complement in 64 bits.
    const [low, high] = this.#halves();
    return high >= 0x80000000 ? (high - 0x100000000) * 0x100000000 + low : high * 0x100000000 + low;
  }

  #varint(): number {
    const [low, high] = this.#halves();
    return high * 0x100000000 + low;
  }

  readonly #pair: [number, number] = [0, 0];

  #halves(): readonly [number, number] {
    let [low, high] = [0, 0];
    const start = this.position;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >> 4;
      } else high |= bits << (7 * i - 32);
      if (byte < 0x80) {
        this.#pair[0] = low >>> 0;
        this.#pair[1] = high >>> 0;
        return this.#pair;
      }
    }
    throw new WireError(`at byte ${start} stands a number without end`, start);
  }

  #byte(): number {
    if (this.#next >= this.#chunk.length && !this.#hasMore()) throw this.#cut(1);
    return this.#chunk[this.#next++] ?? 0;
  }

  /** Bytes in one piece: of the chunk where they lie in one. */
  #piece(length: number): Uint8Array {
    if (this.#next + length <= this.#chunk.length) {
      const piece = this.#chunk.subarray(this.#next, this.#next + length);
      this.#next += length;
      return piece;
    }
    // What is promised may not be there: memory is taken for what comes.
    const pieces: Uint8Array[] = [];
    for (let left = length; left > 0;) {
      if (!this.#hasMore()) throw this.#cut(length);
      const piece = this.#chunk.slice(this.#next, this.#next + left);
      pieces.push(piece);
      this.#next += piece.length;
      left -= piece.length;
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  #skip(length: number): void {
    for (let left = length; left > 0;) {
      if (!this.#hasMore()) throw this.#cut(length);
      const step = Math.min(left, this.#chunk.length - this.#next);
      this.#next += step;
      left -= step;
    }
  }

  #hasMore(): boolean {
    while (this.#next >= this.#chunk.length) {
      const next = this.#chunks.next();
      if (next.done) return false;
      this.#before += this.#chunk.length;
      this.#chunk = next.value;
      this.#next = 0;
    }
    return true;
  }

  #cut(length: number): WireError {
    const { position } = this;
    return new WireError(
      `it ends at byte ${position}, within a field of ${length} ${length === 1 ? 'byte' : 'bytes'} or more`,
      position,
    );
  }
}
