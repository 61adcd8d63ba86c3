/**
 * The process that reads files, on a disk with faults: what a file's name says happens to it. `hang` never answers, nor does a folder
 * of that name; `slow` takes a while for each piece; `grow` has one more byte after each; `vanish` and `swap` are gone or a pipe after
 * they were looked at; `end` takes the process with it.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { answerFileRequests } from '../../../server/src/host/file-answering.ts';
import type { FileSystem } from '../../../server/src/host/regular-file.ts';

const SLOW_MS = 50;

async function before(path: unknown): Promise<void> {
  const name = String(path);
  if (name.includes('hang')) await new Promise(() => {});
  if (name.includes('end')) process.kill(process.pid, 'SIGKILL');
}

const faulty = {
  stat: async (path: string) => {
    await before(path);
    const found = await stat(path);
    if (/vanish|swap/.test(path)) rmSync(path);
    if (path.includes('swap')) spawnSync('mkfifo', [path]);
    return found;
  },
  realpath: async (path: string) => {
    await before(path);
    return realpath(path);
  },
  open: async (path: string, flags: number) => {
    const file = await open(path, flags);
    const read = file.read.bind(file) as (...args: unknown[]) => ReturnType<typeof file.read>;
    const faultyRead = async (...args: unknown[]): ReturnType<typeof file.read> => {
      if (path.includes('slow')) await delay(SLOW_MS);
      if (path.includes('grow')) appendFileSync(path, '1');
      return path.includes('slow') || path.includes('grow') ? read(args[0], args[1], 1, args[3]) : read(...args);
    };
    return Object.assign(file, { read: faultyRead });
  },
  readdir: async (path: string, options: { withFileTypes: true }) => {
    await before(path);
    return readdir(path, options);
  },
} as unknown as FileSystem;

answerFileRequests(faulty);
