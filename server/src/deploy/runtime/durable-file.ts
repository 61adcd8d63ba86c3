/** Files of numbers that are whole or absent after a crash: written beside, flushed, renamed, and the folder flushed. */
import { open, rename } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname } from 'node:path';

/** Readable by the owner alone. The folder must exist; one process at a time may write a path. */
export async function writeDurably(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    for (const part of parts) await file.writeFile(part); // goes on where the last one ended
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
  if (platform() === 'win32') return; // a folder cannot be opened there
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The bytes of an array of numbers, in place. */
export function bytesOf(numbers: Float32Array | Float64Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
