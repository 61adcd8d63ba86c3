/** Hover on a node of a graph: what it takes, where it sits, and when it runs. */
import type { Graph } from '../../graph/graph.ts';
import type { DevicePreview, PlacementPreview } from '../../preview/model.ts';
import { figureOf } from '../../preview/words.ts';
import { bytes, microseconds } from '../amount.ts';
import { paragraphs, plain } from '../markdown.ts';
import { devicePicture } from '../pictures/device-picture.ts';

/** @param graph the graph that names the node, where it can be read. @param preview what a placement does with it. */
export function nodeHover(name: string, graph: Graph | undefined, preview: PlacementPreview | undefined): string {
  const device = preview?.devices.find((other) => other.name === preview.placement[name]);
  return paragraphs([
    `**${plain(name)}**${device ? ` sits on **${plain(device.name)}**${runs(name, device)}.` : ''}`,
    graph ? costs(name, graph) : undefined,
    preview && device ? devicePicture(device, preview.devices.indexOf(device), preview.makespanUs, name) : undefined,
  ]);
}

/** When the node runs, where the timeline is fine enough to tell it. */
function runs(name: string, device: DevicePreview): string {
  const times = [`${name}`, `${name} (backward)`].flatMap((label) => {
    const interval = device.intervals.find((other) => other.kind === 'compute' && other.label === label);
    return interval ? [`from ${microseconds(interval.startUs)} to ${microseconds(interval.endUs)}`] : [];
  });
  if (times.length === 0) return '';
  return ` and runs ${times[0]!}${times[1] ? `, backward ${times[1]}` : ''}`;
}

function costs(name: string, graph: Graph): string {
  const i = graph.names.indexOf(name);
  if (i < 0) return '';
  const back = graph.backwardUs?.[i] ?? Number.NaN;
  const time = Number.isNaN(back)
    ? `Takes ${microseconds(graph.computeUs[i]!)}`
    : `Takes ${microseconds(graph.computeUs[i]!)} forward and ${microseconds(back)} backward`;
  const memory = [
    ['for ever', graph.permBytes[i]!],
    ['while it runs', graph.tempBytes[i]!],
    ['for its output', graph.outBytes[i]!],
  ] as const;
  const held = memory.flatMap(([what, amount]) => (amount > 0 ? [`${bytes(amount)} ${what}`] : []));
  const [inputs, outputs] = [graph.inEdges.length(i), graph.outEdges.length(i)];
  return `${time}${held.length > 0 ? `; memory: ${held.join(', ')}` : ''}. Reads ${figureOf(inputs, 'node')}, is read by ${figureOf(outputs, 'node')}.`;
}
