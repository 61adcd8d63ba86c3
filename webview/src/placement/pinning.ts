/** What-ifs that pin and unpin, and which boxes can be pinned: pure, so that drag, menu and buttons do the same. */
import type { GraphBox, WhatIf } from '../../../server/src/lsp/protocol.ts';

/** A box whose nodes are all listed can be pinned as a whole; of a larger group a picture names only the first. */
export function canPin(box: GraphBox): boolean {
  return box.nodes.length === box.count;
}

/** The what-if with all nodes of a box on one device. */
export function pinned(whatIf: WhatIf, box: GraphBox, device: string): WhatIf {
  const pins = { ...whatIf.pins, ...Object.fromEntries(box.nodes.map((node) => [node, device])) };
  return withPins(
    whatIf,
    pins,
    (whatIf.unpinned ?? []).filter((node) => !box.nodes.includes(node)),
  );
}

/**
 * The what-if without a pin on any node of a box.
 *
 * @param inForce the pins of the text and of what is tried.
 */
export function unpinned(whatIf: WhatIf, box: GraphBox, inForce: Readonly<Record<string, string>>): WhatIf {
  const pins = Object.fromEntries(Object.entries(whatIf.pins ?? {}).filter(([node]) => !box.nodes.includes(node)));
  const taken = box.nodes.filter((node) => Object.hasOwn(inForce, node));
  return withPins(whatIf, pins, [...new Set([...(whatIf.unpinned ?? []), ...taken])]);
}

function withPins(
  { pins: _pins, unpinned: _unpinned, ...rest }: WhatIf,
  pins: Readonly<Record<string, string>>,
  taken: readonly string[],
): WhatIf {
  return {
    ...rest,
    ...(Object.keys(pins).length > 0 ? { pins } : {}),
    ...(taken.length > 0 ? { unpinned: taken } : {}),
  };
}
