/** Writes into the text what was tried in the picture, in the units and the style that the text has. */
import type { WhatIf } from '../preview/model.ts';
import { removeEntry, setValue, type Editable } from '../spec/yaml/edit.ts';
import type { TextEdit } from '../spec/problems/catalogue.ts';
import { formatQuantity, parseQuantity } from '../spec/quantities/quantity.ts';
import { RESOURCES } from '../spec/types.ts';
import type { YamlNode } from '../spec/yaml/tree.ts';
import { deviceEdits } from './keep/devices.ts';
import type { SpecText } from './document.ts';

/** Edits that do not overlap; none for what is not in the text or stays as it is. */
export function keepEdits(doc: SpecText, documentIndex: number, whatIf: WhatIf): TextEdit[] {
  const document = doc.spec.documents[documentIndex];
  const root = document?.root;
  if (!document || !root) return [];
  const editable: Editable = { text: doc.text, root, kind: document.kind };
  return [
    ...capacityEdits(editable, whatIf),
    ...sloEdits(editable, whatIf),
    ...deviceEdits(editable, document.spec, whatIf),
    ...linkEdits(editable, whatIf),
    ...algorithmEdits(editable, whatIf),
    ...pinEdits(editable, whatIf),
  ];
}

/** The picture counts the capacity in the first of the resources that the text names, in whatever order it names them. */
function capacityEdits(document: Editable, { capacityReplicas }: WhatIf): TextEdit[] {
  const capacity = document.root.at(['spec', 'capacity']);
  if (capacityReplicas === undefined || !capacity) return [];
  const keys = capacity.entries.map(({ key }) => key);
  const key = RESOURCES.find((resource) => keys.includes(resource)) ?? 'replicas';
  const value = key === 'memory' ? formatQuantity(capacityReplicas, 'size') : Number(capacityReplicas.toPrecision(6));
  return setValue(document, ['spec', 'capacity', key], value) ?? [];
}

function sloEdits(document: Editable, { sloMs = {} }: WhatIf): TextEdit[] {
  const jobs = document.root.at(['spec', 'jobs'])?.items ?? [];
  return Object.entries(sloMs).flatMap(([name, ms]) => {
    const i = jobs.findIndex((job) => job.get('name')?.value.scalar === name);
    if (i < 0) return [];
    const path = ['spec', 'jobs', i, 'slo', 'latency'];
    return setValue(document, path, durationLike(document.root.at(path), ms)) ?? [];
  });
}

const UNIT_MS: Readonly<Record<string, number>> = {
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 36e5,
  d: 864e5,
};

/** A duration with three digits, in the unit that stands there already where that reads well. */
function durationLike(present: YamlNode | undefined, ms: number): string {
  const written = typeof present?.scalar === 'string' ? present.scalar : '';
  const unit = /[a-zµμ]+$/.exec(written)?.[0] ?? '';
  const size = UNIT_MS[unit];
  const rounded = Number(ms.toPrecision(3));
  const amount = size === undefined ? 0 : Number((rounded / size).toPrecision(6));
  const text = `${amount}${unit}`;
  const reads = amount >= 0.001 && amount < 1e6 && parseQuantity(text, 'duration').ok;
  return reads ? text : formatQuantity(rounded, 'duration');
}

function linkEdits(document: Editable, { bandwidth }: WhatIf): TextEdit[] {
  if (bandwidth === undefined) return [];
  return setValue(document, ['spec', 'link', 'bandwidth'], formatQuantity(bandwidth, 'bandwidth')) ?? [];
}

function algorithmEdits(document: Editable, { algorithm }: WhatIf): TextEdit[] {
  return algorithm === undefined ? [] : (setValue(document, ['spec', 'algorithm'], algorithm) ?? []);
}

function pinEdits(document: Editable, { pins = {}, unpinned = [] }: WhatIf): TextEdit[] {
  const present = document.root.at(['spec', 'pins']);
  const gone = unpinned.filter((node) => present?.get(node) && !Object.hasOwn(pins, node));
  if (Object.keys(pins).length === 0 && gone.length === 0) return [];
  // Where there is none yet, all go in at once: several edits of one empty place would overlap.
  if (!present || present.type !== 'mapping' || present.entries.length === 0)
    return setValue(document, ['spec', 'pins'], pins) ?? [];
  // Entries that share a line are written anew together, for the same reason, and so are pins of which none of the text's stay.
  if (gone.length > 0 && (present.flow || gone.length === present.size)) {
    const stay = present.entries.filter(({ key }) => !gone.includes(key)).map(({ key, value }) => [key, value.scalar]);
    return setValue(document, ['spec', 'pins'], { ...Object.fromEntries(stay), ...pins }) ?? [];
  }
  const fresh = Object.entries(pins).filter(([node]) => !present.get(node));
  const changed = Object.entries(pins).filter(
    ([node, device]) => present.get(node) && present.get(node)?.value.scalar !== device,
  );
  const set = [...changed, ...fresh].flatMap(
    ([node, device]) => setValue(document, ['spec', 'pins', node], device) ?? [],
  );
  return [...gone.flatMap((node) => removeEntry(document, ['spec', 'pins', node]) ?? []), ...set];
}
