/**
 * What the engines say, beside the words that it is about: `→ 5 replicas, 610 ms`. As short as can be, for the edge of a narrow editor
 * cuts what stands behind the text; the rest is in the tooltip.
 */
import type { DevicePreview, FederationPreview, JobPreview, PlacementPreview } from '../preview/model.ts';
import { figureOf, percent, three } from '../preview/words.ts';
import { bytes, milliseconds } from './amount.ts';
import { leakOf, MISSED } from './answer.ts';
import { formatQuantity } from '../spec/quantities/quantity.ts';
import type { Range } from '../spec/problems/catalogue.ts';
import type { YamlNode } from '../spec/yaml/tree.ts';
import type { Knowledge, OpenDocument } from './document.ts';
import { sections } from './section.ts';
import { writtenDevices } from './written-device.ts';

export interface InlayHint {
  readonly offset: number;
  readonly label: string;
  /** Plain words. */
  readonly tooltip: string;
}

/** @param range what the editor shows; hints outside of it are left out. */
export function inlayHints(doc: OpenDocument, knowledge: Knowledge, range: Range): InlayHint[] {
  if (doc.type === 'graph') return [];
  return sections(doc)
    .filter((section) => section.range.start <= range.end && range.start <= section.range.end)
    .flatMap(({ index, root }) => {
      const preview = knowledge.outcome(index)?.preview;
      if (!preview || !root) return [];
      switch (preview.kind) {
        case 'InferenceCluster':
          return jobHints(root, preview.jobs);
        case 'TrainingPlacement':
          return deviceHints(root, preview);
        case 'Federation':
          return patternHint(root, preview);
      }
    })
    .filter(({ offset }) => range.start <= offset && offset <= range.end);
}

function jobHints(root: YamlNode, jobs: readonly JobPreview[]): InlayHint[] {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  return (root.at(['spec', 'jobs'])?.items ?? []).flatMap((entry) => {
    const name = entry.get('name')?.value;
    const job = typeof name?.scalar === 'string' ? byName.get(name.scalar) : undefined;
    if (!job || !name) return [];
    const missed = job.slack < 0 ? ` > ${milliseconds(job.sloMs)}` : '';
    const label = `→ ${missed === '' ? '' : `${MISSED} `}${figureOf(job.replicas, 'replica')}, ${milliseconds(job.latencyMs)}${missed}`;
    const tooltip = `p${job.percentile} at ${three(job.ratePerSecond)} requests/s; utility ${three(job.utility)}, ${percent(Math.abs(job.slack))} ${job.slack < 0 ? 'over' : 'below'} the SLO of ${milliseconds(job.sloMs)}.`;
    return [{ offset: behind(entry, name), label, tooltip }];
  });
}

function deviceHints(root: YamlNode, preview: PlacementPreview): InlayHint[] {
  const byName = new Map(preview.devices.map((device) => [device.name, device]));
  const entries = new Map<YamlNode, DevicePreview[]>();
  for (const { entry, name } of writtenDevices(root)) {
    const device = byName.get(name);
    if (device) entries.set(entry, [...(entries.get(entry) ?? []), device]);
  }
  return Array.from(entries, ([entry, devices]) => {
    const fullest = devices.reduce((fuller, device) => (device.peakBytes > fuller.peakBytes ? device : fuller));
    const busy =
      devices.reduce((sum, device) => sum + device.busyUs, 0) / devices.length / Math.max(1, preview.makespanUs);
    const most = devices.length > 1 ? '≤ ' : '';
    const over = fullest.peakBytes > fullest.memoryBytes ? `${MISSED} ` : '';
    const label = `→ ${over}${most}${ofMemory(fullest)}, busy ${percent(busy)}`;
    const tooltip = devices
      .slice(0, 16)
      .map(
        (device) =>
          `${device.name}: ${figureOf(device.nodes, 'node')}, ${ofMemory(device)}, busy ${percent(device.busyUs / Math.max(1, preview.makespanUs))}`,
      )
      .join('\n');
    return { offset: behind(entry, entry.get('name')!.value), label, tooltip };
  });
}

/** An entry on one line that is longer than this leaves no room behind it in an editor with the panel beside it. */
const LONG = 60;

/** Where the hint of an entry stands: behind its name, or behind all of it where it is a short one on one line. */
function behind(entry: YamlNode, name: YamlNode): number {
  const { start, end } = entry.range;
  return entry.flow && end - start <= LONG ? end : name.range.end;
}

/** `6.1 of 8 GiB`: both in the unit of the limit, unless one would be a row of zeros. */
function ofMemory({ peakBytes, memoryBytes }: DevicePreview): string {
  const limit = formatQuantity(memoryBytes, 'size');
  const unit = limit.replace(/^[\d.]+/, '');
  const amount = Number.parseFloat(limit);
  const share = (peakBytes / memoryBytes) * amount;
  if (!(amount > 0) || (share > 0 && share < 0.1)) return `${bytes(peakBytes)} of ${bytes(memoryBytes)}`;
  return `${three(share)} of ${amount} ${unit}${unit.endsWith('i') ? 'B' : ''}`;
}

function patternHint(root: YamlNode, preview: FederationPreview): InlayHint[] {
  const entry = root.entryAt(['spec', 'pattern']);
  if (!entry) return [];
  const offset = entry.value.flow ? entry.value.range.end : entry.keyRange.end + 1;
  return [{ offset, label: `→ ${leakOf(preview)}`, tooltip: preview.sentence }];
}
