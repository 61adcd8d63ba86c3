/** Files that a command writes where it is told to. */
import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { problemError } from '../spec/problems/problem-error.ts';

/** @throws ProblemError where it cannot be written. */
export function writeText(path: string, text: string): void {
  tried(path, () => writeFileSync(path, text));
}

/** To be asked before the work that is to be written. @throws ProblemError where it could not be. */
export function mustBeWritable(path: string): void {
  tried(path, () => {
    if (existsSync(path) && statSync(path).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
  });
}

function tried(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw problemError('BERTH1031', { path, detail: FAULTS[code ?? ''] ?? message });
  }
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'that disk can only be read',
  ENOSPC: 'the disk is full',
};
