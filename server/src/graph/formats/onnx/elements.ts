/** Elements of tensors as ONNX numbers their types (`TensorProto.DataType`). */

const BITS: readonly number[] = [
  // undefined, float, uint8, int8, uint16, int16, int32, int64, string (of any length), bool
  32, 32, 8, 8, 16, 16, 32, 64, 128, 8,
  // float16, double, uint32, uint64, complex64, complex128, bfloat16
  16, 64, 32, 64, 64, 128, 16,
  // four of 8 bits, uint4, int4, float4, another of 8 bits, uint2, int2
  8, 8, 8, 8, 4, 4, 4, 8, 2, 2,
];

export const INT64 = 7;
export const BOOL = 9;

export function countOf(shape: readonly number[]): number {
  return shape.reduce((count, dim) => count * dim, 1);
}

/** Bytes of a tensor. */
export function bytesOf({ shape, type }: { readonly shape: readonly number[]; readonly type: number }): number {
  return Math.ceil((countOf(shape) * (BITS[type] ?? 32)) / 8);
}
