import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { displayWidth } from '../../../server/src/cli/text/table.ts';
import { previewText } from '../../../server/src/cli/text/preview-text.ts';
import type { InferencePreview } from '../../../server/src/preview/model.ts';

const same = (text: string): string => text;
const plain = { bold: same, dim: same, red: same, green: same, yellow: same };
const preview = JSON.parse(
  readFileSync(new URL('../../fixtures/previews/inference.json', import.meta.url), 'utf8'),
) as InferencePreview;
const textOf = (change: Partial<InferencePreview>, width = 80): string =>
  previewText({ ...preview, ...change }, plain, width).join('\n');
const renamed = (name: (index: number) => string): InferencePreview['jobs'] =>
  preview.jobs.map((job, index) => ({ ...job, name: name(index) }));

describe('the preview of an InferenceCluster as text', () => {
  it('says why each job has what it has, once where it is the same', () => {
    const [first, ...others] = preview.jobs;
    const why = { ...first!.why, words: 'It has its minimum of 1 replica; a further one would not raise its utility.' };
    const text = textOf({ jobs: [first!, ...others.map((job) => ({ ...job, why }))] });
    expect(text).toContain(`\n${first!.name}: `);
    expect(text.match(/It has its minimum/g)).toHaveLength(1);
    expect(text).toContain(' and 6 more: ');
  });

  it('has a sign before what one replica more would do, a loss included', () => {
    const [first, ...others] = preview.jobs;
    expect(textOf({ jobs: [{ ...first!, gain: -1.2932 }, ...others] })).toContain(' −1.29\n');
  });

  it('names the percentile of each job where they differ', () => {
    const [first, ...others] = preview.jobs;
    expect(textOf({})).toMatch(/^job .* p99 /m);
    const mixed = textOf({ jobs: [{ ...first!, percentile: 95 }, ...others] });
    expect(mixed).toMatch(/^job .* latency /m);
    expect(mixed).toMatch(new RegExp(`^${first!.name} .* p95 `, 'm'));
  });

  it('keeps long names apart in 80 columns, and gives up the bars for them', () => {
    const text = textOf({ jobs: renamed((index) => `recommendation-ranking-model-for-region-${index}`) });
    const rows = text.split('\n').filter((line) => line.startsWith('recom') && line.includes('…'));
    expect(new Set(rows.map((row) => row.split(' ')[0])).size).toBe(preview.jobs.length);
    expect(rows.join()).not.toContain('█');
    expect(text.split('\n').filter((line) => displayWidth(line) > 80)).toEqual([]);
  });

  it('has one bar a resource, the tightest first', () => {
    const GIB = 2 ** 30;
    const takes: number[] = [];
    const resources = [
      { name: 'accelerators', capacity: 8, used: 8, enough: 8, takes },
      { name: 'memory', capacity: 128 * GIB, used: 98.5 * GIB, enough: null, takes },
    ];
    expect(textOf({ capacity: { ...preview.capacity, resources } })).toMatch(
      /^accelerators +█{20} +8 of 8 accelerators +all used\nmemory +█+.· *·* +98\.5 GiB of 128 GiB of memory$/m,
    );
  });

  it('sorts policies by what they leave over the SLO, and says where forecasts know no past', () => {
    const text = textOf({});
    const shares = [...text.matchAll(/^(?:Berth|Faro|MArk|AIAD|Oneshot|FairShare|Static)(?: ◂)? +([\d.]+)/gm)];
    const over = shares.map(([, share]) => Number(share));
    expect(over).toHaveLength(preview.replay!.policies.length);
    expect(over).toEqual([...over].sort((a, b) => a - b));
    expect(text).toContain('autoscaler.forecast');
    expect(textOf({ replay: { ...preview.replay!, trainedForecast: true } })).not.toContain('autoscaler.forecast');
  });

  it('tells the peak and the time of what it draws as a line', () => {
    const [first] = preview.replay!.series;
    const text = textOf({}, 80);
    expect(text).toMatch(/^requests a minute .*peak$/m);
    const peak = Math.max(...first!.arrivalsPerMinute).toLocaleString('en-US');
    expect(text).toMatch(new RegExp(`^${first!.job} +[▁▂▃▄▅▆▇█]+ +${peak}$`, 'm'));
    expect(text).toMatch(/^ +0 min +30 min/m);
  });

  it('marks the policy of the spec', () => {
    expect(textOf({})).toMatch(/^Faro ◂ .*\d/m);
  });
});
