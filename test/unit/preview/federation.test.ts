import { describe, expect, it } from 'vitest';
import { previewFederation } from '../../../server/src/preview/federation.ts';
import { explain } from '../../../server/src/spec/problems.ts';
import { federation } from './specs.ts';

describe('preview of a Federation', () => {
  it('shows who meets whom, and that nine sites learn only the mean in two iterations', () => {
    const { preview, findings } = previewFederation(federation(9), 0);
    expect(findings).toEqual([]);
    expect(preview?.gap).toBe(4);
    expect(preview?.partitions.map((groups) => groups.flat().sort())).toEqual(new Array(4).fill(preview?.sites));
    expect(preview?.leaks.map(({ dimension, words }) => [dimension, words])).toEqual(
      new Array(9).fill([1, 'the mean only']),
    );
    expect(preview?.sentence).toBe(
      'Nine sites average in 2 iterations; none of them learns more than the mean, and no two meet twice within 4 iterations.',
    );
  });

  it('refuses a third iteration, and offers two', () => {
    const { preview, findings } = previewFederation(federation(9, { pattern: { groupSize: 3, iterations: 3 } }), 0);
    expect(preview?.meanOnly).toBe(false);
    expect(findings).toMatchObject([
      {
        code: 'BERTH4003',
        path: ['spec', 'pattern', 'iterations'],
        params: { dimension: 2, safe: 2 },
        suggestions: [{ value: 2 }],
      },
    ]);
  });

  it('finds the two sites that together learn a third one, where two may collude', () => {
    const { findings } = previewFederation(federation(15, { privacy: { collusion: 2 } }), 0);
    // A single iteration would be safe, but is no average: it is not offered.
    expect(findings).toMatchObject([{ code: 'BERTH4004', params: { collusion: 2, safe: 1 }, suggestions: [] }]);
    expect(explain('BERTH4004', findings[0]!.params as never).hint).not.toContain('iterations: 1');
  });

  it('names group sizes that exist where the wanted one does not', () => {
    const { preview, findings } = previewFederation(federation(9, { pattern: { groupSize: 7, iterations: 2 } }), 0);
    expect(preview).toBeNull();
    expect(findings).toMatchObject([{ code: 'BERTH4002', path: ['spec', 'pattern', 'groupSize'] }]);
    const offered = findings[0]?.suggestions.map(({ value }) => value as number) ?? [];
    expect(offered.length).toBeGreaterThan(0);
    for (const groupSize of offered) {
      expect(previewFederation(federation(9, { pattern: { groupSize, iterations: 2 } }), 0).preview).not.toBeNull();
    }
  });

  it('knows that somebody must be left to protect', () => {
    expect(previewFederation(federation(9, { privacy: { collusion: 8 } }), 0).findings).toMatchObject([
      { code: 'BERTH4006' },
    ]);
  });

  it.each([1, 2, 3])('says of %i sites that they are too few, whatever they guard against', (sites) => {
    expect(previewFederation(federation(sites), 0).findings).toMatchObject([{ code: 'BERTH4001', params: { sites } }]);
  });

  it('says what one iteration lacks', () => {
    const { preview, findings } = previewFederation(federation(9, { pattern: { groupSize: 3, iterations: 1 } }), 0);
    expect(preview?.sentence).toMatch(/^Nine sites average in 1 iteration; none of them learns more than the mean/);
    expect(findings).toMatchObject([{ code: 'BERTH4007', params: { iterations: 1 } }]);
    expect(explain('BERTH4007', findings[0]!.params as never)).toMatchObject({ hint: 'Use more iterations.' });
  });
});
