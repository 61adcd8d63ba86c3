/** Weights on disk: flat little-endian float32, nothing else, in the order of the trainer's manifest. */
import { readFile } from 'node:fs/promises';
import { bytesOf, writeDurably } from '../durable-file.ts';

/** @throws Error when the file does not hold exactly `length` numbers. */
export async function readWeights(path: string, length: number): Promise<Float32Array<ArrayBuffer>> {
  const bytes = await readFile(path);
  if (bytes.length !== length * 4)
    throw new Error(`${path} has ${bytes.length} bytes, ${length} numbers take ${length * 4}`);
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** Settles when the file is whole and on the disk; a reader never sees a part of it. */
export async function writeWeights(path: string, weights: Float32Array | Float64Array): Promise<void> {
  const numbers = weights instanceof Float32Array ? weights : Float32Array.from(weights);
  await writeDurably(path, [bytesOf(numbers)]);
}
