/** Devices that an entry of a spec stands for together: `gpu` for gpu0, gpu1 …, all of one size. */
import type { Device, TrainingPlacement } from '../spec/types.ts';
import type { DeviceGroup, WhatIf } from './model.ts';

/** The groups in the order of the devices. A device that is alone under its name is a group of its own. */
export function deviceGroups(devices: readonly Device[]): DeviceGroup[] {
  const groups: { name: string; memoryBytes: number; devices: string[] }[] = [];
  for (const { name, memory } of devices) {
    const last = groups.at(-1);
    if (last && last.memoryBytes === memory && name === `${last.name}${last.devices.length}` && isNumbered(last)) {
      last.devices.push(name);
      continue;
    }
    const base = name.endsWith('0') ? name.slice(0, -1) : '';
    groups.push({ name: base === '' ? name : base, memoryBytes: memory, devices: [name] });
  }
  return groups;
}

function isNumbered({ name, devices }: DeviceGroup): boolean {
  return devices[0] === `${name}0`;
}

/** The devices with other numbers and sizes: what the text would give, were it written so. */
export function devicesWith(devices: readonly Device[], tried: NonNullable<WhatIf['devices']>): Device[] {
  const byName = new Map(devices.map((device) => [device.name, device]));
  return deviceGroups(devices).flatMap((group) => {
    const { count = group.devices.length, memoryBytes = group.memoryBytes } = tried[group.name] ?? {};
    const memory = memoryBytes as Device['memory'];
    const model = byName.get(group.devices[0]!)!;
    const numbered = isNumbered(group) || count !== 1;
    return Array.from({ length: Math.max(1, count) }, (_, i) => {
      const name = numbered ? `${group.name}${i}` : group.name;
      return { ...(byName.get(name) ?? model), name, memory };
    });
  });
}

/** A placement with what is being tried in the picture: what the text would be after `Keep`. */
export function withPlacementWhatIf(spec: TrainingPlacement, whatIf: WhatIf): TrainingPlacement {
  const { pins = {}, unpinned = [], devices, bandwidth, algorithm } = whatIf;
  const taken = new Set(unpinned);
  const kept = Object.entries(spec.pins).filter(([node]) => !taken.has(node));
  return {
    ...spec,
    pins: { ...Object.fromEntries(kept), ...pins },
    ...(devices === undefined ? {} : { devices: devicesWith(spec.devices, devices) }),
    ...(bandwidth === undefined
      ? {}
      : { link: { ...spec.link, bandwidth: bandwidth as TrainingPlacement['link']['bandwidth'] } }),
    ...(algorithm === undefined ? {} : { algorithm }),
  };
}
