/** Numbers and sizes of devices, written into the entries that stand for them. */
import { deviceGroups } from '../../preview/device-groups.ts';
import type { DeviceGroup, WhatIf } from '../../preview/model.ts';
import type { TextEdit } from '../../spec/problems/catalogue.ts';
import { formatQuantity } from '../../spec/quantities/quantity.ts';
import type { Spec } from '../../spec/types.ts';
import { setText, setValue, yamlText, type Editable } from '../../spec/yaml/edit.ts';
import { writtenDevices } from '../written-device.ts';

type Tried = NonNullable<WhatIf['devices']>[string];

export function deviceEdits(document: Editable, spec: Spec | undefined, { devices = {} }: WhatIf): TextEdit[] {
  if (!spec || !('devices' in spec)) return [];
  return deviceGroups(spec.devices).flatMap((group) => {
    const tried = devices[group.name];
    return tried ? groupEdits(document, group, tried) : [];
  });
}

function groupEdits(document: Editable, group: DeviceGroup, tried: Tried): TextEdit[] {
  const entries = new Map<number, string>();
  for (const { name, item } of writtenDevices(document.root))
    if (group.devices.includes(name) && !entries.has(item)) entries.set(item, name);
  const items = [...entries.keys()];
  const [only] = items;
  const count = tried.count === group.devices.length ? undefined : tried.count;
  if (items.length === 1 && only !== undefined) {
    const at = ['spec', 'devices', only];
    return [
      ...(count === undefined ? [] : (setValue(document, [...at, 'count'], count) ?? [])),
      ...memoryEdits(document, [only], tried.memoryBytes),
    ];
  }
  return count === undefined || count > items.length
    ? [...memoryEdits(document, items, tried.memoryBytes), ...further(document, group, tried)]
    : [...memoryEdits(document, items.slice(0, count), tried.memoryBytes), ...fewer(document, items, count)];
}

function memoryEdits(document: Editable, items: readonly number[], memoryBytes: number | undefined): TextEdit[] {
  if (memoryBytes === undefined) return [];
  const memory = formatQuantity(memoryBytes, 'size');
  return items.flatMap((item) => setValue(document, ['spec', 'devices', item, 'memory'], memory) ?? []);
}

/** Entries that are written one by one get a further one of each name, all at the end of the list. */
function further(document: Editable, { name, devices, memoryBytes }: DeviceGroup, tried: Tried): TextEdit[] {
  const list = document.root.at(['spec', 'devices']);
  const more = (tried.count ?? devices.length) - devices.length;
  if (!list || more <= 0) return [];
  const memory = formatQuantity(tried.memoryBytes ?? memoryBytes, 'size');
  // A count would number the further ones from 0 again: they are written one by one, too.
  const added = Array.from({ length: more }, (_, i) => {
    const entry = yamlText({ name: `${name}${devices.length + i}`, memory });
    return setText(document, ['spec', 'devices', list.size], entry)?.[0];
  });
  const [first] = added;
  return first ? [{ ...first, newText: added.map((edit) => edit?.newText ?? '').join('') }] : [];
}

/** The last entries go, where they stand one after another. */
function fewer(document: Editable, items: readonly number[], count: number): TextEdit[] {
  const list = document.root.at(['spec', 'devices']);
  const kept = items[count - 1];
  const last = items.at(-1);
  if (!list || kept === undefined || last === undefined || last - kept !== items.length - count) return [];
  const [from, to] = [list.item(kept), list.item(last)];
  return from && to ? [{ range: { start: from.range.end, end: to.range.end }, newText: '' }] : [];
}
