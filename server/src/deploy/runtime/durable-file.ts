/** Files that are whole or absent after a crash, and folders that are there: what is written is flushed, and so is the name it got. */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, resolve } from 'node:path';

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
  await syncFolder(dirname(path));
}

/**
 * Makes a folder below one that is there, for its owner alone; settles when it is on the disk. Also of folders that exist the names are flushed: who
 * made them may have died before.
 */
export async function makeFolderDurably(path: string, below: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  for (let at = resolve(path); at !== resolve(below);) await syncFolder((at = dirname(at)));
}

/** Settles when the names of a folder are on the disk as they are now. */
export async function syncFolder(path: string): Promise<void> {
  if (platform() === 'win32') return; // a folder cannot be opened there
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The same at once. */
export function syncFolderSync(path: string): void {
  if (platform() === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The bytes of an array of numbers, in place. */
export function bytesOf(numbers: Float32Array | Float64Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
