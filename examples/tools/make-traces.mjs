// Writes traces/day.csv: a made day, minute by minute, of requests to the three jobs of serving.berth.yaml.
//
//     node tools/make-traces.mjs
import { writeFileSync } from 'node:fs';
import { random } from '../data/digits.mjs';

const MINUTES = 24 * 60;
const next = random(20);

/** Normal with mean 0 and variance 1 (Box and Muller). */
const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

/** A hump of the day: its hour, its width in hours, its height in requests a minute. Days wrap around midnight. */
function hump(minute, { hour, width, height }) {
  const away = Math.abs(minute / 60 - hour);
  const hours = Math.min(away, 24 - away);
  return height * Math.exp(-((hours / width) ** 2));
}

const jobs = {
  // People search over lunch and in the evening.
  'search-images': {
    base: 500,
    humps: [
      { hour: 12.5, width: 2, height: 2600 },
      { hour: 20, width: 2.5, height: 4200 },
    ],
  },
  // Offices scan in the morning and after lunch, and not at night.
  'scan-forms': {
    base: 60,
    humps: [
      { hour: 9.5, width: 1.8, height: 2500 },
      { hour: 14.5, width: 2, height: 1800 },
    ],
  },
  // The mail of the day is sorted at night, some of it during the day.
  'sort-mail': {
    base: 900,
    humps: [
      { hour: 2, width: 2.2, height: 9500 },
      { hour: 16, width: 3, height: 2500 },
    ],
  },
};

const columns = Object.values(jobs).map(({ base, humps }) => {
  // A slow wander around the humps, short bursts, and the noise of counting.
  let wander = 0;
  let burst = 0;
  return Array.from({ length: MINUTES }, (_, minute) => {
    wander = 0.97 * wander + 0.03 * normal();
    burst = next() < 0.004 ? 0.5 + 0.7 * next() : 0.8 * burst;
    const mean = (base + humps.reduce((sum, part) => sum + hump(minute, part), 0)) * Math.exp(wander) * (1 + burst);
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
  });
});

const lines = Array.from({ length: MINUTES }, (_, minute) =>
  [minute, ...columns.map((column) => column[minute])].join(','),
);
writeFileSync(
  new URL('../traces/day.csv', import.meta.url),
  `${['minute', ...Object.keys(jobs)].join(',')}\n${lines.join('\n')}\n`,
);
