/** Six hours of Faro's evaluation trace replayed: CPU time, as the reference's was recorded, and memory of a process of its own. */
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { hasTrace, replaySixHours } from './six-hours.ts';

const tenJobs = {
  name: 'six hours replayed, 10 jobs at 32 replicas, faro',
  unit: 's',
  target: { value: 2, unit: 's' },
  reference: { value: 200, unit: 's', source: 'recorded, CPU time' },
  run: () => replaySixHours(10, 32, 'faro'),
};

const withBerth = {
  name: 'six hours replayed, 10 jobs at 32 replicas, berth',
  unit: 's',
  run: () => replaySixHours(10, 32, 'berth'),
};

const memory = {
  name: 'memory of the process that replays 10 jobs, faro',
  runs: 3,
  unit: 'MiB',
  target: { value: 200, unit: 'MiB' },
  reference: { value: 1700, unit: 'MiB', source: 'recorded' },
  run: () => {
    const script = fileURLToPath(new URL('./six-hours.ts', import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return Number(stdout);
  },
};

const hundredJobs = {
  name: 'six hours replayed, 100 jobs at 320 replicas, faro',
  runs: 3,
  unit: 's',
  target: { value: 25, unit: 's' },
  run: () => replaySixHours(100, 320, 'faro'),
};

export default hasTrace ? [tenJobs, withBerth, memory, hundredJobs] : [];
