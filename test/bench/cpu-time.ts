import { cpuUsage } from 'node:process';

/** Long against the steps in which the system counts CPU time. */
const LEAST_MS = 40;

/**
 * CPU time of one call, in ms, collecting garbage and compiling included: unlike time on the wall it is nearly the same on a machine that has
 * other work. Short calls are repeated and shared out.
 */
export function cpuTime(call: () => void): number {
  const before = cpuUsage();
  for (let calls = 1; ; calls++) {
    call();
    const { user, system } = cpuUsage(before);
    const ms = (user + system) / 1000;
    if (ms >= LEAST_MS) return ms / calls;
  }
}
