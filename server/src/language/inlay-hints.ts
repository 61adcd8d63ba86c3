/** What the engines say, beside the words that it is about: `→ 5 replicas, p99 610 ms`. */
import type { DevicePreview, FederationPreview, JobPreview, PlacementPreview } from '../preview/model.ts';
import { figureOf, listOf, percent, three } from '../preview/words.ts';
import { bytes, milliseconds } from './amount.ts';
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
    const missed = job.slack < 0 ? `, over ${milliseconds(job.sloMs)}` : '';
    const label = `→ ${figureOf(job.replicas, 'replica')}, p${job.percentile} ${milliseconds(job.latencyMs)}${missed}`;
    const tooltip = `At ${three(job.ratePerSecond)} requests/s; utility ${three(job.utility)}, ${percent(Math.abs(job.slack))} ${job.slack < 0 ? 'over' : 'below'} the SLO of ${milliseconds(job.sloMs)}.`;
    return [{ offset: entry.flow ? entry.range.end : name.range.end, label, tooltip }];
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
    const name = entry.get('name')!.value;
    const fullest = devices.reduce((most, device) => (device.peakBytes > most.peakBytes ? device : most));
    const busy =
      devices.reduce((sum, device) => sum + device.busyUs, 0) / devices.length / Math.max(1, preview.makespanUs);
    const each = devices.length > 1 ? 'each up to ' : '';
    const label = `→ ${each}${ofMemory(fullest)}, busy ${percent(busy)}`;
    const tooltip = devices
      .slice(0, 16)
      .map(
        (device) =>
          `${device.name}: ${figureOf(device.nodes, 'node')}, ${ofMemory(device)}, busy ${percent(device.busyUs / Math.max(1, preview.makespanUs))}`,
      )
      .join('\n');
    return { offset: entry.flow ? entry.range.end : name.range.end, label, tooltip };
  });
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
  return [{ offset, label: `→ ${leaks(preview)}`, tooltip: preview.sentence }];
}

function leaks({ meanOnly, leaks: found }: FederationPreview): string {
  if (meanOnly) return 'leaks only the mean';
  const recovered = found.filter(({ learns }) => learns.length > 0);
  if (recovered.length > 0)
    return `leaks the weights of ${listOf([...new Set(recovered.flatMap(({ learns }) => learns))])}`;
  return `leaks ${figureOf(Math.max(...found.map(({ beyondMean }) => beyondMean)), 'sum')} beyond the mean`;
}
