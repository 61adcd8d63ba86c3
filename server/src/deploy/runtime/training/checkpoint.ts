/**
 * What a training run needs to go on: parameters and optimizer moments of every node, one file per device.
 *
 * A file is `u32 length of the index · index as JSON, with its format · float32…`. Files are written whole, flushed and renamed; a checkpoint counts only once
 * the run's state names its step, after every device has reported its file. Nodes are found by name, so that a run can go on with
 * another placement.
 */
import { open, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkShape, formatOf, isObject, listOf, natural, object, text, type Shape } from '../../shape.ts';
import { bytesOf, makeFolderDurably, writeDurably } from '../durable-file.ts';
import type { NodeState } from './node-runner.ts';
import { safetensorsDamage } from './safetensors.ts';
import type { Tensor } from './tensor.ts';

/** The name of the run's story in a checkpoint's folder. */
const STORY = 'run.json';

interface IndexEntry {
  readonly node: string;
  /** Names, shapes and number of moments of its parameters, in the order of the numbers that follow. */
  readonly params: readonly { readonly name: string; readonly shape: readonly number[]; readonly moments: number }[];
}

/** Of a checkpoint file. In format 1 the index was the list of nodes alone; since 2 it says its format beside them. Both are read. */
export const CHECKPOINT_FORMAT = 2;

const checkpointIndex = listOf(
  object<IndexEntry>({
    node: text,
    params: listOf(object<IndexEntry['params'][number]>({ name: text, shape: listOf(natural), moments: natural })),
  }),
);

class NewerCheckpoint extends Error {}

/** Where the checkpoint of a step lies. */
export function checkpointFolder(folder: string, step: number): string {
  return join(folder, `step-${step}`);
}

/** Writes one device's part. Settles when it is on the disk. */
export async function writeCheckpoint(
  path: string,
  states: readonly (readonly [node: string, state: NodeState])[],
): Promise<void> {
  const arrays: Float32Array[] = [];
  const index: IndexEntry[] = states.map(([node, { params, moments }]) => ({
    node,
    params: Object.entries(params).map(([name, { shape, data }]) => {
      arrays.push(data, ...moments[name]!);
      return { name, shape, moments: moments[name]!.length };
    }),
  }));
  const text = Buffer.from(JSON.stringify({ format: CHECKPOINT_FORMAT, nodes: index }));
  // The float32 part starts at a multiple of four, so that it can be read in place.
  const header = Buffer.alloc(4 + Math.ceil(text.length / 4) * 4, ' ');
  header.writeUInt32LE(header.length - 4, 0);
  text.copy(header, 4);
  await makeFolderDurably(dirname(path), dirname(dirname(path)));
  await writeDurably(path, [header, ...arrays.map(bytesOf)]);
}

/** The steps of which there is a checkpoint, or the beginning of one; ascending. */
export async function checkpointSteps(folder: string): Promise<readonly number[]> {
  return (await readdir(folder))
    .flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Writes the story of the run up to a checkpoint beside it, by which it can be gone back to. */
export async function writeStory(folder: string, story: object): Promise<void> {
  await writeDurably(join(folder, STORY), [Buffer.from(JSON.stringify(story))]);
}

/** Undefined where there is none that can be read. */
export async function readStory<T>(folder: string, shape: Shape<T>): Promise<T | undefined> {
  try {
    const checked = checkShape(shape, JSON.parse(await readFile(join(folder, STORY), 'utf8')));
    return checked.ok ? checked.value : undefined;
  } catch {
    return undefined;
  }
}

/** What is wrong with the files of a checkpoint, by their indices and lengths alone; undefined where nothing is. */
export async function checkpointDamage(folder: string): Promise<string | undefined> {
  try {
    for (const name of (await readdir(folder)).filter((file) => /\.(?:f32|safetensors)$/.test(file))) {
      const file = await open(join(folder, name), 'r');
      try {
        if (name.endsWith('.safetensors')) {
          const damage = await safetensorsDamage(name, file);
          if (damage !== undefined) return damage;
          continue;
        }
        const { size } = await file.stat();
        const header = Buffer.alloc(4);
        await file.read(header, 0, 4, 0);
        const headerBytes = header.readUInt32LE(0);
        if (size < 4 || 4 + headerBytes > size) return `the checkpoint file ${name} is cut short`;
        const text = Buffer.alloc(headerBytes);
        await file.read(text, 0, headerBytes, 4);
        const numbers = indexOf(name, text.toString()).flatMap(({ params }) =>
          params.map(({ shape, moments }) => shape.reduce((product, extent) => product * extent, 1) * (1 + moments)),
        );
        const bytes = 4 + headerBytes + 4 * numbers.reduce((sum, count) => sum + count, 0);
        if (size < bytes) return `the checkpoint file ${name} is cut short`;
      } finally {
        await file.close();
      }
    }
    return undefined;
  } catch (error) {
    return error instanceof NewerCheckpoint ? undefined : (error as Error).message; // that one is sound, and not for us
  }
}

/** All nodes of a checkpoint. @throws Error naming the file that is cut short, damaged or missing. */
export async function readCheckpoint(folder: string): Promise<Map<string, NodeState>> {
  const states = new Map<string, NodeState>();
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.f32')).sort()) {
    const bytes = await readFile(join(folder, name));
    const buffer = new Uint8Array(bytes).buffer; // aligned, of its own
    const headerBytes = bytes.length >= 4 ? bytes.readUInt32LE(0) : Number.POSITIVE_INFINITY;
    if (4 + headerBytes > bytes.length) throw new Error(`the checkpoint file ${name} is cut short`);
    const index = indexOf(name, bytes.toString('utf8', 4, 4 + headerBytes));
    let offset = 4 + headerBytes;
    const next = (length: number): Float32Array => {
      if (offset + length * 4 > bytes.length) throw new Error(`the checkpoint file ${name} is cut short`);
      const array = new Float32Array(buffer, offset, length);
      offset += length * 4;
      return array;
    };
    for (const { node, params } of index) {
      const tensors: Record<string, Tensor> = {};
      const moments: Record<string, Float32Array[]> = {};
      for (const param of params) {
        const length = param.shape.reduce((product, extent) => product * extent, 1);
        tensors[param.name] = { shape: param.shape, data: next(length) };
        moments[param.name] = Array.from({ length: param.moments }, () => next(length));
      }
      states.set(node, { params: tensors, moments });
    }
  }
  return states;
}

function indexOf(file: string, written: string): readonly IndexEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch (error) {
    throw new Error(`the checkpoint file ${file} is damaged`, { cause: error });
  }
  const format = formatOf(value);
  if (format > CHECKPOINT_FORMAT)
    throw new NewerCheckpoint(
      `a newer Berth wrote the checkpoint file ${file}, in format ${format}, and this one reads up to ${CHECKPOINT_FORMAT}: update it`,
    );
  const checked = checkShape(checkpointIndex, isObject(value) ? value.nodes : value);
  if (!checked.ok) throw new Error(`the checkpoint file ${file} is damaged: ${checked.detail}`);
  return checked.value;
}
