/** Files that a command writes where it is told to. */
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EXIT } from './exit-code.ts';
import { problemError } from '../spec/problems/problem-error.ts';

/** @throws ProblemError where it cannot be written. */
export function writeText(path: string, text: string): void {
  tried(path, () => uninterrupted(() => replace(path, text)));
}

/** Beside it first: whatever ends the command, there is the file that was there before or all of the new one. */
function replace(path: string, text: string): void {
  const present = statSync(path, { throwIfNoEntry: false });
  if (present && !present.isFile()) return writeFileSync(path, text); // a device or a pipe, or a folder, which says so
  const target = present ? realpathSync(path) : path; // a link stays one
  const beside = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
  try {
    writeFileSync(beside, text, { flag: 'wx' });
    if (present) chmodSync(beside, present.mode & 0o777);
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    // A file that may be written, in a folder in which none may be made.
    if (present && (code === 'EACCES' || code === 'EPERM')) writeFileSync(target, text);
    else throw error;
  }
}

/** Ctrl-C meanwhile ends the command when the writing is done, and leaves nothing lying beside the file. */
function uninterrupted(write: () => void): void {
  const end = (): void => process.exit(EXIT.interrupted);
  process.on('SIGINT', end);
  try {
    write();
  } finally {
    setImmediate(() => process.off('SIGINT', end)); // what came is told only now
  }
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

/** Of a file's name, without the dot, in small letters; empty where it has none. */
export function endingOf(file: string): string {
  return /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? '';
}
