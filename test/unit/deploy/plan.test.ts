import { describe, expect, it } from 'vitest';
import { contentHash } from '../../../server/src/deploy/plan/content-hash.ts';
import { planApply, planDelete, planRollback, readAndPlanApply } from '../../../server/src/deploy/plan/plan.ts';
import { checkPlan, readPlan, writePlan } from '../../../server/src/deploy/plan/plan-file.ts';
import type { Live, Wanted } from '../../../server/src/deploy/live.ts';
import type { PlanOptions } from '../../../server/src/deploy/plan/plan.ts';
import type { DeployTarget } from '../../../server/src/deploy/target.ts';
import { KINDS } from '../../../server/src/spec/types.ts';
import type { Desired, Plan } from '../../../server/src/deploy/types.ts';
import { serving } from '../../fixtures/serving-sketch.ts';
import { HERE, wanted } from '../../fixtures/wanted.ts';

const three = serving({ jobs: [{ name: 'search', replicas: 3 }] });
const five = serving({ jobs: [{ name: 'search', replicas: 5 }] });

function live(desired: Desired, more: Partial<Live> = {}): Live {
  const revisions = [{ revision: 4, hash: contentHash(desired), at: 0, cause: 'apply' as const }];
  const { id, kind, name } = desired;
  const status = {
    id,
    kind,
    name,
    revision: 4,
    phase: 'running',
    summary: '',
    at: 0,
    faults: [],
    jobs: [],
    metricsUrl: '',
  } as unknown as Live['status'];
  return {
    ownership: 'ours',
    id,
    target: 'local',
    ...wanted(desired),
    revision: 4,
    hash: contentHash(desired),
    status,
    revisions,
    reads: [{ object: id, version: '4' }],
    drift: [],
    reached: true,
    complete: true,
    ...more,
  };
}

function planned(from: Live | undefined, towards: Desired | Wanted, options: PlanOptions = {}): Plan {
  const result = planApply(from, 'desired' in towards ? towards : wanted(towards), HERE, options);
  if (!result.ok) throw result.problem;
  return result.plan;
}

describe('drift', () => {
  const drift = [{ path: 'jobs.search.replicas', text: 'search: 2 of 3 replicas answer' }];
  const drifted = live(three, { drift, reached: false });

  it('is listed beside what the text asks for, and mended by the same plan', () => {
    expect(planned(drifted, three)).toMatchObject({
      action: 'update',
      changes: [],
      drift,
      desired: three,
      steps: [{ path: 'jobs.search.replicas', reason: 'drift', reversible: true }],
    });
    expect(planned(drifted, five)).toMatchObject({
      changes: [{ text: 'search: replicas 3 → 5' }],
      drift,
      steps: [{ reason: 'change' }, { reason: 'drift' }],
    });
  });

  it('is none where a part could not be read', () => {
    expect(planned(live(three, { complete: false }), three)).toMatchObject({ action: 'none', drift: [] });
  });
});

describe('a plan', () => {
  it('creates what is not there', () => {
    const plan = planned(undefined, three);
    expect(plan).toMatchObject({
      action: 'create',
      live: null,
      desired: three,
      cause: 'apply',
      deployment: three.id,
      target: 'local',
    });
    expect(plan.id).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('names the live state it was made from', () => {
    expect(planned(live(three), five)).toMatchObject({
      action: 'update',
      live: { revision: 4, hash: contentHash(three) },
      changes: [
        { action: 'update', path: 'jobs.search.replicas', before: '3', after: '5', text: 'search: replicas 3 → 5' },
      ],
    });
  });

  it('does nothing where nothing differs, or only what means nothing', () => {
    expect(planned(live(three), structuredClone(three))).toMatchObject({ action: 'none', changes: [], unchanged: 0 });
    const two = serving({ jobs: [{ name: 'a' }, { name: 'b' }] });
    expect(planned(live(two), serving({ jobs: [{ name: 'b' }, { name: 'a' }] }))).toMatchObject({
      action: 'none',
      unchanged: 1,
      desired: two,
    });
  });

  it('finishes what was begun', () => {
    expect(planned(live(three, { reached: false }), three)).toMatchObject({
      action: 'update',
      changes: [{ text: 'finish revision 4, which has not been reached' }],
    });
  });

  it('leaves what another file deployed alone, unless it says that it takes it over', () => {
    const other = wanted(five, { source: '/other.berth.yaml' });
    const refused = planApply(live(three), other, HERE);
    expect(refused).toMatchObject({
      ok: false,
      problem: { code: 'BERTH5010', message: expect.stringContaining('/somewhere/vision.berth.yaml') },
    });
    expect(planned(live(three), other, { takeOver: true }).changes[0]).toMatchObject({
      path: 'source',
      after: '/other.berth.yaml',
    });
  });

  it('goes back, and deletes, by the same rules', () => {
    expect(planRollback(live(five), wanted(three), HERE)).toMatchObject({
      action: 'update',
      cause: 'rollback',
      desired: three,
      changes: [{ text: 'search: replicas 5 → 3' }],
    });
    expect(planDelete(live(three), HERE)).toMatchObject({
      action: 'delete',
      cause: 'delete',
      desired: null,
      live: { revision: 4 },
      changes: [{ text: '- InferenceCluster vision on local' }],
    });
  });

  it('survives a file, and shows when it was edited', () => {
    const plan = planned(live(three), five);
    const text = writePlan(plan);
    expect(readPlan(text)).toEqual({ ok: true, plan });
    for (const damage of [
      text.slice(0, -20),
      text.replace('"search": 5', '"search": 6'),
      text.replace(/"id": "sha256:./, '"id": "sha256:x'),
      '[]',
      '1',
      '{}',
    ])
      expect(readPlan(damage)).toMatchObject({ ok: false, problem: { code: 'BERTH5025' } });
  });

  it('is the same plan when nothing changed, and another when anything did', () => {
    const plan = planned(live(three), five);
    expect(planned(live(structuredClone(three)), structuredClone(five)).id).toBe(plan.id);
    expect(planned(live(three, { revision: 5 }), five).id).not.toBe(plan.id);
    expect(checkPlan({ ...plan, more: 1 })).toMatchObject({ ok: false });
  });
});

describe('planning with a target', () => {
  const target = (more: Partial<DeployTarget>): DeployTarget =>
    ({
      ref: 'local',
      abilities: async () => ({ kinds: KINDS, actions: [], followLogs: false }),
      identify: async () => HERE,
      read: async () => undefined,
      ...more,
    }) as DeployTarget;

  it('seals in who answered, and what was looked at', async () => {
    const result = await readAndPlanApply(target({ read: async () => live(three) }), wanted(five));
    expect(result).toMatchObject({ plan: { identity: HERE, reads: [{ object: three.id, version: '4' }] } });
  });

  it.each<[string, Partial<DeployTarget>, string]>([
    [
      'what it cannot run',
      { abilities: async () => ({ kinds: ['Federation'], actions: [], followLogs: false }) },
      'BERTH5041',
    ],
    [
      'what somebody else made',
      {
        read: async () => ({
          ownership: 'foreign',
          id: three.id,
          target: 'local',
          detail: 'helm manages it',
          reads: [],
        }),
      },
      'BERTH5042',
    ],
    [
      'what it would not take',
      { check: async () => [{ path: 'jobs.search', detail: 'the quota is exceeded', manager: 'hpa' }] },
      'BERTH5043',
    ],
  ])('plans nothing for %s', async (_what, more, code) => {
    expect(await readAndPlanApply(target(more), wanted(three))).toMatchObject({ ok: false, problem: { code } });
  });
});
