/** Nodes and groups that no device can hold, whatever the placement. */
import { memoryNeeds, outputLifetime } from '../baechi/memory.ts';
import type { Graph } from '../graph/graph.ts';
import { finding, type Finding } from '../spec/problems/finding.ts';
import type { TrainingPlacement } from '../spec/types.ts';
import { distinctly, quantity } from './words.ts';

export function oversize(spec: TrainingPlacement, graph: Graph): Finding[] {
  const largest = Math.max(...spec.devices.map((device) => device.memory));
  return [...nodesOver(graph, largest), ...groupsOver(graph, largest)];
}

function nodesOver(graph: Graph, largest: number): Finding[] {
  const needs = memoryNeeds(graph);
  const most = needs.reduce((worst, need, i) => (need > needs[worst]! ? i : worst), 0);
  if (needs[most]! <= largest) return [];
  const others = needs.filter((need) => need > largest).length - 1;
  const [need, has] = distinctly(needs[most]!, largest, size);
  return [finding('BERTH3010', ['spec', 'devices'], { node: graph.names[most]!, need, largest: has, others })];
}

function groupsOver(graph: Graph, largest: number): Finding[] {
  const over = [...groupNeeds(graph)].filter(([, { nodes, bytes }]) => nodes > 1 && bytes > largest);
  const [worst, ...others] = over.sort(([, a], [, b]) => b.bytes - a.bytes);
  if (!worst) return [];
  const [group, { nodes, bytes }] = worst;
  const [need, has] = distinctly(bytes, largest, size);
  const params = { group, nodes, need, largest: has, others: others.length };
  return [finding('BERTH3020', ['spec', 'devices'], params)];
}

/**
 * What a group holds at least, when the last of its nodes runs on the device that holds them all: every node's persistent bytes,
 * what is kept of outputs, and the least that a last node can take beside.
 */
function groupNeeds(graph: Graph): ReadonlyMap<string, { readonly nodes: number; readonly bytes: number }> {
  const kept = outputLifetime(graph) === 'kept';
  const groups = new Map<string, { nodes: number; held: number; least: number }>();
  graph.groups.forEach((name, i) => {
    if (name === undefined) return;
    const group = groups.get(name) ?? { nodes: 0, held: 0, least: Infinity };
    const out = graph.outBytes[i]!;
    group.nodes++;
    group.held += graph.permBytes[i]! + (kept ? out : 0);
    group.least = Math.min(group.least, graph.tempBytes[i]! + (kept ? 0 : out));
    groups.set(name, group);
  });
  return new Map([...groups].map(([name, { nodes, held, least }]) => [name, { nodes, bytes: held + least }]));
}

function size(value: number, digits: number): string {
  return quantity(value, 'size', digits);
}
