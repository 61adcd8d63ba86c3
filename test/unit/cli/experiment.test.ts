import { describe, expect, it } from 'vitest';
import { experimentSvg } from '../../../server/src/cli/experiment/experiment-chart.ts';
import { experimentCsv } from '../../../server/src/cli/experiment/experiment-files.ts';
import { experimentPage } from '../../../server/src/cli/experiment/experiment-page.ts';
import { experimentReport, labels, verdict } from '../../../server/src/cli/experiment/experiment-report.ts';
import { experimentText } from '../../../server/src/cli/experiment/experiment-text.ts';
import { paintFor } from '../../../server/src/cli/terminal.ts';
import { plusMinus } from '../../../server/src/cli/text/number.ts';
import { displayWidth } from '../../../server/src/cli/text/table.ts';
import type { Outcome } from '../../../server/src/faro/experiment/comparison.ts';
import { trialsOf, type Axes, type Trial } from '../../../server/src/faro/experiment/grid.ts';
import { cluster, job } from '../preview/specs.ts';

const plain = paintFor(process.stdout, { FORCE_COLOR: '0' });

function outcome({ policy, capacity, seed }: Trial): Outcome {
  const base = { fairShare: 0.4, faro: 0.02, berth: 0.01 }[policy as string] ?? 0.1;
  const violationRate = (base * (1 + seed / 100)) / ((capacity ?? 8) / 8);
  const totals = { violationRate, lostUtility: 4 * violationRate, lostEffectiveUtility: 3 * violationRate };
  const rest = { requests: 72_000, failed: 12, meanMs: null, p99Ms: 610.5, averageReplicas: 7.25 };
  return { ...totals, ...rest, perJob: ['a', '<b>'].map((name) => ({ name, ...totals, ...rest })) };
}

function reportOf(change: Partial<Axes> = {}) {
  const axes: Axes = {
    policies: ['fairShare', 'faro', 'berth'],
    objectives: ['Sum'],
    sheddings: ['bounded'],
    capacities: [16, 4],
    seeds: [1, 2, 3],
    ...change,
  };
  const spec = cluster({ name: 'vision', jobs: [job('a'), job('b')] });
  return experimentReport(spec, axes, trialsOf(axes).map(outcome));
}

describe('the words of an experiment', () => {
  it('say who is best where', () => {
    expect(verdict(reportOf())).toBe('The fewest requests are over their SLO with berth at 4 and 16 replicas.');
    expect(verdict(reportOf({ capacities: [1], policies: ['faro'] }))).toMatch(/ with faro at 1 replica\.$/);
  });

  it('name a variant by what is tried of it', () => {
    expect(labels(reportOf())).toEqual(['fairShare', 'faro', 'berth']);
    expect(labels(reportOf({ objectives: ['Sum', 'Fair'], sheddings: ['none', 'deadline'] }))).toEqual([
      'fairShare',
      'faro Sum',
      'faro Fair',
      'berth none',
      'berth deadline',
    ]);
  });

  it('take the capacity of the spec where none is tried', () => {
    expect(reportOf({ capacities: [null] })).toMatchObject({ capacities: [8], unit: 'replicas' });
  });

  it('fit a terminal', () => {
    const lines = experimentText(reportOf(), plain, 80);
    expect(lines.join('\n')).toMatch(/^4 replicas$[^]*^berth +★ 2\.04 ± 0\.02 % [^]*^16 replicas$/m);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(80);
  });
});

describe('figures with their deviation', () => {
  it.each([
    [3.14159, 0.0812, '3.14 ± 0.08'],
    [23.92, 0.031, '23.92 ± 0.03'],
    [4, 0, '4.00 ± 0.00'],
    [0.0718, 0.00381, '0.0718 ± 0.0038'],
    [0.5, null, '0.500'],
    [0, null, '0'],
    [9.9999e-9, 0, '0.0000 ± 0.0000'],
    [1234.5, 67, '1235 ± 67'],
  ])('%d ± %d', (mean, deviation, written) => {
    expect(plusMinus(mean, deviation)).toBe(written);
  });
});

describe('the files of an experiment', () => {
  it('as a table for other tools have one line a simulation', () => {
    const [head, first, ...rest] = experimentCsv(reportOf()).trimEnd().split('\n');
    expect(head).toBe(
      'policy,objective,shedding,capacity,seed,violationRate,lostUtility,lostEffectiveUtility,requests,failed,meanMs,p99Ms,averageReplicas',
    );
    expect(first).toMatch(/^fairShare,,,16,1,0\.202,[\d.]+,[\d.]+,72000,12,,610\.5,7\.25$/);
    expect(rest).toHaveLength(2 * 3 * 3 - 1);
  });

  it.each([
    ['over capacities', {}],
    ['at one capacity', { capacities: [8] }],
    ['with one seed', { seeds: [1] }],
    [
      'with more variants than colours',
      { objectives: ['Sum', 'Fair', 'FairSum', 'PenaltySum'], policies: ['faro', 'static', 'berth'] },
    ],
  ] as const)('as a picture and a page hold together: %s', (_, change) => {
    const report = reportOf(change);
    const [picture, page] = [experimentSvg(report), experimentPage(report)];
    for (const text of [picture, page]) {
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
      expect(text).toContain('prefers-color-scheme: dark');
      expect(text).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg")/);
    }
    expect(page.match(/<svg [^>]*role="img" aria-label="/g)).toHaveLength(3);
    expect(page.match(/<table>/g)).toHaveLength(2 * report.capacities.length);
    expect(page).toContain('&lt;b&gt;');
    for (const label of labels(report)) expect(picture).toContain(`>${label}</text>`);
  });

  it('keep within the picture, and labels apart', () => {
    const numbers = [...experimentSvg(reportOf()).matchAll(/ (?:x|y|cx|cy|x1|y1|x2|y2)="([-\d.]+)"/g)].map(([, n]) =>
      Number(n),
    );
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(720);
  });
});
