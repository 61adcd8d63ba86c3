import { describe, expect, it } from 'vitest';
import {
  checkShape,
  listOf,
  mapOf,
  nullable,
  number,
  object,
  oneOf,
  optional,
  taggedBy,
  text,
  whole,
} from '../../../server/src/deploy/shape.ts';
import { live, status } from '../../../server/src/deploy/shapes.ts';

type Sight = { readonly kind: 'near'; readonly at: number } | { readonly kind: 'far'; readonly who: string };

interface Report {
  readonly name: string;
  readonly count?: number;
  readonly mood: 'good' | 'bad' | null;
  readonly sights: readonly Sight[];
  readonly sums: Readonly<Record<string, number>>;
}

const report = object<Report>({
  name: text,
  count: optional(whole),
  mood: nullable(oneOf('good', 'bad')),
  sights: listOf(
    taggedBy<Sight, 'kind'>('kind', {
      near: object<Extract<Sight, { kind: 'near' }>>({ kind: oneOf('near'), at: number }),
      far: object<Extract<Sight, { kind: 'far' }>>({ kind: oneOf('far'), who: text }),
    }),
  ),
  sums: mapOf(number),
});

const sound = { name: 'a', mood: null, sights: [{ kind: 'far', who: 'x' }], sums: { a: 1 } };

describe('a shape', () => {
  it('lets through what has it, with more than it asks for', () => {
    const more = { ...sound, count: 3, further: true };
    expect(checkShape(report, more)).toEqual({ ok: true, value: more });
  });

  it.each([
    [null, 'is no object'],
    [[], 'is no object'],
    [{ ...sound, name: undefined }, 'name is missing'],
    [{ ...sound, name: 1 }, 'name is no text'],
    [{ ...sound, count: 1.5 }, 'count is no whole number'],
    [{ ...sound, mood: 'sad' }, 'mood is none of good, bad'],
    [{ ...sound, sights: {} }, 'sights is no list'],
    [{ ...sound, sights: [{ kind: 'far', who: 1 }] }, 'sights.0.who is no text'],
    [{ ...sound, sights: [{ kind: 'near', at: 1 }, { kind: 'beyond' }] }, 'sights.1.kind is none of near, far'],
    [{ ...sound, sums: { a: 1, b: 'c' } }, 'sums.b is no number'],
  ])('says where the first fault of %j lies', (value, detail) => {
    expect(checkShape(report, value)).toEqual({ ok: false, detail });
  });
});

it('holds for what targets say', () => {
  // A deployment of which nothing runs yet has no address.
  const base = { id: 'InferenceCluster/vision', name: 'vision', revision: 1, phase: 'starting', summary: '', at: 0 };
  expect(status({ ...base, kind: 'InferenceCluster', faults: [], jobs: [] })).toBeUndefined();
  expect(status({ kind: 'InferenceCluster', id: 'InferenceCluster/../x' })).toBe('id is no Kind/name');
  expect(status({ kind: 'Elsewhere' })).toContain('kind is none of');
  expect(live({ ownership: 'foreign' })).toBe('ownership is none of ours');
});
