import { describe, expect, it } from 'vitest';
import { chartOf, experimentSvg } from '../../../server/src/cli/experiment/experiment-chart.ts';
import { COMPARED } from '../../../server/src/cli/experiment/experiment-figure.ts';
import { experimentCsv, experimentJson } from '../../../server/src/cli/experiment/experiment-files.ts';
import { experimentPage } from '../../../server/src/cli/experiment/experiment-page.ts';
import { labels, verdict } from '../../../server/src/cli/experiment/experiment-report.ts';
import { experimentText } from '../../../server/src/cli/experiment/experiment-text.ts';
import { paintFor } from '../../../server/src/cli/terminal.ts';
import { plusMinus } from '../../../server/src/cli/text/number.ts';
import { displayWidth } from '../../../server/src/cli/text/table.ts';
import type { Trial } from '../../../server/src/faro/experiment/grid.ts';
import { listOf } from '../../../server/src/preview/words.ts';
import { POLICIES } from '../../../server/src/spec/types.ts';
import { report } from './experiment-sample.ts';

const plain = paintFor(process.stdout, { FORCE_COLOR: '0' });

/** Three policies, each better than the one before, and all better with more replicas. */
const ordered = ({ policy, capacity, seed }: Trial): number =>
  ((({ fairShare: 0.4, faro: 0.02, berth: 0.01 })[policy as string] ?? 0.1) * (1 + seed / 100)) / ((capacity ?? 8) / 8);
const three = { policies: ['fairShare', 'faro', 'berth'], capacities: [16, 4], seeds: [1, 2, 3] } as const;

describe('the words of an experiment', () => {
  it('name who is best at which capacity', () => {
    const rates = report({ capacities: [36, 16, 32] }, ({ policy, capacity }) =>
      (policy === 'aiad') === (capacity === 16) ? 0.1 : 0.2,
    );
    expect(verdict(rates)).toBe(
      'The fewest requests are over their SLO with aiad at 16 replicas, and with fairShare at 32 and 36 replicas.',
    );
  });

  it('name all who share the first place, and nobody where all are alike', () => {
    const two = report({ policies: ['faro', 'aiad', 'mark'] }, ({ policy }) => (policy === 'mark' ? 0.2 : 0.1));
    expect(verdict(two)).toBe('The fewest requests are over their SLO with faro and aiad at 8 replicas.');
    const alike = report({}, () => 0);
    expect(verdict(alike)).toBe('The fewest requests are over their SLO with every policy alike at 8 replicas.');
    expect(experimentText(alike, plain, 80).join()).not.toContain('★');
    expect(experimentPage(alike)).not.toContain('★ ');
  });

  it('compare nothing where there is one policy', () => {
    const one = report({ policies: ['aiad'], capacities: [1, 32] }, ({ seed, capacity }) => (seed * 0.3) / capacity!);
    expect(verdict(one)).toBe(
      'With aiad 45.0 ± 21.2 % of the requests are over their SLO at 1 replica and 1.41 ± 0.66 % at 32 replicas.',
    );
  });

  it('name a variant by what is tried of it', () => {
    expect(labels(report(three, ordered))).toEqual(['fairShare', 'faro', 'berth']);
    const more = { ...three, objectives: ['Sum', 'Fair'], sheddings: ['none', 'deadline'] } as const;
    const names = ['fairShare', 'faro Sum', 'faro Fair', 'berth none', 'berth deadline'];
    expect(labels(report(more, ordered))).toEqual(names);
  });

  it('say what is done in place of a part that is left out', () => {
    const ablated = report({ ...three, ablations: ['spread', 'utility'] }, ordered);
    expect(labels(ablated).slice(2)).toEqual(['berth', 'without spread', 'without utility']);
    expect(experimentText(ablated, plain, 80).slice(-2)).toEqual([
      "Without spread: the forecast's median is taken for certain.",
      'Without utility: requests over the SLO are all that is lost.',
    ]);
    expect(experimentPage(ablated)).toContain('<li>Without utility: requests over the SLO are all that is lost.</li>');
  });

  it('take the capacity of the spec where none is tried', () => {
    expect(report({ capacities: [null] }, ordered)).toMatchObject({ capacities: [8], unit: 'replicas' });
  });

  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b', 'c'], 'a, b and c'],
  ])('list %j', (parts, words) => expect(listOf(parts, Infinity)).toBe(words));
});

describe('an experiment on a terminal', () => {
  it('has a table for each capacity', () => {
    const lines = experimentText(report(three, ordered), plain, 80);
    expect(lines.join('\n')).toMatch(/^4 replicas$[^]*^berth +★ 2\.04 ± 0\.02 [^]*^16 replicas$/m);
  });

  it('has all policies with their names in 80 columns', () => {
    const tiny = report({ policies: POLICIES, sheddings: ['none', 'deadline'] }, ({ seed }) => 0.0001 * seed);
    const lines = experimentText(tiny, plain, 80);
    expect(lines.filter((line) => displayWidth(line) > 80)).toEqual([]);
    for (const label of labels(tiny)) expect(lines.some((line) => line.startsWith(`${label} `))).toBe(true);
  });
});

describe('figures with their deviation', () => {
  it.each([
    [3.14159, 0.0812, '3.14 ± 0.08'],
    [23.92, 0.031, '23.92 ± 0.03'],
    [4, 0, '4.00 ± 0.00'],
    [3.97916, 0.00002, '3.98 ± 0.00'],
    [0.26431, 0.00004, '0.264 ± 0.000'],
    [0.0718, 0.00381, '0.0718 ± 0.0038'],
    [0.5, null, '0.500'],
    [0, null, '0'],
    [99.96, 1, '100.0 ± 1.0'],
    [9.9999e-9, 0, '0.0000 ± 0.0000'],
    [1234.5, 67, '1235 ± 67'],
  ])('%d ± %d', (mean, deviation, written) => {
    expect(plusMinus(mean, deviation)).toBe(written);
  });
});

describe('the charts of an experiment', () => {
  it('go over the capacities where there are several, with one mark for each', () => {
    const { body, title } = chartOf(
      report({ capacities: [16, 32, 36] }, ({ seed }) => 0.1 * seed),
      COMPARED[0]!,
    );
    expect(title).toBe('Requests over their SLO, from 16 to 36 replicas');
    expect(body.match(/<polyline/g)).toHaveLength(2 * 2);
  });

  it.each([
    ['nothing was over the SLO', () => 0],
    ['the figures lie far apart', ({ policy }: Trial) => (policy === 'aiad' ? 0.5 : 0.0001)],
    ['there is nothing at one end alone', ({ policy }: Trial) => (policy === 'aiad' ? 0.5 : 0)],
  ])('can be drawn where %s', (_, violation) => {
    for (const capacities of [[8], [8, 16]])
      expect(experimentSvg(report({ capacities }, violation))).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('give every variant a mark and, past the eighth, a dash as well', () => {
    const policies = ['faro', 'static', 'aiad', 'mark', 'oneshot'] as const;
    const many = report({ policies, objectives: ['Sum', 'Fair', 'FairSum'], capacities: [8, 9] }, () => 0.1);
    expect(chartOf(many, COMPARED[0]!).body).toContain('stroke-dasharray');
  });

  it('keep within the picture', () => {
    const picture = experimentSvg(report(three, ordered));
    const numbers = [...picture.matchAll(/ (?:x|y|cx|cy|x1|y1|x2|y2)="([-\d.]+)"/g)].map(([, n]) => Number(n));
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(720);
  });
});

describe('the files of an experiment', () => {
  it.each([
    ['over capacities', {}],
    ['at one capacity', { capacities: [8] }],
    ['with one seed', { seeds: [1] }],
    ['with more variants than colours', { objectives: ['Sum', 'Fair', 'FairSum', 'PenaltySum'] }],
  ] as const)('as a picture and a page hold together, and follow light and dark: %s', (_, change) => {
    const shown = report({ ...three, policies: ['faro', 'static', 'berth'], ...change }, ordered);
    const [picture, page] = [experimentSvg(shown), experimentPage(shown)];
    for (const text of [picture, page]) {
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
      expect(text).not.toMatch(/<script|<link|url\(|@import|https?:\/\/(?!www\.w3\.org\/2000\/svg")/);
      expect(text).toContain('prefers-color-scheme: dark');
    }
    expect(page.match(/<svg [^>]*role="img" aria-label="/g)).toHaveLength(3);
    expect(page.match(/<table aria-label=/g)).toHaveLength(2 * shown.capacities.length);
    expect(page).toContain('&lt;tags&gt;');
    for (const label of labels(shown)) expect(picture).toContain(`>${label}</text>`);
  });

  it('as a table for other tools have one line a simulation, and nothing where there is no number', () => {
    expect(
      experimentCsv(report({ capacities: [8, 16], seeds: [7] }, () => 0.25))
        .trimEnd()
        .split('\n'),
    ).toEqual([
      'policy,objective,shedding,without,capacity,seed,violationRate,lostUtility,lostEffectiveUtility,requests,failed,meanMs,p99Ms,averageReplicas',
      'fairShare,,,,8,7,0.25,0.75,0.5,100,0,5,,4',
      'aiad,,,,8,7,0.25,0.75,0.5,100,0,5,,4',
      'fairShare,,,,16,7,0.25,0.75,0.5,100,0,5,,4',
      'aiad,,,,16,7,0.25,0.75,0.5,100,0,5,,4',
    ]);
  });

  it('as data have no deviation where there is one seed', () => {
    const [first] = (experimentJson(report({ seeds: [7] }, () => 0.25)) as { variants: unknown[] }).variants;
    const violationRate = { mean: 0.25, deviation: null };
    expect(first).toMatchObject({
      policy: 'fairShare',
      objective: null,
      shedding: null,
      without: null,
      capacity: 8,
      violationRate,
    });
  });
});
