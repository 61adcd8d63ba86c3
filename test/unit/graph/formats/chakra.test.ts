/** Traces as the converters of Chakra write them, written here by the field numbers of et_def.proto: the package is in no registry. */
import { describe, expect, it } from 'vitest';
import { CHAKRA } from '../../../../server/src/graph/formats/chakra/chakra.ts';
import { readGraphFile } from '../../../../server/src/graph/source.ts';
import { saidOf } from '../said-of-graph.ts';
import { fileOf, int, message, packed, text, varint, type WireField } from '../wire-writer.ts';

const [METADATA, COMPUTE, COLLECTIVE] = [1, 4, 7];
const delimited = (...fields: WireField[]): WireField => {
  const content = fields.flat();
  return [...varint(content.length), ...content];
};
const traceOf = (...nodes: WireField[][]): Uint8Array =>
  fileOf(delimited(text(1, '0.0.4')), ...nodes.map((fields) => delimited(...fields)));

interface Node {
  readonly type?: number;
  readonly us?: number;
  readonly data?: readonly number[];
  readonly control?: readonly number[];
  readonly outputs?: string;
}
const node = (
  id: number,
  name: string,
  { type = COMPUTE, us = 10, data, control, outputs }: Node = {},
): WireField[] => [
  int(1, id),
  text(2, name),
  int(3, type),
  ...(control ? [packed(4, control)] : []),
  ...(data ? [packed(5, data)] : []),
  int(6, 123_456),
  int(7, us),
  ...(outputs === undefined ? [] : [message(9, text(1, outputs), text(2, '[[8, 8]]'))]),
  message(10, text(1, 'is_cpu_op'), int(27, 0)),
];

const TRACE = traceOf(
  node(1, '[pytorch|profiler]', { type: METADATA, us: 0 }),
  node(7, 'aten::mm', { us: 120, control: [1], outputs: "[[3, 4, 0, 64, 4, 'cuda:0'], [5, 4, 0, 2, 8, 'cuda:0']]" }),
  node(9, 'aten::mm', { us: 90, data: [7] }),
  [
    ...node(12, 'nccl:all_reduce', { type: COLLECTIVE, us: 40, data: [9], control: [7, 9] }),
    message(10, text(1, 'comm_size'), int(9, 4096)),
  ],
);

describe('a trace of Chakra', () => {
  it('is read: durations, what waits for what, sizes of outputs and of what is sent', () => {
    const read = readGraphFile({ path: '/x/rank0.et', bytes: TRACE });
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    const { graph } = read;
    expect(graph.name).toBe('rank0');
    expect(graph.names).toEqual(['aten::mm #7', 'aten::mm #9', 'nccl:all_reduce']);
    expect([...graph.computeUs]).toEqual([120, 90, 40]);
    expect([...graph.outBytes]).toEqual([272, 0, 4096]);
    expect(Array.from(graph.edgeSrc, (src, e) => [src, graph.edgeDst[e], graph.tensorBytes[e]])).toEqual([
      [0, 1, 272],
      [1, 2, 0],
      [0, 2, 0],
    ]);
    expect(read.notes ?? []).toEqual([]);
    expect(graph.estimated).toBeUndefined();
  });

  it('is told by what it holds, and read in pieces', () => {
    expect(readGraphFile({ path: '/x/anything', bytes: TRACE }).format).toBe(CHAKRA);
    expect(
      CHAKRA.read(
        Array.from(TRACE, (byte) => Uint8Array.of(byte)),
        '',
      ).result,
    ).toEqual(CHAKRA.read([TRACE], '').result);
  });

  it.each<[string, WireField[][], string]>([
    [
      'a cycle',
      [node(1, 'a', { data: [2] }), node(2, 'b', { data: [1] })],
      'BERTH3003 byte 9: The graph has a cycle: ',
    ],
    [
      'a node that waits for itself',
      [node(1, 'a', { control: [1] })],
      'BERTH3006 byte 9: An edge leads from "a" to itself.',
    ],
    ['one that waits for nobody', [node(1, 'a', { data: [5] })], 'BERTH3001 byte 9: The edge "5" → "a"'],
    ['one number twice', [node(1, 'a'), node(1, 'b')], 'BERTH3002 byte '],
    ['a negative time', [node(1, 'a', { us: -3 })], 'BERTH3054 byte 9: '],
    ['an endless size', [node(1, 'a', { outputs: `[[1, 1, 0, ${'9'.repeat(20)}, 4, 'cpu']]` })], 'BERTH3057 byte 9: '],
    ['no times', [node(1, 'a', { us: 0 })], 'BERTH3052 byte 9: 1 of 1 node has no compute time'],
    ['no nodes', [], 'BERTH3005 byte 0: '],
  ])('says of %s where it is', (_, nodes, said) => {
    expect(saidOf({ path: '/x/a.et', bytes: traceOf(...nodes) })[0]?.slice(0, said.length)).toBe(said);
  });

  it('is told where it is cut within a node', () => {
    let [refused, length] = [0, 9];
    for (; length < TRACE.length; length++) {
      const [first] = saidOf({ path: '/x/a.et', bytes: TRACE.subarray(0, length) });
      if (first?.startsWith('BERTH3054')) refused++;
    }
    expect(refused).toBeGreaterThan((TRACE.length - 9) * 0.9);
  });
});
