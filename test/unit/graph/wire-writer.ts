/** Writes the wire format of Protocol Buffers, for files of formats that are made in tests: independent of what reads it. */

/** A field with its number. */
export type WireField = readonly number[];

export function int(field: number, value: number | bigint): WireField {
  return [...varint(field * 8), ...varint(value)];
}

export function bytes(field: number, value: Iterable<number>): WireField {
  const content = Array.from(value);
  return [...varint(field * 8 + 2), ...varint(content.length), ...content];
}

export function text(field: number, value: string): WireField {
  return bytes(field, new TextEncoder().encode(value));
}

export function float(field: number, value: number): WireField {
  return [...varint(field * 8 + 5), ...new Uint8Array(Float32Array.of(value).buffer)];
}

export function double(field: number, value: number): WireField {
  return [...varint(field * 8 + 1), ...new Uint8Array(Float64Array.of(value).buffer)];
}

export function message(field: number, ...fields: readonly WireField[]): WireField {
  return bytes(field, fields.flat());
}

/** Numbers without their fields, one behind the other. */
export function packed(field: number, values: readonly (number | bigint)[]): WireField {
  return bytes(field, values.flatMap(varint));
}

export function fileOf(...fields: readonly WireField[]): Uint8Array {
  return Uint8Array.from(fields.flat());
}

export function varint(value: number | bigint): number[] {
  let left = BigInt.asUintN(64, BigInt(value));
  const written: number[] = [];
  do {
    const bits = Number(left & 0x7fn);
    left >>= 7n;
    written.push(left === 0n ? bits : bits | 0x80);
  } while (left !== 0n);
  return written;
}
