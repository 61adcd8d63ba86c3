/**
 * What every target keeps to, whatever it is made of (docs/architecture.md, "Deployment"). A new target passes it by a file that calls
 * {@link targetContract} with its stage.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProblemError } from '../../server/src/spec/problems/problem-error.ts';
import { contentHash } from '../../server/src/deploy/plan/content-hash.ts';
import { sealPlan } from '../../server/src/deploy/plan/plan-file.ts';
import { readAndPlanApply, readAndPlanDelete, readAndPlanRollback } from '../../server/src/deploy/plan/plan.ts';
import type { PlanResult } from '../../server/src/deploy/plan/plan.ts';
import type { Live, Wanted } from '../../server/src/deploy/live.ts';
import type { DeployTarget, Freshness, LogLine, Watched } from '../../server/src/deploy/target.ts';
import type { ApplyEvent, DeploymentId, Plan } from '../../server/src/deploy/types.ts';
import { problemCode } from '../fixtures/problem-code.ts';
import type { Stage } from './stage.ts';

const ID = 'InferenceCluster/vision';

export function targetContract(name: string, open: () => Promise<Stage>): void {
  describe(`the contract of targets: ${name}`, () => {
    let stage: Stage;
    let target: DeployTarget;
    beforeEach(async () => {
      stage = await open();
      target = stage.connect();
    });
    afterEach(() => stage.close());

    const plan = async (wanted: Wanted): Promise<Plan> => planOf(await readAndPlanApply(target, wanted));
    const apply = async (wanted: Wanted): Promise<readonly ApplyEvent[]> => run(target, await plan(wanted));
    const live = async (by = target): Promise<Live> => {
      const read = await by.read(ID);
      if (read?.ownership !== 'ours') throw new Error(`${ID} is not deployed`);
      return read;
    };

    describe('before anything is deployed', () => {
      test('nothing is there, and to ask starts nothing', async () => {
        expect(await target.list()).toEqual([]);
        expect(await target.read(ID)).toBeUndefined();
        expect(await target.revision(ID, 1)).toBeUndefined();
        expect((await target.probe()).state).toMatch(/^(ready|idle)$/);
        expect(await stage.running()).toBe(0);
      });

      test('who answers stays the same, and says its name', async () => {
        const first = await target.identify();
        expect(await stage.connect().identify()).toEqual(first);
        expect(first.uid).not.toBe('');
        expect(first.name).not.toBe('');
      });

      test('it says which kinds it runs', async () => {
        expect((await target.abilities()).kinds).toContain('InferenceCluster');
      });

      test('logs of what is not deployed are refused by code', async () => {
        expect(await problemCode(Array.fromAsync(target.logs(ID)))).toBe('BERTH5021');
      });
    });

    describe('create, update, delete', () => {
      test('a plan creates a deployment: accepted first, done last, and then it is live', async () => {
        const wanted = stage.wanted({ replicas: 2 });
        const made = await plan(wanted);
        expect(made).toMatchObject({ action: 'create', cause: 'apply', live: null, drift: [] });
        expect(made.identity).toEqual(await target.identify());
        expect(made.steps.every(({ reason, reversible }) => reason === 'change' && reversible)).toBe(true);
        const events = await run(target, made);
        expect(events[0]).toEqual({ type: 'accepted' });
        expect(events.at(-1)).toMatchObject({ type: 'done', revision: 1 });
        expect(await live()).toMatchObject({
          ownership: 'ours',
          revision: 1,
          hash: contentHash(wanted.desired),
          desired: wanted.desired,
          origin: wanted.origin,
          reached: true,
          complete: true,
          drift: [],
        });
        expect(await stage.running()).toBe(2);
        expect((await target.list()).map(({ id }) => id)).toEqual([ID]);
      });

      test('another plan changes it, and says what changes', async () => {
        await apply(stage.wanted({ replicas: 1 }));
        const made = await plan(stage.wanted({ replicas: 3 }));
        expect(made.action).toBe('update');
        expect(made.changes.length).toBeGreaterThan(0);
        expect(made.live).toMatchObject({ revision: 1 });
        await run(target, made);
        expect(await live()).toMatchObject({ revision: 2, reached: true, hash: contentHash(made.desired) });
        expect(await stage.running()).toBe(3);
      });

      test('where nothing would change the plan says so, and applying it changes nothing', async () => {
        await apply(stage.wanted());
        const before = await live();
        const made = await plan(stage.wanted());
        expect(made).toMatchObject({ action: 'none', changes: [], drift: [], steps: [] });
        expect((await run(target, made)).at(-1)).toMatchObject({ type: 'done', revision: 1 });
        expect((await live()).revisions).toEqual(before.revisions);
      });

      test('deleting ends all that ran, and a watch ends with it', async () => {
        await apply(stage.wanted({ replicas: 2 }));
        const watched = Array.fromAsync(target.watch(ID));
        const made = planOf(await readAndPlanDelete(target, ID));
        expect(made).toMatchObject({ action: 'delete', desired: null });
        expect(made.steps).toMatchObject([{ reversible: false }]);
        await run(target, made);
        expect(await target.read(ID)).toBeUndefined();
        expect(await target.list()).toEqual([]);
        expect(await stage.running()).toBe(0);
        await watched;
      });

      test('what is not deployed cannot be deleted, and the problem says what is', async () => {
        expect(problemOf(await readAndPlanDelete(target, ID)).code).toBe('BERTH5021');
      });

      test('two deployments leave each other alone', async () => {
        await apply(stage.wanted({ name: 'vision' }));
        await apply(stage.wanted({ name: 'speech', replicas: 2 }));
        await run(target, planOf(await readAndPlanDelete(target, ID)));
        expect((await target.list()).map(({ id }) => id)).toEqual(['InferenceCluster/speech']);
        expect(await stage.running()).toBe(2);
      });
    });

    describe('back', () => {
      test('an earlier revision is had back through a plan, and becomes the newest', async () => {
        await apply(stage.wanted({ replicas: 1, program: 'first' }));
        await apply(stage.wanted({ replicas: 2, program: 'second' }));
        const made = planOf(await readAndPlanRollback(target, ID, 1));
        expect(made).toMatchObject({ action: 'update', cause: 'rollback' });
        await run(target, made);
        const back = await live();
        expect(back.revisions.map(({ cause }) => cause)).toEqual(['apply', 'apply', 'rollback']);
        expect(back).toMatchObject({ revision: 3, hash: back.revisions[0]!.hash, reached: true });
        expect(await stage.running()).toBe(1);
      });

      test('what was accepted as a revision can be read, whatever came after', async () => {
        const first = stage.wanted({ replicas: 1 });
        await apply(first);
        await apply(stage.wanted({ replicas: 2 }));
        expect(await target.revision(ID, 1)).toEqual(first);
        expect(await target.revision(ID, 9)).toBeUndefined();
        expect(problemOf(await readAndPlanRollback(target, ID, 9)).code).toBe('BERTH5011');
      });
    });

    describe('plans that are not good any more', () => {
      test('a plan is refused when what is live has moved since, and nothing is changed', async () => {
        await apply(stage.wanted({ replicas: 1 }));
        const old = await plan(stage.wanted({ replicas: 2 }));
        await apply(stage.wanted({ replicas: 3 }));
        const before = await live();
        expect(await problemCode(run(target, old))).toBe('BERTH5004');
        expect(await live()).toMatchObject({ revision: before.revision, hash: before.hash });
        expect(await stage.running()).toBe(3);
      });

      test('a plan to create is refused when somebody else has created it', async () => {
        const late = await plan(stage.wanted({ replicas: 2 }));
        const other = stage.connect();
        await run(other, planOf(await readAndPlanApply(other, stage.wanted({ replicas: 1 }))));
        expect(await problemCode(run(target, late))).toBe('BERTH5004');
        expect(await stage.running()).toBe(1);
      });

      test('a plan that was made with another one behind the same name is refused', async () => {
        const { id: _, ...content } = await plan(stage.wanted());
        const elsewhere = sealPlan({ ...content, identity: { uid: 'somebody-else', name: 'another cluster' } });
        expect(await problemCode(run(target, elsewhere))).toBe('BERTH5040');
        expect(await target.read(ID)).toBeUndefined();
      });

      test('of two who apply at once from the same state, one has its way and the other is told', async () => {
        await apply(stage.wanted({ replicas: 1 }));
        const [a, b] = [stage.connect(), stage.connect()];
        const plans = [
          planOf(await readAndPlanApply(a, stage.wanted({ replicas: 2 }))),
          planOf(await readAndPlanApply(b, stage.wanted({ replicas: 3 }))),
        ];
        const ended = await Promise.allSettled([run(a, plans[0]!), run(b, plans[1]!)]);
        expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        const reasons = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
        expect(reasons).toEqual([expect.any(ProblemError)]);
        const winner = plans[ended.findIndex(({ status }) => status === 'fulfilled')]!;
        expect((await live()).hash).toBe(contentHash(winner.desired));
        expect(await stage.running()).toBe(ended[0].status === 'fulfilled' ? 2 : 3);
      });
    });

    describe('ended in the middle', () => {
      test('a plan whose signal fired before it was accepted is not begun', async () => {
        const made = await plan(stage.wanted());
        await expect(target.apply(made, { signal: AbortSignal.abort(), onEvent: () => {} })).rejects.toThrow();
        expect(await target.read(ID)).toBeUndefined();
        expect(await stage.running()).toBe(0);
      });

      test('who applied may leave once it is accepted: it goes on without them', async () => {
        const release = await stage.hold();
        const leaving = new AbortController();
        const { over } = await begun(target, await plan(stage.wanted({ replicas: 2 })), leaving.signal);
        leaving.abort(new Error('enough'));
        await expect(over).rejects.toThrow('enough');
        await release();
        await until(async () => (await live()).reached);
        expect(await stage.running()).toBe(2);
      });

      test('somebody else can cancel it: who applied is told what is done and what is left, and a second apply finishes', async () => {
        const release = await stage.hold();
        const made = await plan(stage.wanted({ replicas: 2 }));
        const { over, events } = await begun(target, made);
        const other = stage.connect();
        expect(await other.cancel(ID)).toBe(true);
        expect(await problemCode(over)).toBe('BERTH5023');
        const cancelled = events.at(-1)!;
        if (cancelled.type !== 'cancelled') throw new Error(`it ended with ${cancelled.type}`);
        expect([...cancelled.done, ...cancelled.left].sort()).toEqual(made.steps.map(({ text }) => text).sort());
        expect(cancelled.left.length).toBeGreaterThan(0);
        expect((await live()).reached).toBe(false);
        await release();

        const again = await plan(stage.wanted({ replicas: 2 }));
        expect(again.action).toBe('update');
        await run(target, again);
        expect((await live()).reached).toBe(true);
        expect(await stage.running()).toBe(2);
      });

      test('a newer plan overtakes one under way, and who applied that is told', async () => {
        const release = await stage.hold();
        const first = await begun(target, await plan(stage.wanted({ replicas: 1 })));
        const other = stage.connect();
        const second = run(other, planOf(await readAndPlanApply(other, stage.wanted({ replicas: 2 }))));
        expect(await problemCode(first.over)).toBe('BERTH5023');
        await release();
        expect((await second).at(-1)).toMatchObject({ type: 'done', revision: 2 });
        expect(await live()).toMatchObject({ revision: 2, reached: true });
        expect(await stage.running()).toBe(2);
      });

      test('where nothing is under way there is nothing to cancel', async () => {
        await apply(stage.wanted());
        expect(await target.cancel(ID)).toBe(false);
        expect((await live()).reached).toBe(true);
      });

      test('a crash in the middle leaves nothing half-made for good: a second apply finishes it', async () => {
        const release = await stage.hold();
        const { over } = await begun(target, await plan(stage.wanted({ replicas: 2 })));
        await stage.crash();
        expect(await problemCode(over)).toMatch(/^BERTH5/);
        await release();
        await stage.restart();
        const after = stage.connect();
        const again = planOf(await readAndPlanApply(after, stage.wanted({ replicas: 2 })));
        await run(after, again);
        expect(await live(after)).toMatchObject({ reached: true, revision: 1 });
        expect(await stage.running()).toBe(2);
      });
    });

    describe('drift', () => {
      test('what is live and not as accepted is said apart from what the text asks for, and an apply mends it', async () => {
        await apply(stage.wanted({ replicas: 2 }));
        const mend = await stage.damage(ID);
        await until(async () => (await live()).drift.length > 0);
        expect(await live()).toMatchObject({ revision: 1, reached: false });
        const made = await plan(stage.wanted({ replicas: 2 }));
        expect(made).toMatchObject({ action: 'update', changes: [] });
        expect(made.drift.length).toBeGreaterThan(0);
        expect(made.steps.map(({ reason }) => reason)).toEqual(made.drift.map(() => 'drift'));
        await mend();
        await run(target, await plan(stage.wanted({ replicas: 2 })));
        await until(async () => (await live()).drift.length === 0);
        expect(await live()).toMatchObject({ reached: true });
        expect(await stage.running()).toBe(2);
      });
    });

    describe('what is not ours', () => {
      test('something of the same name that Berth did not make is seen, refused and left as it is', async () => {
        const isUntouched = await stage.plantForeign(ID);
        const read = await target.read(ID);
        expect(read?.ownership).toMatch(/^(foreign|unreadable)$/);
        expect((await target.list()).map(({ id }) => id)).not.toContain(ID);
        expect(problemOf(await readAndPlanApply(target, stage.wanted())).code).toBe('BERTH5042');
        expect(problemOf(await readAndPlanDelete(target, ID)).code).toBe('BERTH5042');
        expect(await isUntouched()).toBe(true);
      });

      test('a plan to create that was made before it came is refused, too', async () => {
        const made = await plan(stage.wanted());
        const isUntouched = await stage.plantForeign(ID);
        expect(await problemCode(run(target, made))).toMatch(/^BERTH50(04|42)$/);
        expect(await isUntouched()).toBe(true);
        expect(await stage.running()).toBe(0);
      });

      test('another file does not take a deployment over unless it is told to', async () => {
        await apply(stage.wanted());
        const theirs = { ...stage.wanted({ replicas: 2 }) };
        const other: Wanted = {
          ...theirs,
          origin: { ...theirs.origin, path: '/elsewhere/vision.berth.yaml' },
          particulars: {},
        };
        expect(problemOf(await readAndPlanApply(target, other)).code).toBe('BERTH5010');
        const taken = planOf(await readAndPlanApply(target, other, { takeOver: true }));
        expect(taken.changes.map(({ text }) => text).join('\n')).toContain('/elsewhere/vision.berth.yaml');
      });
    });

    describe('watch', () => {
      test('it tells what is there at once, and what comes', async () => {
        await apply(stage.wanted({ replicas: 1 }));
        await using watch = watching(target, ID);
        await watch.until(({ status, freshness }) => freshness.state === 'fresh' && status?.revision === 1);
        await apply(stage.wanted({ replicas: 2 }));
        await watch.until(({ status }) => status?.revision === 2 && status.phase === 'running');
      });

      test('a silent one does not look like a calm one, and is heard again', async () => {
        await apply(stage.wanted());
        await using watch = watching(target, ID);
        await watch.until(isFresh);
        const before = Date.now();
        const speak = await stage.silence();
        const silent = await watch.until(({ freshness }) => freshness.state !== 'fresh');
        expect(silent.status?.revision).toBe(1);
        expect((silent.freshness as Exclude<Freshness, { state: 'fresh' }>).since).toBeLessThanOrEqual(Date.now());
        expect(Date.now()).toBeGreaterThanOrEqual(before);
        await speak();
        await watch.until(isFresh);
      });

      test('it outlives a crash', async () => {
        await apply(stage.wanted());
        await using watch = watching(target, ID);
        await watch.until(isFresh);
        await stage.crash();
        await watch.until(({ freshness }) => freshness.state === 'lost');
        await stage.restart();
        await watch.until(isFresh);
      });
    });

    describe('logs', () => {
      test('they are there by who wrote them, and follow what comes until nobody listens', async () => {
        await apply(stage.wanted());
        await stage.write(ID, 'before anybody listened');
        await until(async () => (await texts(target)).some((text) => text.includes('before anybody listened')));
        const ended = new AbortController();
        const seen: LogLine[] = [];
        const following = (async () => {
          for await (const line of target.logs(ID, { follow: true, signal: ended.signal })) seen.push(line);
        })();
        await until(() => seen.some(({ text }) => text.includes('before anybody listened')));
        await stage.write(ID, 'while somebody listens');
        await until(() => seen.some(({ text }) => text.includes('while somebody listens')));
        ended.abort();
        await following;
        const { subject } = seen.find(({ text }) => text.includes('while somebody listens'))!;
        expect(subject).toContain('echo');
        const own = await Array.fromAsync(target.logs(ID, { subject: subject! }));
        expect(own.length).toBeGreaterThan(0);
        expect(own.every((line) => line.subject === subject)).toBe(true);
        expect(await Array.fromAsync(target.logs(ID, { tail: 1 }))).toHaveLength(1);
        expect(await Array.fromAsync(target.logs(ID, { since: Date.now() + 60_000 }))).toEqual([]);
      });
    });

    describe('signals', () => {
      test('a call whose signal has fired ends with its reason', async () => {
        const signal = AbortSignal.abort(new Error('enough'));
        await expect(target.list({ signal })).rejects.toThrow('enough');
        await expect(target.read(ID, { signal })).rejects.toThrow('enough');
        await expect(target.identify({ signal })).rejects.toThrow('enough');
      });
    });
  });
}

async function run(target: DeployTarget, plan: Plan): Promise<readonly ApplyEvent[]> {
  const events: ApplyEvent[] = [];
  await target.apply(plan, { onEvent: (event) => events.push(event) });
  return events;
}

/** An apply under way, once it is accepted. */
async function begun(
  target: DeployTarget,
  plan: Plan,
  signal?: AbortSignal,
): Promise<{ readonly over: Promise<void>; readonly events: readonly ApplyEvent[] }> {
  const events: ApplyEvent[] = [];
  const over = target.apply(plan, { ...(signal && { signal }), onEvent: (event) => events.push(event) });
  over.catch(() => {}); // until somebody waits for it
  await until(() => events.length > 0);
  return { over, events };
}

function planOf(result: PlanResult): Plan {
  if (!result.ok) throw result.problem;
  return result.plan;
}

function problemOf(result: PlanResult): ProblemError {
  if (result.ok) throw new Error('it was planned');
  return result.problem;
}

async function texts(target: DeployTarget): Promise<readonly string[]> {
  return (await Array.fromAsync(target.logs(ID))).map(({ text }) => text);
}

const isFresh = ({ freshness }: Watched): boolean => freshness.state === 'fresh';

/** A watch in the background: waits for the first that fits of what it tells after what was waited for before. */
function watching(
  target: DeployTarget,
  id: DeploymentId,
): AsyncDisposable & { until(fits: (watched: Watched) => boolean): Promise<Watched> } {
  const ended = new AbortController();
  const told: Watched[] = [];
  const following = (async () => {
    for await (const watched of target.watch(id, { signal: ended.signal })) told.push(watched);
  })();
  let seen = 0;
  return {
    until: async (fits) => {
      const next = (): number => told.findIndex((watched, i) => i >= seen && fits(watched));
      await until(() => next() >= 0);
      const at = next();
      seen = at + 1;
      return told[at]!;
    },
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await following;
    },
  };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 60_000, interval: 20 }).toBe(true);
}
