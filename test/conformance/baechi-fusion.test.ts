/** Groups and fusion give the reference's partition of its one real profile: every node, every edge, every tensor, in their order. */
import { expect, it } from 'vitest';
import { colocation } from '../../server/src/baechi/grouping/colocation.ts';
import { fuse } from '../../server/src/baechi/grouping/fusion.ts';
import { recordedGraph } from './baechi-recordings.ts';
import { describeWithSharedData, sharedJson } from './shared-data.ts';

interface FusedFile {
  readonly nodes: readonly {
    readonly name: string;
    readonly compute_us: number;
    readonly perm_bytes: number;
    readonly temp_bytes: number;
    readonly out_bytes: number;
    readonly group: string;
    readonly topo: number;
    readonly members: readonly number[];
  }[];
  readonly edges: readonly {
    readonly src: number;
    readonly dst: number;
    readonly tensors: readonly { readonly name: string }[];
  }[];
}

describeWithSharedData('fusion of gnmt-fwd-b128-s40', () => {
  const name = 'gnmt-fwd-b128-s40';

  it('starts from the 569 groups that co-placement ends with, which it leaves as they are', () => {
    const { graph } = recordedGraph(name);
    const groups = colocation(graph, { keep: 'graph' });
    expect(groups.names).toHaveLength(569);
    expect(colocation(graph, { keep: 'coplace' })).toEqual(groups);
  });

  it('makes of 2,494 nodes and 4,150 edges the recorded 576 and 2,212', () => {
    const { graph } = recordedGraph(name);
    expect([graph.nodeCount, graph.edgeCount]).toEqual([2494, 4150]);
    const { graph: fused, members, colocation: groups } = fuse(graph, colocation(graph, { keep: 'graph' }));
    const { nodes, edges } = sharedJson<FusedFile>(`baechi/${name}.fused-coplace.graph.json`);
    const ascending = (list: Iterable<number>): number[] => [...list].sort((a, b) => a - b);
    expect(
      Array.from(fused.names, (node, i) => ({
        name: node,
        compute_us: fused.computeUs[i],
        perm_bytes: fused.permBytes[i],
        temp_bytes: fused.tempBytes[i],
        out_bytes: fused.outBytes[i]! + fused.permBytes[i]!,
        group: groups.names[groups.unitOf[i]!],
        // The surviving node stands first; the others in no particular order.
        members: ascending(members.row(i)),
      })),
    ).toEqual(nodes.map((node) => ({ ...pick(node), members: ascending(node.members) })));
    expect(
      Array.from(fused.edgeSrc, (src, e) => ({
        src,
        dst: fused.edgeDst[e],
        tensors: Array.from(fused.edgeTensors.row(e), (tensor) => fused.tensorNames[tensor]),
      })),
    ).toEqual(edges.map(({ src, dst, tensors }) => ({ src, dst, tensors: tensors.map((tensor) => tensor.name) })));
    const byRank = [...nodes.keys()].sort((a, b) => nodes[a]!.topo - nodes[b]!.topo);
    expect([...fused.topoOrder]).toEqual(byRank);
  });
});

/** The figures of a recorded node that fusion decides. */
function pick({
  name,
  compute_us,
  perm_bytes,
  temp_bytes,
  out_bytes,
  group,
}: Omit<FusedFile['nodes'][number], 'topo'>) {
  return { name, compute_us, perm_bytes, temp_bytes, out_bytes, group };
}
