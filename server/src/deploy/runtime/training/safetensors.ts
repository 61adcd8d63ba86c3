/**
 * Checkpoint files of PyTorch runs, in the format of safetensors: what can be known of them without reading their numbers.
 *
 *     u64 length of the index · index as JSON: name → type, shape, place among the bytes · bytes
 */
import type { FileHandle } from 'node:fs/promises';
import { checkShape, isObject, listOf, natural, object, text } from '../../shape.ts';

/** Of what the index's `__metadata__` says under `berth-format`; the Python package writes the same. */
export const SAFETENSORS_FORMAT = 1;

const MOST_INDEX_BYTES = 2 ** 28;

interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly number[];
}

const storedTensor = object<StoredTensor>({ dtype: text, shape: listOf(natural), data_offsets: listOf(natural) });

/** What is wrong with a file, by its index and length alone; undefined where nothing is, or a newer Berth wrote it. */
export async function safetensorsDamage(name: string, file: FileHandle): Promise<string | undefined> {
  const { size } = await file.stat();
  const header = Buffer.alloc(8);
  await file.read(header, 0, 8, 0);
  const length = Number(header.readBigUInt64LE(0));
  if (size < 8 || 8 + length > size) return `the checkpoint file ${name} is cut short`;
  if (length > MOST_INDEX_BYTES) return `the checkpoint file ${name} is damaged`;
  const written = Buffer.alloc(length);
  await file.read(written, 0, length, 8);
  let index: unknown;
  try {
    index = JSON.parse(written.toString());
  } catch {
    return `the checkpoint file ${name} is damaged`;
  }
  if (!isObject(index)) return `the checkpoint file ${name} is damaged`;
  const { __metadata__: metadata, ...tensors } = index;
  if (isObject(metadata) && Number(metadata['berth-format']) > SAFETENSORS_FORMAT) return undefined; // sound, and not for us
  let end = 0;
  for (const [tensor, stored] of Object.entries(tensors)) {
    const checked = checkShape(storedTensor, stored);
    if (!checked.ok) return `the checkpoint file ${name} is damaged: ${tensor}.${checked.detail}`;
    end = Math.max(end, checked.value.data_offsets[1] ?? Infinity);
  }
  return 8 + length + end > size ? `the checkpoint file ${name} is cut short` : undefined;
}
