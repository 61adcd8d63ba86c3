// Everything that a session starts, directly or not, carries the session's name in its environment: so all of it can be found and
// ended with the session, daemons included, and nothing that was there before is touched.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Named so that the agent keeps it: that hands on nothing else of the editor it is started from, and ends its own children itself. */
const variable = 'BERTH_AGENT_SESSION';

/** @returns {{name: string, env: Record<string, string>}} a new session; `env` is for the processes it starts */
export function newSession() {
  const name = randomUUID();
  return { name, env: { [variable]: name } };
}

/**
 * The processes that run in a session.
 * @param {string} name
 * @returns {number[]} their ids
 */
export function processesOf(name) {
  const mark = `${variable}=${name}`;
  if (process.platform === 'linux') {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry) && environ(entry).includes(mark))
      .map(Number);
  }
  const listed = execFileSync('ps', ['-axwwE', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 1e8 });
  return listed
    .split('\n')
    .filter((line) => line.includes(mark))
    .map((line) => Number.parseInt(line, 10));
}

/** @param {string} pid */
function environ(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // ended meanwhile, or another user's
  }
}

/**
 * Ends all processes of a session: asks first, and after `patience` milliseconds insists.
 * @param {string} name
 * @param {number} [patience]
 * @returns {Promise<number>} how many there were
 */
export async function endSession(name, patience = 15_000) {
  const asked = new Set();
  const deadline = Date.now() + patience;
  for (;;) {
    const living = processesOf(name).filter((pid) => pid !== process.pid);
    if (living.length === 0) return asked.size;
    const insist = Date.now() > deadline;
    for (const pid of living) {
      if (insist) signal(pid, 'SIGKILL');
      else if (!asked.has(pid)) signal(pid, 'SIGTERM');
      asked.add(pid);
    }
    await sleep(100);
  }
}

/**
 * Asks them to end without waiting, for a process that is itself about to end.
 * @param {string} name
 */
export function leaveSession(name) {
  for (const pid of processesOf(name)) if (pid !== process.pid) signal(pid, 'SIGTERM');
}

/** @param {number} pid @param {NodeJS.Signals} name */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended by itself
  }
}
