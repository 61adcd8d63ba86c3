import type { Range } from '../spec/problems/catalogue.ts';
import type { YamlNode } from '../spec/yaml/tree.ts';

/** A device that an entry of `spec.devices` stands for: `{ name: gpu, count: 4 }` stands for gpu0 … gpu3. */
export interface WrittenDevice {
  readonly name: string;
  /** Position of the entry in the list. */
  readonly item: number;
  readonly entry: YamlNode;
  /** Where the entry tells its name. */
  readonly nameRange: Range;
}

const MOST_DEVICES = 1024;
/** A spec with more has a problem that says so. */
const MOST_OF_ALL = 10_000;

/** The devices of a placement in their order, as far as they can be read. */
export function writtenDevices(root: YamlNode | undefined): WrittenDevice[] {
  const devices: WrittenDevice[] = [];
  const entries = root?.at(['spec', 'devices'])?.items ?? [];
  entries.forEach((entry, item) => {
    if (devices.length >= MOST_OF_ALL) return;
    const name = entry.get('name')?.value;
    if (name?.type !== 'scalar' || name.missing) return;
    const count = entry.get('count')?.value.scalar;
    const device = { item, entry, nameRange: name.range };
    if (typeof count !== 'number') devices.push({ ...device, name: String(name.scalar) });
    else
      for (let i = 0; i < Math.min(count, MOST_DEVICES); i++)
        devices.push({ ...device, name: `${String(name.scalar)}${i}` });
  });
  return devices;
}
