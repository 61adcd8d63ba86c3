import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayTraffic } from '../unit/faro/forecast/day-traffic.ts';
import { berth, start, type Place, type Run } from './berth-command.ts';

let place: Place;
const at = (name: string): string => join(place.folder, name);
const run = (...args: readonly string[]): Promise<Run> => berth(place, 'forecast', ...args);

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-forecast-'));
  place = { folder, state: join(folder, 'state') };
  const [tags, search] = [dayTraffic({ days: 9 }), dayTraffic({ days: 9, seed: 2, mean: 150 })];
  const csv = (from: number, to: number): string =>
    ['tags,search', ...tags.slice(from, to).map((count, i) => `${count},${search[from + i]}`)].join('\n');
  writeFileSync(at('days.csv'), csv(0, 8 * 120));
  writeFileSync(at('today.csv'), csv(8 * 120, 9 * 120));
  writeFileSync(at('hour.csv'), csv(0, 60));
  writeFileSync(at('ragged.csv'), 'tags,search\n1,2\n3\n');
  writeFileSync(at('other.csv'), csv(0, 60).replace('tags,search', 'a,b'));
  writeFileSync(at('broken.forecast.json'), '{"kind":"Forecast"}');
});
afterAll(() => rmSync(place.folder, { recursive: true, force: true }));

describe('berth forecast', () => {
  it('trains, writes a file, and says how good it is on a day that it has not seen', async () => {
    const trained = await run('train', 'days.csv', '-o', 'two.forecast.json', '--day', '120');
    expect(trained).toMatchObject({ code: 0, err: '' });
    expect(trained.out).toMatch(/^two\.forecast\.json: seasonal, 2 jobs, learnt in .+ from 8 days of 120\sminutes\.\n/);
    const judged = await run('evaluate', 'two.forecast.json', 'today.csv');
    expect(judged).toMatchObject({ code: 0, err: '' });
    for (const name of ['seasonal', 'last-minutes', 'online', 'tags', 'search']) expect(judged.out).toContain(name);
  });

  it('trains networks too, with the same result for the same seed', async () => {
    const args = ['--day', '120', '--columns', 'search', '--model', 'nhits', '--width', '8', '--seed', '3'];
    expect(await run('train', 'days.csv', '-o', 'a.forecast.json', ...args)).toMatchObject({ code: 0, err: '' });
    expect(await run('train', 'days.csv', '-o', 'b.forecast.json', ...args)).toMatchObject({ code: 0 });
    expect(readFileSync(at('a.forecast.json'), 'utf8')).toBe(readFileSync(at('b.forecast.json'), 'utf8'));
    const judged = await run('evaluate', 'a.forecast.json', 'today.csv', '--format', 'json');
    expect(JSON.parse(judged.out)).toMatchObject({ model: 'nhits', horizonMinutes: 7, perJob: [{ name: 'search' }] });
  });

  it('is ended by Ctrl-C in the middle, and leaves no file behind', async () => {
    const args = ['--day', '120', '--model', 'nhits', '--width', '512'];
    const { child, ended } = start(place, 'forecast', 'train', 'days.csv', '-o', 'never.forecast.json', ...args);
    // Signalled until it ends: the first may come before there is anybody to take it.
    const signals = setInterval(() => child.kill('SIGINT'), 200);
    expect((await ended).code).not.toBe(0);
    clearInterval(signals);
    expect(existsSync(at('never.forecast.json'))).toBe(false);
  });

  it.each([
    [['train', 'nothing.csv', '-o', 'x.json'], 'BERTH1011', 2],
    [['train', 'ragged.csv', '-o', 'x.json'], 'BERTH2006', 1],
    [['train', 'days.csv', '-o', 'x.json', '--columns', 'tasg'], 'BERTH2004', 2],
    [['train', 'hour.csv', '-o', 'x.json'], 'BERTH2021', 1],
    [['train', 'days.csv', '-o', 'no/such/x.json', '--day', '120'], 'BERTH1031', 1],
    [['evaluate', 'broken.forecast.json', 'today.csv'], 'BERTH2020', 1],
    [['evaluate', 'days.csv', 'today.csv'], 'BERTH2020', 1],
    [['evaluate', 'two.forecast.json', 'other.csv'], 'BERTH2022', 1],
    [['evaluate', 'two.forecast.json', 'today.csv', '--context', '500'], 'BERTH2006', 1],
  ] as const)('says what is wrong: %j', async (args, code, status) => {
    const { code: exit, out } = await run(...args, '--format', 'json');
    expect(JSON.parse(out)).toMatchObject({ error: { code } });
    expect(exit).toBe(status);
  });

  it.each([
    ['train', 'days.csv'],
    ['train', 'days.csv', '-o', 'x.json', '--columns', 'a,,b'],
    ['train', 'days.csv', '-o', 'x.json', '--day', '0'],
    ['train', 'days.csv', '-o', 'x.json', '--model', 'tea-leaves'],
  ])('does not understand: %j', async (...args) => expect(await run(...args)).toMatchObject({ code: 2, out: '' }));
});
