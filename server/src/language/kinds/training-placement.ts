/** What an editor says of a TrainingPlacement beyond its schema. */
import type { DevicePreview, PlacementPreview } from '../../preview/model.ts';
import { figureOf, percent, three } from '../../preview/words.ts';
import { formatQuantity } from '../../spec/quantities/quantity.ts';
import type { YamlNode } from '../../spec/yaml/tree.ts';
import { bytes, microseconds } from '../amount.ts';
import { behind, MISSED, type InlayHint } from '../hint.ts';
import { deviceHover, placementHover } from '../hover/device.ts';
import { nodeHover } from '../hover/node.ts';
import type { KindInEditor } from '../kinds.ts';
import { startsWith } from '../place.ts';
import { writtenDevices } from '../written-device.ts';

export const trainingPlacement: KindInEditor<'TrainingPlacement'> = {
  answer: (preview) => (preview.fits ? `one step ${microseconds(preview.makespanUs)}` : 'does not fit in memory'),
  hints: deviceHints,
  hover: ({ path, on, node }, root, preview, graph, facts) => {
    if (startsWith(path, 'spec', 'pins') && path.length === 3) {
      if (on === 'value') return preview && deviceHover(preview, [String(node.scalar)]);
      return nodeHover(String(path[2]), graph(), preview, facts?.(String(path[2])));
    }
    if (!preview) return undefined;
    if (startsWith(path, 'spec', 'devices', '*')) {
      const names = writtenDevices(root).flatMap(({ item, name }) => (item === path[2] ? [name] : []));
      return deviceHover(preview, names);
    }
    const whole =
      startsWith(path, 'spec', 'algorithm') || startsWith(path, 'spec', 'graph') || path.join() === 'spec,devices';
    return whole ? placementHover(preview) : undefined;
  },
};

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
    return { offset: behind(entry, entry.get('name')?.value ?? entry), label, tooltip };
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
