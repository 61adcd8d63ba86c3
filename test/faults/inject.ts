/**
 * Faults from inside a process: `node --import inject.ts …`. There is no hook for them in Berth itself.
 *
 * Everything that a process does and that the outside could see is a step: what it changes on the disk, a process that it starts or
 * signals, a port that it opens, a message that it sends. Each step is counted, and the fault that `fault.json` in the folder of
 * `BERTH_FAULTS` names happens before one of them, or in the middle of it where it writes. Child processes are brought in by themselves.
 * What the steps did on the disk is kept in a journal, from which `disk.ts` tells what a loss of power would have left.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import type { DiskEntry, Fault, JournalEntry, Role, StepEntry } from './journal.ts';

const folder = process.env.BERTH_FAULTS!;
/** Only what happens on the disk below this is a step. */
const state = process.env.BERTH_FAULTS_STATE!;

// As they were: the journal must not count itself.
const real = { ...fs };
const realPromises = { ...fs.promises };
const realKill = process.kill.bind(process);

const role = roleOf(process.argv[1] ?? '');
const journal = real.openSync(join(folder, 'journal', `${process.pid}.jsonl`), 'a', 0o600);
let fault: Fault | undefined;
let counted = 0;

function roleOf(program: string): Role {
  for (const name of ['agent', 'device', 'site'] as const) if (program.endsWith(`/${name}-process.ts`)) return name;
  if (process.env.BERTH_REPLICA !== undefined) return 'replica';
  return process.env.BERTH_SITE === undefined ? 'other' : 'trainer';
}

function note(entry: DiskEntry | StepEntry): void {
  const dated: JournalEntry = { at: Number(process.hrtime.bigint()), ...entry };
  real.writeSync(journal, `${JSON.stringify(dated)}\n`);
}

/** One step. Does not return where the fault is due. @param half does a part of it, where it can be broken off in the middle. */
function step(what: string, half?: () => void): void {
  if (!fault) {
    const path = join(folder, 'fault.json');
    if (!real.existsSync(path)) return;
    fault = JSON.parse(real.readFileSync(path, 'utf8')) as Fault;
  }
  counted += 1;
  note({ step: counted, role, what });
  if (fault.role !== role || counted < fault.step) return;
  try {
    real.closeSync(real.openSync(join(folder, 'fired'), 'wx'));
  } catch {
    return; // it has happened to another process of this role
  }
  if (fault.torn) half?.();
  real.writeFileSync(join(folder, 'fired'), JSON.stringify({ role, pid: process.pid, step: counted, what }));
  realKill(process.pid, 'SIGKILL');
}

function concerns(path: unknown): path is string {
  return typeof path === 'string' && (resolve(path) === state || resolve(path).startsWith(`${state}/`));
}

function openPath(file: number): string {
  return real.readlinkSync(`/proc/self/fd/${file}`).replace(/ \(deleted\)$/, '');
}

/** Keeps the file reachable under its inode's number, whatever becomes of its name. */
function hold(path: string): number {
  const { ino } = real.statSync(path);
  try {
    real.linkSync(path, join(folder, 'held', String(ino)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return ino;
}

function opened(path: string, existed: boolean, empties: boolean): void {
  if (!existed) note({ disk: 'create', path, ino: hold(path) });
  else if (empties) note({ disk: 'empty', ino: real.statSync(path).ino });
}

function synced(file: number): void {
  const path = openPath(file);
  if (!concerns(path) && path !== dirname(state)) return;
  const found = real.fstatSync(file);
  if (found.isDirectory()) note({ disk: 'sync-folder', path });
  else note({ disk: 'sync', ino: found.ino, size: found.size });
}

function writes(flags: unknown): boolean {
  return typeof flags === 'string' ? /[wa+]/.test(flags) : typeof flags === 'number' && (flags & 3) !== 0;
}

/** Removes as `rm` does, but one name after the other, in an order that no file system promises to be another. */
function remove(path: string, force: boolean): void {
  let found: fs.Stats;
  try {
    found = real.lstatSync(path);
  } catch (error) {
    if (force && (error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (!found.isDirectory()) {
    step(`unlink ${path}`);
    real.unlinkSync(path);
    note({ disk: 'unlink', path });
    return;
  }
  for (const name of real.readdirSync(path).sort()) remove(join(path, name), force);
  step(`rmdir ${path}`);
  real.rmdirSync(path);
  note({ disk: 'rmdir', path });
}

function makeFolders(path: string, mode: number | undefined): void {
  const missing: string[] = [];
  for (let at = resolve(path); !real.existsSync(at); at = join(at, '..')) missing.unshift(at);
  for (const at of missing) {
    step(`mkdir ${at}`);
    real.mkdirSync(at, { recursive: true, mode });
    note({ disk: 'mkdir', path: at });
  }
}

function lengthOf(data: unknown): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : ((data as Uint8Array | undefined)?.byteLength ?? 0);
}

function firstHalf(data: unknown): Uint8Array {
  const bytes =
    typeof data === 'string'
      ? Buffer.from(data)
      : Buffer.from((data as Uint8Array).buffer, (data as Uint8Array).byteOffset, lengthOf(data));
  return bytes.subarray(0, Math.floor(bytes.length * (fault?.share ?? 0.5)));
}

type Any = (...args: unknown[]) => unknown;

function patchFiles(): void {
  const files = fs as unknown as Record<string, Any>;
  files.openSync = (path, flags, mode) => {
    if (!concerns(path) || !writes(flags)) return (real.openSync as Any)(path, flags, mode);
    step(`open ${path}`);
    const existed = real.existsSync(path);
    const file = (real.openSync as Any)(path, flags, mode);
    opened(path, existed, String(flags).startsWith('w'));
    return file;
  };
  files.writeSync = (file, data, ...rest) => {
    if (concerns(openPath(file as number)))
      step(`write ${openPath(file as number)}`, () => real.writeSync(file as number, firstHalf(data)));
    return (real.writeSync as Any)(file, data, ...rest);
  };
  files.fsyncSync = (file) => {
    step(`sync ${openPath(file as number)}`);
    real.fsyncSync(file as number);
    synced(file as number);
  };
  files.ftruncateSync = (file, length) => {
    step(`truncate ${openPath(file as number)}`);
    (real.ftruncateSync as Any)(file, length);
    note({ disk: 'empty', ino: real.fstatSync(file as number).ino });
  };
  // By the functions above, so that opening and writing are two steps.
  for (const [name, flag] of [
    ['writeFileSync', 'w'],
    ['appendFileSync', 'a'],
  ] as const)
    files[name] = (path, data, options) => {
      if (!concerns(path)) return (real[name] as Any)(path, data, options);
      const chosen = typeof options === 'object' ? (options as { mode?: number; flag?: string } | null) : null;
      const file = fs.openSync(path, chosen?.flag ?? flag, chosen?.mode);
      try {
        fs.writeSync(file, Buffer.from(data as string));
      } finally {
        real.closeSync(file);
      }
      return undefined;
    };
  files.renameSync = (from, to) => {
    step(`rename ${String(to)}`);
    (real.renameSync as Any)(from, to);
    note({ disk: 'rename', path: resolve(String(from)), to: resolve(String(to)) });
  };
  files.linkSync = (from, to) => {
    step(`link ${String(to)}`);
    (real.linkSync as Any)(from, to);
    note({ disk: 'link', path: resolve(String(from)), to: resolve(String(to)) });
  };
  files.rmSync = (path, options) => {
    if (!concerns(path)) return (real.rmSync as Any)(path, options);
    remove(resolve(path), (options as fs.RmOptions | undefined)?.force ?? false);
    return undefined;
  };
  files.unlinkSync = (path) => {
    if (!concerns(path)) return (real.unlinkSync as Any)(path);
    remove(resolve(path), false);
    return undefined;
  };
  files.mkdirSync = (path, options) => {
    if (!concerns(path)) return (real.mkdirSync as Any)(path, options);
    const { recursive, mode } = (options ?? {}) as { recursive?: boolean; mode?: number };
    if (recursive !== true && real.existsSync(path)) return (real.mkdirSync as Any)(path, options);
    makeFolders(path, mode);
    return undefined;
  };
}

function patchPromises(): void {
  const files = fs.promises as unknown as Record<string, Any>;
  let patched = false;
  files.open = async (path, flags, mode) => {
    const counts = concerns(path) && writes(flags);
    if (counts) step(`open ${path}`);
    const existed = concerns(path) && real.existsSync(path);
    const handle = (await (realPromises.open as Any)(path, flags, mode)) as fs.promises.FileHandle;
    if (!patched) {
      patched = true;
      patchHandles(Object.getPrototypeOf(handle) as Record<string, Any>);
    }
    if (counts) opened(path, existed, String(flags).startsWith('w'));
    return handle;
  };
  files.rename = async (from, to) => {
    step(`rename ${String(to)}`);
    await (realPromises.rename as Any)(from, to);
    note({ disk: 'rename', path: resolve(String(from)), to: resolve(String(to)) });
  };
  files.copyFile = async (from, to) => {
    const existed = real.existsSync(String(to));
    step(`copy ${String(to)}`, () => real.writeFileSync(String(to), firstHalf(real.readFileSync(String(from)))));
    await (realPromises.copyFile as Any)(from, to);
    opened(resolve(String(to)), existed, true);
  };
  // Settled later, as the real ones are, and no step of theirs is left out.
  files.rm = async (path, options) => fs.rmSync(String(path), options as fs.RmOptions);
  files.unlink = async (path) => fs.unlinkSync(String(path));
  files.mkdir = async (path, options) => fs.mkdirSync(String(path), options as fs.MakeDirectoryOptions);
}

function patchHandles(handles: Record<string, Any>): void {
  type Handle = fs.promises.FileHandle;
  for (const name of ['write', 'writeFile'] as const) {
    const before = handles[name]!;
    handles[name] = function (this: Handle, data, ...rest) {
      const path = openPath(this.fd);
      if (concerns(path)) step(`write ${path}`, () => real.writeSync(this.fd, firstHalf(data)));
      return before.call(this, data, ...rest);
    };
  }
  const sync = handles.sync!;
  handles.sync = async function (this: Handle) {
    step(`sync ${openPath(this.fd)}`);
    await sync.call(this);
    synced(this.fd);
  };
}

function patchProcesses(): void {
  const { spawn } = childProcess;
  const processes = childProcess as unknown as { spawn: Any };
  processes.spawn = (command, args, options) => {
    step(`spawn ${String(command)}`);
    const { env } = options as childProcess.SpawnOptions;
    const { NODE_OPTIONS, NODE_COMPILE_CACHE } = process.env;
    const brought = { NODE_OPTIONS, NODE_COMPILE_CACHE, BERTH_FAULTS: folder, BERTH_FAULTS_STATE: state };
    return (spawn as Any)(command, args, { ...(options as object), env: { ...env, ...brought } });
  };
  process.kill = (pid: number, signal?: string | number): true => {
    if (signal !== 0) step(`signal ${signal}`);
    return realKill(pid, signal);
  };
}

function patchNetwork(): void {
  const { listen } = net.Server.prototype;
  net.Server.prototype.listen = function (this: net.Server, ...args: unknown[]) {
    step('listen');
    this.once('listening', () => {
      const address = this.address();
      if (address !== null && typeof address === 'object') note({ disk: 'port', port: address.port });
    });
    return (listen as Any).apply(this, args) as net.Server;
  };
  const send = net.Socket.prototype.write as Any;
  net.Socket.prototype.write = function (this: net.Socket, ...args: unknown[]) {
    step('send');
    return send.apply(this, args) as boolean;
  };
}

patchFiles();
patchPromises();
patchProcesses();
patchNetwork();
syncBuiltinESMExports();
