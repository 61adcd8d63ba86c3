/** Ctrl-C at any moment of every command: the exit status says it, no file is half written, the terminal is as before, and the next apply finishes. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clusterText, ECHO_REPLICA } from '../fixtures/cluster-text.ts';
import { processesOwnedBy } from '../../server/src/deploy/targets/local/agent/process-identity.ts';
import { stateName } from '../../server/src/deploy/targets/local/agent/state-folder.ts';
import { berth, start, type Place, type Run } from './berth-command.ts';

/** Milliseconds after the start at which Ctrl-C is pressed: before, in and after what a command does. `BERTH_INTERRUPTS` asks for more. */
const MOMENTS = Number(process.env.BERTH_INTERRUPTS) || 2;

let place: Place;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-hardship-'));
  place = { folder, state: join(folder, 'state') };
});
afterEach(async () => {
  await berth(place, 'agent', 'stop');
  rmSync(place.folder, { recursive: true });
});

function write(name: string, text: string): void {
  writeFileSync(join(place.folder, name), text);
}

/** How long a command takes here and now, and then what it says when it is interrupted at moments spread over that. */
async function interrupted(
  args: readonly string[],
  between: () => Promise<void> | void,
  look: (run: Run) => void,
): Promise<void> {
  await between();
  const begun = performance.now();
  expect((await berth(place, ...args)).code).toBe(0);
  const whole = performance.now() - begun;
  for (let i = 0; i < MOMENTS; i++) {
    await between();
    const running = start(place, ...args);
    await new Promise((next) => setTimeout(next, (whole * (i + 0.7)) / MOMENTS));
    running.child.kill('SIGINT');
    const run = await running.ended;
    // By the system's own hand, by the command's, or it was done a moment before.
    expect([null, 130, 0], `${args.join(' ')}: ${run.err}`).toContain(run.code);
    expect(run.err).not.toMatch(/\n {4}at |Error:/);
    look(run);
  }
}

describe('Ctrl-C', () => {
  it.each([
    ['validate', ['validate', 'a.berth.yaml']],
    ['preview', ['preview', 'a.berth.yaml']],
    ['simulate', ['simulate', 'a.berth.yaml']],
    ['trace inspect', ['trace', 'inspect', 'day.csv']],
    ['schema', ['schema']],
    ['completion', ['completion', 'bash']],
    ['forecast evaluate', ['forecast', 'evaluate', 'a.forecast.json', 'day.csv']],
  ])('%s ends and leaves no file', async (_name, args) => {
    write('a.berth.yaml', traced);
    write('day.csv', day);
    if (args.includes('evaluate')) await berth(place, 'forecast', 'train', 'day.csv', '-o', 'a.forecast.json');
    const before = readdirSync(place.folder).sort();
    await interrupted(
      args,
      () => {},
      () => expect(readdirSync(place.folder).sort()).toEqual(before),
    );
  });

  it.each([
    ['forecast train', ['forecast', 'train', 'day.csv', '-o', 'out/a.forecast.json'], 'a.forecast.json'],
    [
      'experiment',
      ['experiment', 'a.berth.yaml', '--seeds', '1', '--policies', 'static,berth', '-o', 'out/a.json'],
      'a.json',
    ],
    ['plan', ['plan', 'a.berth.yaml', '--out', 'out/a.plan.json'], 'a.plan.json'],
  ])('%s leaves the file that was there, or the whole of the new one', async (_name, args, file) => {
    write('a.berth.yaml', traced);
    write('day.csv', day);
    mkdirSync(join(place.folder, 'out'));
    const path = join('out', file);
    await interrupted(
      args,
      () => write(path, 'before'),
      () => {
        expect(readdirSync(join(place.folder, 'out'))).toEqual([file]);
        const text = readFileSync(join(place.folder, path), 'utf8');
        if (text !== 'before') expect(() => JSON.parse(text) as unknown).not.toThrow();
      },
    );
  });

  it('apply is withdrawn or cancelled, and the next one finishes it and says so', async () => {
    const finished: string[] = [];
    await interrupted(
      ['apply', 'a.berth.yaml', '--yes'],
      async () => {
        if (existsSync(place.state)) await berth(place, 'delete', 'vision', '--yes');
        write('a.berth.yaml', slow);
      },
      () => {},
    );
    for (let i = 0; i < MOMENTS; i++) {
      await berth(place, 'delete', 'vision', '--yes');
      const running = start(place, 'apply', 'a.berth.yaml', '--yes');
      await running.said(/would be created/);
      await new Promise((next) => setTimeout(next, 150 * i));
      running.child.kill('SIGINT');
      const run = await running.ended;
      if (run.code === 0) continue; // done a moment before
      expect(run.code).toBe(130);
      const owned = (): number => processesOwnedBy(`${stateName(place.state)}:InferenceCluster/vision`).length;
      expect(owned()).toBe(0);
      const next = await berth(place, 'apply', 'a.berth.yaml', '--yes');
      expect(next).toMatchObject({ code: 0, err: '' });
      expect(owned()).toBe(2);
      finished.push(next.out);
      expect((await berth(place, 'apply', 'a.berth.yaml', '--yes')).out).toMatch(/is up to date/);
    }
    // Whoever was accepted before the Ctrl-C left a revision: that it is finished now is said.
    for (const out of finished) expect(out).toMatch(/would be created|finish/i);
  });

  it('delete and rollback leave all of it or nothing of it, and can be given again', async () => {
    const live = async (): Promise<
      readonly { readonly revision: number; readonly status: { readonly phase: string } }[]
    > => JSON.parse((await berth(place, 'status', '--format', 'json')).out) as never;
    const two = async (): Promise<void> => {
      write('a.berth.yaml', quick);
      await berth(place, 'apply', 'a.berth.yaml', '--yes');
      write('a.berth.yaml', quick.replace('min: 1', 'min: 2'));
      await berth(place, 'apply', 'a.berth.yaml', '--yes');
    };
    await interrupted(['delete', 'vision', '--yes'], two, () => {});
    await two();
    const rollback = start(place, 'rollback', 'vision', '--yes');
    await rollback.said(/vision/);
    rollback.child.kill('SIGINT');
    expect([null, 0, 130]).toContain((await rollback.ended).code);
    await berth(place, 'apply', 'a.berth.yaml', '--yes');
    expect(await live()).toMatchObject([{ status: { phase: 'running' }, reached: true }]);
    expect(await berth(place, 'delete', 'vision', '--yes')).toMatchObject({ code: 0 });
    expect(await live()).toEqual([]);
    expect(processesOwnedBy(`${stateName(place.state)}:InferenceCluster/vision`)).toEqual([]);
  }, 240_000);

  it('agent status and stop end, and leave one agent or none, and all that is deployed to it', async () => {
    write('a.berth.yaml', quick);
    expect((await berth(place, 'apply', 'a.berth.yaml', '--yes')).code).toBe(0);
    const replicas = (): number => processesOwnedBy(`${stateName(place.state)}:InferenceCluster/vision`).length;
    const before = readdirSync(place.folder).sort();
    for (const args of AGENT_COMMANDS)
      await interrupted(
        args,
        () => {},
        () => expect(readdirSync(place.folder).sort()).toEqual(before),
      );
    expect((await berth(place, 'apply', 'a.berth.yaml', '--yes')).code).toBe(0);
    // Where nothing is to be changed the apply is over while the new agent still brings up what it found written down.
    await vi.waitFor(() => expect(replicas()).toBe(1), { timeout: 30_000, interval: 100 });
    expect((await berth(place, 'delete', 'vision', '--yes')).code).toBe(0);
    expect(replicas()).toBe(0);
  }, 120_000);

  it('watch, logs --follow, status and cancel end, and change nothing', async () => {
    write('a.berth.yaml', quick);
    expect((await berth(place, 'apply', 'a.berth.yaml', '--yes')).code).toBe(0);
    const replicas = processesOwnedBy(`${stateName(place.state)}:InferenceCluster/vision`);
    for (const args of [['watch', 'vision'], ['logs', 'vision', '--follow'], ['status'], ['cancel', 'vision']])
      for (const ms of [50, 700]) {
        const running = start(place, ...args);
        await new Promise((next) => setTimeout(next, ms));
        running.child.kill('SIGINT');
        const run = await running.ended;
        expect([null, 130, 0], args.join(' ')).toContain(run.code);
        expect(run.err).toBe('');
      }
    expect(processesOwnedBy(`${stateName(place.state)}:InferenceCluster/vision`)).toEqual(replicas);
  });
});

/** Status first; where an agent was stopped in between, the next command that needs one starts it. */
const AGENT_COMMANDS = [
  ['agent', 'status'],
  ['agent', 'stop'],
];

const quick = clusterText();
/** Two replicas that take their time to answer. */
const slow = quick
  .replace('min: 1', 'min: 2')
  .replace(`[node, ${ECHO_REPLICA}]`, `[node, -e, "setTimeout(() => import('${ECHO_REPLICA}'), 700)"]`);
const traced = quick.replace('rate: 5/s', 'trace: day.csv, column: tags');
const day = `tags\n${Array.from({ length: 1500 }, (_, minute) => 200 + Math.round(100 * Math.sin(minute / 100))).join('\n')}\n`;
