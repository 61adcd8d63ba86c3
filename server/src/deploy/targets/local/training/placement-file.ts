/** `placement.json` in the deployment's folder: where every node of the run was put, for people and other tools. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../../runtime/durable-file.ts';
import type { DesiredPlacement } from '../../../types.ts';

export interface MeasuredRun {
  readonly steps: number;
  readonly forwardMs: number;
  readonly stepMs: number;
}

export async function writePlacementFile(
  folder: string,
  desired: DesiredPlacement,
  measured: MeasuredRun | null,
): Promise<void> {
  const { spec, placement, edges } = desired;
  const deviceOf = new Map(placement.map(({ node, device }) => [node, device]));
  // A tensor goes once to each device that needs it, however many nodes there read it.
  const crossing = new Map<string, { tensor: string; from: string; to: string; bytes: number }>();
  for (const { from, to, bytes } of edges) {
    const [source, destination] = [deviceOf.get(from)!, deviceOf.get(to)!];
    if (source !== destination)
      crossing.set(`${from}\n${destination}`, { tensor: from, from: source, to: destination, bytes });
  }
  const content = {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'Placement',
    metadata: { name: desired.name },
    graph: spec.graphPath,
    algorithm: spec.algorithm,
    devices: spec.devices.map(({ name, memory }) => ({
      name,
      memory,
      nodes: placement.filter(({ device }) => device === name).map(({ node }) => node),
    })),
    transfers: [...crossing.values()],
    predicted: { forwardUs: desired.predictedForwardUs, backwardUs: desired.predictedBackwardUs },
    measured,
  };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeDurably(join(folder, 'placement.json'), [Buffer.from(`${JSON.stringify(content, null, 2)}\n`)]);
}
