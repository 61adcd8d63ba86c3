import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { previewSvg } from '../../../server/src/cli/picture/preview-picture.ts';
import type { InferencePreview, PlacementPreview, Preview } from '../../../server/src/preview/model.ts';

const read = <T extends Preview>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../fixtures/previews/${name}.json`, import.meta.url), 'utf8')) as T;
const inference = read<InferencePreview>('inference');
const placement = read<PlacementPreview>('placement');

describe('the picture of a preview', () => {
  it.each(['inference', 'placement', 'federation', 'federation-leaking'])('has no number that is none: %s', (name) => {
    expect(previewSvg([read(name)])).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('shows all documents of a file, each with its name', () => {
    const picture = previewSvg([inference, placement, read('federation')]);
    for (const name of [inference.name, placement.name, 'hospitals']) expect(picture).toContain(`>${name}</text>`);
    expect(picture.match(/<svg /g)).toHaveLength(1);
  });

  it('lets no name be markup', () => {
    const picture = previewSvg([{ ...inference, name: '<b>&"' }]);
    expect(picture).toContain('&lt;b&gt;&amp;&quot;');
    expect(picture).not.toContain('<b>');
  });

  it('counts what it leaves out of a large one', () => {
    const [job] = inference.jobs;
    const jobs = Array.from({ length: 40 }, (_, i) => ({ ...job!, name: `job${i}` }));
    expect(previewSvg([{ ...inference, jobs, replay: null }])).toContain('… and 16 more jobs');
    const [device] = placement.devices;
    const devices = Array.from({ length: 100 }, (_, i) => ({ ...device!, name: `gpu${i}` }));
    expect(previewSvg([{ ...placement, devices }])).toContain('… and 68 more devices');
  });

  it('says of a device that it has no work', () => {
    const [device, ...others] = placement.devices;
    expect(previewSvg([placement])).not.toContain('without work');
    expect(
      previewSvg([{ ...placement, devices: [...others, { ...device!, nodes: 0, busyUs: 0, intervals: [] }] }]),
    ).toContain('without work');
  });
});
