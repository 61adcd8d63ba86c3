import { afterEach, describe, expect, it } from 'vitest';
import { PreviewService } from '../../../server/src/preview/service.ts';
import { cluster, federation, job } from './specs.ts';

let service: PreviewService | undefined;
afterEach(() => service?.dispose());

const quick = { document: 0, whatIf: {}, replay: false };

describe('the preview service', () => {
  it('computes in a thread, and remembers', async () => {
    service = new PreviewService();
    const task = { spec: cluster(), ...quick };
    expect(service.known(task)).toBeUndefined();
    const outcome = await service.compute(task);
    expect(outcome.preview?.name).toBe('vision');
    await expect(service.known(task)).resolves.toBe(outcome);
  });

  it('cancels what nobody waits for, and goes on with the next', async () => {
    service = new PreviewService();
    const long = new Array<number>(20_000).fill(600);
    const spec = cluster({
      jobs: [job('a', { workload: { type: 'trace', path: 'x', column: 'a', requestsPerMinute: long } })],
    });
    const abort = new AbortController();
    const slow = service.compute({ spec, ...quick, replay: true }, abort.signal);
    abort.abort();
    await expect(slow).rejects.toMatchObject({ name: 'AbortError' });
    await expect(service.compute({ spec: federation(9), ...quick, replay: true })).resolves.toMatchObject({
      partial: false,
    });
  });

  it('tells what is known so far of a replay, until all of it is', async () => {
    service = new PreviewService();
    const task = { spec: cluster(), ...quick, replay: true };
    const seeds: Promise<number | undefined>[] = [];
    const seedsKnown = async (): Promise<number | undefined> => {
      const preview = (await service!.known(task))?.preview;
      return preview?.kind === 'InferenceCluster' ? preview.replay?.seeds : undefined;
    };
    await service.compute(task, undefined, () => seeds.push(seedsKnown()));
    expect(await Promise.all(seeds)).toEqual([1, 1, 2, 3, 4]);
    expect(await seedsKnown()).toBe(5);
  }, 60_000);

  it('shares one computation between two who ask the same', async () => {
    service = new PreviewService();
    const abort = new AbortController();
    const first = service.compute({ spec: cluster(), ...quick }, abort.signal);
    const second = service.compute({ spec: cluster(), ...quick });
    abort.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    await expect(second).resolves.toMatchObject({ preview: { name: 'vision' } });
  });
});
