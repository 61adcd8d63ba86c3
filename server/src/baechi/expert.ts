import type { Graph } from '../graph/graph.ts';
import { intAt, itemAt } from '../numeric/at.ts';
import type { Device } from './devices.ts';
import type { Placement, PlacerOptions } from './placement.ts';
import { placementOf } from './schedule.ts';

/**
 * Places a graph as experts do by hand: its layers in their order, an equal number of them on every device. Memory is not looked at.
 *
 * Layers are those of the highest level on which there are as many as devices; a node in none is a layer by itself. Without any, nodes are
 * shared out evenly in topological order. Groups go where their first node goes, pinned nodes where they are pinned.
 */
export function placeExpert(
  graph: Graph,
  devices: readonly Device[],
  tensorUs: Float64Array,
  options: PlacerOptions = {},
): Placement {
  const { pins, groups } = options;
  const layers = equalLayers(graph, devices.length);
  const layerCount = layers.reduce((most, layer) => Math.max(most, layer + 1), 0);
  const device = layers.map((layer) => Math.floor((layer * devices.length) / layerCount));
  if (groups) {
    const { members, names } = groups.colocation;
    for (let unit = 0; unit < names.length; unit++) {
      const nodes = members.row(unit);
      const first = nodes.reduce(
        (a, b) => (intAt(graph.topoRank, b) < intAt(graph.topoRank, a) ? b : a),
        itemAt(nodes, 0),
      );
      for (const node of nodes) device[node] = intAt(device, first);
    }
  }
  if (pins) for (const [node, pin] of pins.entries()) if (pin >= 0) device[node] = pin;
  return placementOf(graph, device, devices.length, tensorUs, options);
}

/** Layer of every node, numbered in the order of their first nodes in topological order. */
function equalLayers({ layers, topoOrder }: Graph, wanted: number): Int32Array {
  const deepest = layers.reduce((most, layer) => Math.max(most, layer === '' ? 0 : layer.split('/').length), 0);
  const labelsAt = (level: number): string[] =>
    layers.map((layer, node) =>
      layer === '' ? `node ${node}` : `layer ${layer.split('/').slice(0, level).join('/')}`,
    );
  let labels = labelsAt(deepest);
  for (let level = 1; level < deepest; level++) {
    const higher = labelsAt(level);
    if (new Set(higher).size < wanted) continue;
    labels = higher;
    break;
  }
  if (new Set(labels).size < wanted) labels = layers.map((_, node) => `node ${node}`);
  const number = new Map<string, number>();
  const layerOf = new Int32Array(layers.length);
  for (const node of topoOrder) {
    const label = itemAt(labels, node);
    const known = number.get(label) ?? number.size;
    number.set(label, known);
    layerOf[node] = known;
  }
  return layerOf;
}
