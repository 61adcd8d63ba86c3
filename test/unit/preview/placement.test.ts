import { describe, expect, it } from 'vitest';
import { computePreview, Stopped } from '../../../server/src/preview/compute.ts';
import type { PlacementPreview } from '../../../server/src/preview/model.ts';
import type { TrainingPlacement } from '../../../server/src/spec/types.ts';
import { bytes, ms, placement } from './specs.ts';

/** A diamond: in → left, right → out, each branch 100 µs. */
const diamond = JSON.stringify({
  apiVersion: 'berth.dev/v1alpha1',
  kind: 'Graph',
  metadata: { name: 'diamond' },
  nodes: ['in', 'left', 'right', 'out'].map((name) => ({
    name,
    compute: '100us',
    memory: { persistent: '100MB', output: '1kB' },
  })),
  edges: [
    { from: 'in', to: 'left' },
    { from: 'in', to: 'right' },
    { from: 'left', to: 'out' },
    { from: 'right', to: 'out' },
  ],
});

async function previewed(spec: TrainingPlacement, text = diamond): ReturnType<typeof computePreview> {
  return computePreview({
    spec,
    document: 0,
    graph: { path: spec.graphPath, version: text, text },
    whatIf: {},
    replay: true,
  });
}

describe('preview of a TrainingPlacement', () => {
  it('places every node, and no placement beats the bound', async () => {
    const { preview, findings } = await previewed(placement());
    const shown = preview as PlacementPreview;
    expect(findings).toEqual([]);
    expect(Object.keys(shown.placement)).toEqual(['in', 'left', 'right', 'out']);
    expect(shown.makespanUs).toBeGreaterThanOrEqual(shown.lowerBoundUs);
    expect(shown.compared.map(({ algorithm }) => algorithm)).toEqual([
      'single',
      'm-TOPO',
      'm-ETF',
      'search',
      'm-SCT',
      'exact',
    ]);
    expect(Math.min(...shown.compared.map((row) => row.makespanUs ?? Infinity))).toBe(shown.makespanUs);
    expect(shown.devices.map((device) => device.nodes).reduce((a, b) => a + b)).toBe(4);
  });

  it('counts the transfer times of the graph file that win over the link, none where the link overrides them', async () => {
    const edges = [
      { src: 0, dst: 1, tensors: [{ name: 'a', bytes: 1000, comm_us: 40 }] },
      { src: 1, dst: 2, tensors: [{ name: 'b', bytes: 1000 }] },
    ];
    const nodes = [0, 1, 2].map((id) => ({ id, compute_us: 10, temp_bytes: 0, perm_bytes: 0, out_bytes: 1000 }));
    const recorded = JSON.stringify({ nodes, edges });
    const linkOf = async (override: boolean): Promise<PlacementPreview['link']> => {
      const spec = placement({ link: { ...placement().link, override } });
      return ((await previewed(spec, recorded)).preview as PlacementPreview).link;
    };
    expect(await linkOf(false)).toMatchObject({ given: 1, tensors: 2 });
    expect(await linkOf(true)).toMatchObject({ given: 0, tensors: 2 });
  });

  it('keeps pins, and tells of one that names nothing', async () => {
    const pinned = await previewed(placement({ algorithm: 'm-ETF', pins: { left: 'gpu1' } }));
    expect((pinned.preview as PlacementPreview).placement.left).toBe('gpu1');
    const { findings } = await previewed(placement({ pins: { lft: 'gpu1' } }));
    expect(findings).toMatchObject([{ code: 'BERTH3012', path: ['spec', 'pins', 'lft'] }]);
  });

  it('says which node is larger than every device', async () => {
    const small = placement({ algorithm: 'm-ETF', devices: [{ name: 'gpu0', memory: bytes(5e7) }] });
    const { preview, findings } = await previewed(small);
    expect(preview).toBeNull();
    expect(findings).toMatchObject([{ code: 'BERTH3010', params: { node: 'in', others: 3 } }, { code: 'BERTH3037' }]);
    // With an algorithm that places everything all the same it stays one fault.
    const all = await previewed({ ...small, algorithm: 'auto' });
    expect(all.findings.map(({ code }) => code)).toEqual(['BERTH3010', 'BERTH3037']);
    expect((all.preview as PlacementPreview).sentence).toMatch(
      /^Single does not fit: gpu0 lacks [\d.]+ MiB of memory\.$/,
    );
  });

  it('tells a peak from a limit that is a byte less', async () => {
    const { findings } = await previewed(
      placement({ algorithm: 'single', devices: [{ name: 'gpu0', memory: bytes(400_002_999) }] }),
    );
    expect(findings).toMatchObject([{ code: 'BERTH3014' }, { code: 'BERTH3037' }]);
    const { peak, memory } = findings[0]!.params as { peak: string; memory: string };
    expect(peak).not.toBe(memory);
  });

  it('names every device that lacks memory, and how much, as problem and in the sentence', async () => {
    const devices = [
      { name: 'gpu0', memory: bytes(5e7) },
      { name: 'gpu1', memory: bytes(6e7) },
    ];
    const pins = { in: 'gpu0', left: 'gpu0', right: 'gpu1', out: 'gpu1' };
    const { preview, findings } = await previewed(
      placement({ algorithm: 'pinned', devices, pins }),
      diamond.replaceAll('100MB', '40MB'),
    );
    expect((preview as PlacementPreview).sentence).toBe(
      'Pinned does not fit: gpu0 lacks 28.6 MiB of memory and gpu1 19.1 MiB.',
    );
    expect(findings.map(({ code, params }) => [code, params])).toMatchObject([
      ['BERTH3014', { device: 'gpu0', lacks: '28.6 Mi' }],
      ['BERTH3014', { device: 'gpu1', lacks: '19.1 Mi' }],
      ['BERTH3038', { devices: 2 }],
      ['BERTH3037', {}],
    ]);
  });

  it('says in its sentence which devices have no work, and that fewer devices would be faster', async () => {
    const slow = { ...placement().link, latency: ms(5) };
    const devices = ['gpu0', 'gpu1', 'gpu2'].map((name) => ({ name, memory: bytes(5e8) }));
    const { preview } = await previewed(placement({ algorithm: 'm-TOPO', devices, link: slow }));
    const { sentence } = preview as PlacementPreview;
    expect(sentence).toMatch(/^m-TOPO needs \S+ ms for one step, .* above the best possible, and leaves gpu\d without/);
    const [single] = (preview as PlacementPreview).compared.filter(({ algorithm }) => algorithm === 'single');
    expect(single!.fits).toBe(true);
    expect(sentence).toMatch(/; gpu0 alone would need only 400 µs\.$/);
  });

  it.each([
    ['', 'BERTH3005'],
    ['# nothing yet\n', 'BERTH3005'],
    ['{"nodes": [', 'BERTH3009'],
    ['{"nodes": [{"id": 0, "compute_us": NaN}]}', 'BERTH3009'],
    ['{"nodes": [{"id": 0, "compute_us": 1e999}], "edges": []}', 'BERTH3004'],
    ['[]', 'BERTH3007'],
  ])('says of the graph file %j what is wrong', async (text, code) => {
    const { preview, findings } = await previewed(placement(), text);
    expect(preview).toBeNull();
    expect(findings[0]).toMatchObject({ code, file: '/specs/net.graph.json' });
  });

  it('keeps a class of modules whole that the graph file names, and says of a name that nothing is kept by it', async () => {
    const text = diamond.replace('"name":"diamond"', '"name":"diamond","keepWhole":{"Branch":["left","right"]}');
    const groups = {
      keep: 'none',
      keepWhole: ['Branch', 'Brunch'],
      reserve: 'needed',
      fuse: false,
      adjust: 'none',
    } as const;
    const { findings } = await previewed(placement({ groups }), text);
    expect(findings.map(({ code, path, params }) => [code, path.at(-1), params])).toEqual([
      ['BERTH3060', 1, { name: 'Brunch', suggestion: 'Branch' }],
    ]);
  });

  it('says where no room is left', async () => {
    const devices = [
      { name: 'gpu0', memory: bytes(1.5e8) },
      { name: 'gpu1', memory: bytes(1.5e8) },
    ];
    const { preview, findings } = await previewed(placement({ algorithm: 'm-ETF', devices }));
    expect(preview).toBeNull();
    expect(findings).toMatchObject([
      { code: 'BERTH3011', path: ['spec', 'devices'], params: { algorithm: 'm-ETF' } },
      { code: 'BERTH3038', path: ['spec', 'devices'] },
      { code: 'BERTH3037' },
    ]);
  });

  it('passes on what is wrong with the graph file, with the file', async () => {
    const cyclic = JSON.parse(diamond) as { edges: { from: string; to: string }[] };
    cyclic.edges.push({ from: 'out', to: 'in' });
    const { preview, findings } = await previewed(placement(), JSON.stringify(cyclic));
    expect(preview).toBeNull();
    expect(findings).toMatchObject([{ code: 'BERTH3003', file: '/specs/net.graph.json' }]);
  });

  it('tells of a node what moving it would do: the same as a preview with the node pinned there', async () => {
    const pins = { in: 'gpu0', left: 'gpu0', right: 'gpu1', out: 'gpu0' };
    const spec = placement({ algorithm: 'pinned', pins });
    const graph = { path: spec.graphPath, version: diamond, text: diamond };
    const asked = { spec, document: 0, graph, whatIf: {}, replay: false };
    const { about } = await computePreview({ ...asked, about: 'right' });
    expect(about).toMatchObject({ node: 'right', device: 'gpu1', pinned: true, untried: 0 });
    expect(about!.runs).toHaveLength(1);
    expect(about!.runs[0]!.waits).toMatch(/^waits for in from gpu0: /);
    for (const move of about!.moves) {
      const moved = await previewed({ ...spec, pins: { ...pins, right: move.device } });
      const there = moved.preview as PlacementPreview;
      expect(move.makespanUs).toBe(there.makespanUs);
      expect(move.fits).toBe(there.fits);
      expect(move.peakBytes).toBe(there.devices.find(({ name }) => name === move.device)!.peakBytes);
    }
    expect((await computePreview({ ...asked, about: 'nobody' })).about).toBeNull();
  });

  it('tries pins, and tries to be without one', async () => {
    const spec = placement({ algorithm: 'm-ETF', pins: { left: 'gpu1' } });
    const graph = { path: spec.graphPath, version: diamond, text: diamond };
    const tried = await computePreview({
      ...{ spec, document: 0, graph, replay: false },
      whatIf: { pins: { out: 'gpu1' }, unpinned: ['left'] },
    });
    const shown = tried.preview as PlacementPreview;
    expect(shown.pins).toEqual({ out: 'gpu1' });
    expect(shown.graph.boxes.filter((box) => box.pinned > 0).map((box) => box.id)).toEqual(['node:out']);
  });

  it('tries other numbers and sizes of devices, another link and another algorithm: as the text with them would be', async () => {
    const spec = placement({ algorithm: 'm-ETF' });
    const graph = { path: spec.graphPath, version: diamond, text: diamond };
    const whatIf = { devices: { gpu: { count: 3, memoryBytes: 3e8 } }, bandwidth: 1e6, algorithm: 'm-TOPO' } as const;
    const tried = await computePreview({ spec, document: 0, graph, replay: true, whatIf });
    const devices = [0, 1, 2].map((i) => ({ name: `gpu${i}`, memory: bytes(3e8) }));
    const link = { ...spec.link, bandwidth: 1e6 as typeof spec.link.bandwidth };
    const written = await previewed({ ...spec, devices, link, algorithm: 'm-TOPO' });
    const plain = (preview: PlacementPreview): unknown => ({ ...preview, compared: [] });
    expect(plain(tried.preview as PlacementPreview)).toEqual(plain(written.preview as PlacementPreview));
    expect((written.preview as PlacementPreview).deviceGroups).toEqual([
      { name: 'gpu', memoryBytes: 3e8, devices: ['gpu0', 'gpu1', 'gpu2'] },
    ]);
  });

  it('compares two algorithms, devices that are alike taken for one another', async () => {
    const spec = placement({ algorithm: 'auto' });
    const graph = { path: spec.graphPath, version: diamond, text: diamond };
    const compare = ['m-TOPO', 'single'] as const;
    const { preview } = await computePreview({ spec, document: 0, graph, replay: true, whatIf: { look: { compare } } });
    const { comparison, compared, graph: picture } = preview as PlacementPreview;
    const of = (name: string) => compared.find(({ algorithm }) => algorithm === name)!;
    expect(comparison!.sides.map(({ makespanUs }) => makespanUs)).toEqual(compare.map((name) => of(name).makespanUs));
    expect(comparison!.devices.map(({ peakBytes }) => peakBytes[0])).toEqual(of('m-TOPO').peakBytes);
    // m-TOPO leaves one of the four on a device of its own.
    expect(comparison!.moved).toBe(1);
    expect(comparison!.nodes).toHaveLength(1);
    expect(picture.boxes.reduce((sum, box) => sum + box.moved!, 0)).toBe(1);
    expect(comparison!.words).toMatch(/; 1 node of 4 sits elsewhere\.$/);
    const self = await computePreview({
      ...{ spec, document: 0, graph, replay: true },
      whatIf: { look: { compare: ['single', 'single'] } },
    });
    expect((self.preview as PlacementPreview).comparison).toMatchObject({ moved: 0, renamed: [] });
  });

  it('says case by case how far the placement holds, when it is asked for that', async () => {
    const spec = placement({ algorithm: 'm-ETF' });
    const graph = { path: spec.graphPath, version: diamond, text: diamond };
    const job = { spec, document: 0, graph, whatIf: { look: { sensitivity: true } } };
    const held = (preview: unknown) => (preview as PlacementPreview).sensitivity;
    const quick = await computePreview({ ...job, replay: false });
    expect(quick.partial).toBe(true);
    expect(held(quick.preview)).toBeUndefined();
    const seen: PlacementPreview['sensitivity'][] = [];
    const never = () => false;
    const full = await computePreview({ ...job, replay: true }, never, ({ preview }) => seen.push(held(preview)));
    expect(seen[0]).toMatchObject({ judged: 0, running: true });
    const { axes, judged, cases, running, words } = held(full.preview)!;
    expect([judged, running]).toEqual([cases, false]);
    expect(words).toMatch(/^Keeping the placement costs at most/);
    const unchanged = axes[0]!.points.at(-1)!;
    expect(unchanged).toMatchObject({ factor: 1, keptUs: (full.preview as PlacementPreview).makespanUs, regret: 0 });
    // 100 MB each need more than a twentieth of the memory.
    expect(axes[0]!.points[0]).toMatchObject({ factor: 0.05, keptUs: null, keptFits: 0 });
    const slower = axes[2]!.points.at(-1)!;
    expect(slower.factor).toBe(2);
    expect(slower.keptUs!).toBeGreaterThan(unchanged.keptUs!);

    const stopped = await computePreview({ ...job, replay: true }, never, undefined, undefined, () => true);
    expect(held(stopped.preview)).toMatchObject({ judged: 0, running: false });
  });

  it('has a critical path that is as long as the step', async () => {
    const { preview } = await previewed(placement());
    const { critical, makespanUs, graph } = preview as PlacementPreview;
    expect(critical.computeUs + critical.transferUs).toBe(makespanUs);
    expect(critical.steps[0]!.startUs).toBe(0);
    expect(critical.steps.at(-1)!.endUs).toBe(makespanUs);
    const onPath = graph.boxes.reduce((sum, box) => sum + box.criticalUs, 0);
    expect(onPath).toBe(critical.computeUs);
  });

  it('stops when nobody waits any more', async () => {
    const spec = placement();
    const job = {
      spec,
      document: 0,
      graph: { path: spec.graphPath, version: '1', text: diamond },
      whatIf: {},
      replay: true,
    };
    await expect(computePreview(job, () => true)).rejects.toThrow(Stopped);
  });
});
