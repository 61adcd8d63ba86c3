/** A placement as stages that follow one another, each on a device of its own: what pipelines can say. */
import { layersOf, parametersOf } from '../../graph/graph-profile.ts';
import type { Graph } from '../../graph/graph.ts';
import { intAt, itemAt } from '../../numeric/at.ts';
import { refused, type PlacedModule, type Written } from './placed-module.ts';

export interface Stage {
  /** Index of its device. */
  readonly device: number;
  /** Nodes with parameters, in the order in which they run. */
  readonly nodes: readonly number[];
}

/**
 * Stages of a placement, by the nodes with parameters: what has none runs where it is fed. Refused are devices that are gone back to, and
 * parameters that two stages read: each stage has weights of its own.
 */
export function stagesOf({ graph, devices, device }: PlacedModule): Written<{ readonly stages: readonly Stage[] }> {
  const stages: { device: number; nodes: number[] }[] = [];
  const readBy = new Map<string, number>();
  for (let node = 0; node < graph.nodeCount; node++) {
    const parameters = parametersOf(graph.ops[node]);
    if (parameters.length === 0) continue;
    const at = intAt(device, node);
    const last = stages.at(-1);
    if (last?.device === at) last.nodes.push(node);
    else {
      const before = stages.some((stage) => stage.device === at) ? last?.nodes.at(-1) : undefined;
      if (before !== undefined) {
        const name = (i: number): string => `"${itemAt(graph.names, i)}" on ${itemAt(devices, intAt(device, i)).name}`;
        return refused(`${name(node)} comes after ${name(before)}, and a stage is not gone back to`);
      }
      stages.push({ device: at, nodes: [node] });
    }
    for (const name of parameters) {
      const first = readBy.get(name);
      if (first !== undefined && first !== at)
        return refused(
          `"${name}" is read on ${itemAt(devices, first).name} and on ${itemAt(devices, at).name}, and each stage has weights of its own`,
        );
      readBy.set(name, at);
    }
  }
  return { ok: true, stages };
}

/** Where a stage begins: the outermost module of which nothing has run before. */
export function beginningOf(graph: Graph, stage: Stage, before: Stage): string | undefined {
  const first = itemAt(stage.nodes, 0);
  const last = itemAt(before.nodes, before.nodes.length - 1);
  const path = itemAt(graph.layers, first).split('/');
  for (let depth = 1; depth <= path.length; depth++) {
    const layer = path.slice(0, depth).join('/');
    if (layer === '') continue;
    const begins = graph.names.findIndex((_, node) => layersAt(graph, node).some((one) => isIn(one, layer)));
    if (begins > last) return layer.replaceAll('/', '.');
  }
  return undefined;
}

function layersAt(graph: Graph, node: number): readonly string[] {
  const layers = layersOf(graph.ops[node]);
  return layers.length > 0 ? layers : [itemAt(graph.layers, node)];
}

function isIn(layer: string, around: string): boolean {
  return layer === around || layer.startsWith(`${around}/`);
}

export interface Unit {
  /** With dots. */
  readonly name: string;
  /** Of its stage. */
  readonly stage: number;
}

/** The module as a list of layers: elements of its lists (`h.3`), and what stands outside of them. Refused where one lies in two stages. */
export function unitsOf(graph: Graph, stages: readonly Stage[]): Written<{ readonly units: readonly Unit[] }> {
  const units: Unit[] = [];
  for (const [stage, { nodes }] of stages.entries()) {
    for (const node of nodes) {
      const name = unitName(itemAt(graph.layers, node));
      const last = units.at(-1);
      if (last?.name === name && last.stage !== stage) return refused(`"${name}" would be in two stages`);
      if (last?.name !== name) units.push({ name, stage });
    }
  }
  return { ok: true, units };
}

function unitName(layer: string): string {
  const path = layer.split('/');
  const numbered = path.findIndex((part) => /^\d+$/.test(part));
  return path.slice(0, numbered < 0 ? path.length : numbered + 1).join('.');
}

/** How many of a model's repeated layers each stage has: `h.0` … `h.11`. Refused where anything else is not in the first or last stage. */
export function layersPerStage(
  graph: Graph,
  stages: readonly Stage[],
): Written<{ readonly counts: readonly number[] }> {
  const found = unitsOf(graph, stages);
  if (!found.ok) return found;
  const { units } = found;
  const families = new Map<string, Unit[]>();
  for (const unit of units) {
    const prefix = /^(.*)\.\d+$/.exec(unit.name)?.[1] ?? (/^\d+$/.test(unit.name) ? '' : undefined);
    if (prefix !== undefined) families.set(prefix, [...(families.get(prefix) ?? []), unit]);
  }
  const [repeated] = [...families.values()].sort((a, b) => b.length - a.length);
  if (!repeated || repeated.length < 2) return refused('the module has no list of layers');
  const begins = units.findIndex((unit) => unit === repeated[0]);
  for (const [i, unit] of units.entries()) {
    if (repeated.includes(unit)) continue;
    const wanted = i < begins ? 0 : stages.length - 1;
    if (unit.stage !== wanted)
      return refused(
        `"${unit.name}" is in stage ${unit.stage + 1} of ${stages.length}, and must be in the ${wanted === 0 ? 'first' : 'last'}`,
      );
  }
  return { ok: true, counts: stages.map((_, stage) => repeated.filter((unit) => unit.stage === stage).length) };
}
