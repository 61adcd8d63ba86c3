/** Files that TensorFlow 2.21 wrote (`test/fixtures/graphs/make_tensorflow.py`), and damaged ones, written here by the field numbers of its messages. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../../../server/src/graph/graph.ts';
import { readGraphFile } from '../../../../server/src/graph/source.ts';
import { saidOf } from '../said-of-graph.ts';
import { fileOf, int, message, text, type WireField } from '../wire-writer.ts';

const bytesOf = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/graphs/${name}.pb`, import.meta.url)));

function graphOf(bytes: Uint8Array, path = '/x/net.pb'): Graph {
  const read = readGraphFile({ path, bytes });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.graph;
}

const membersOf = (graph: Graph, group: string): string[] => graph.names.filter((_, i) => graph.groups[i] === group);
const outBytes = (graph: Graph): Record<string, number> =>
  Object.fromEntries(graph.names.map((name, i) => [name, graph.outBytes[i]!]));

describe('files of TensorFlow', () => {
  it('a graph with its shapes: variables keep their bytes, co-located nodes are groups', () => {
    const graph = graphOf(bytesOf('shapes'));
    expect([graph.nodeCount, graph.edgeCount]).toEqual([15, 14]);
    expect(graph.permBytes[graph.names.indexOf('conv/w')]).toBe(3 * 3 * 4 * 4);
    expect(membersOf(graph, 'conv/w')).toEqual(['conv/w/Initializer/zeros', 'conv/w', 'conv/w/Assign', 'conv/w/read']);
    expect(membersOf(graph, 'head/w')).toContain('head/logits');
    expect(outBytes(graph)).toMatchObject({ 'conv/conv': 8 * 9 * 4 * 4, 'head/logits': 8 * 5 * 4 });
    expect(graph.layers[graph.names.indexOf('conv/relu')]).toBe('conv');
    expect(graph.estimated).toContain('TFLOP/s');
  });

  it('a frozen graph without shapes: they are inferred as TensorFlow infers them', () => {
    const [frozen, whole] = [graphOf(bytesOf('frozen')), outBytes(graphOf(bytesOf('shapes')))];
    for (const [name, bytes] of Object.entries(outBytes(frozen))) {
      if (name !== 'conv/w' && name !== 'head/w') expect([name, bytes]).toEqual([name, whole[name]]);
    }
    expect(frozen.permBytes[frozen.names.indexOf('head/w')]).toBe(36 * 5 * 4);
  });

  it('a SavedModel: functions are inlined, whatever works on a variable is its group', () => {
    const graph = graphOf(bytesOf('saved'));
    const product = graph.names.findIndex((name) => name.endsWith('/MatMul'));
    expect(graph.ops[product]).toEqual({ type: 'MatMul' });
    expect(graph.names.filter((_, i) => graph.ops[i]!.type === 'StatefulPartitionedCall')).toEqual([]);
    expect(membersOf(graph, 'w')).toHaveLength(3);
    expect(graph.permBytes[graph.names.indexOf('w')]).toBe(16 * 8 * 4);
    expect(saidOf({ path: '/x/saved_model.pb', bytes: bytesOf('saved') })).toEqual([
      expect.stringContaining('BERTH3053'),
      'BERTH3055 byte 0: The file leaves "a size of serving_default_x" open: it counts as 1.',
      expect.stringContaining('BERTH3051'),
    ]);
  });

  it.each(['shapes', 'saved'])('%s is told by what it holds', (name) => {
    expect(readGraphFile({ path: '/x/anything', bytes: bytesOf(name) }).format?.name).toBe('graphdef');
  });

  it('is told wherever it is cut within a node', () => {
    const whole = bytesOf('shapes');
    const names = graphOf(whole).names;
    for (let length = 1; length < whole.length; length += 3) {
      const read = readGraphFile({ path: '/x/net.pb', bytes: whole.subarray(0, length) });
      if (read.ok) expect(read.graph.names).toEqual(names.slice(0, read.graph.nodeCount));
      else expect(read.problems[0]!.code).toMatch(/BERTH30(54|01)/);
    }
    expect(saidOf({ path: '/x/net.pb', bytes: whole.subarray(0, 1000) })[0]).toMatch(
      /^BERTH3054 byte \d+: .*TensorFlow: it ends/,
    );
  });
});

const node = (name: string, op: string, inputs: readonly string[] = [], ...rest: readonly WireField[]): WireField =>
  message(1, text(1, name), text(2, op), ...inputs.map((input) => text(3, input)), ...rest);
const shape = (key: string, ...dims: number[]): WireField =>
  message(5, text(1, key), message(2, message(7, ...dims.map((dim) => message(2, int(1, dim))))));
const said = (...fields: WireField[]): string => saidOf({ path: '/x/net.pb', bytes: fileOf(...fields) })[0] ?? '';

const inClasses = (...names: string[]): WireField =>
  message(5, text(1, '_class'), message(2, message(1, ...names.map((name) => text(2, `loc:@${name}`)))));

describe('classes of TensorFlow', () => {
  const groupsOf = (...fields: WireField[]): Record<string, string | undefined> => {
    const { names, groups } = graphOf(fileOf(...fields));
    return Object.fromEntries(names.map((name, i) => [name, groups[i]]));
  };

  it('a node of several classes makes them one, which is called by the shortest name', () => {
    const nodes = [
      node('weights', 'NoOp'),
      node('bias', 'NoOp'),
      node('read', 'NoOp', [], inClasses('weights')),
      node('apply', 'NoOp', [], inClasses('weights', 'bias')),
      node('far', 'NoOp', [], inClasses('apply')),
      node('else', 'NoOp'),
    ];
    const group = 'bias';
    expect(groupsOf(...nodes)).toEqual({ weights: group, bias: group, read: group, apply: group, far: group });
  });

  it('nodes of a class whose first node is not in the file are together, one alone is no group', () => {
    const nodes = [
      node('a', 'NoOp', [], inClasses('pruned')),
      node('b', 'NoOp', [], inClasses('pruned')),
      node('c', 'NoOp', [], inClasses('gone')),
      node('d', 'NoOp', [], inClasses('')),
      node('e', 'NoOp', [], inClasses('')),
    ];
    expect(groupsOf(...nodes)).toEqual({ a: 'pruned', b: 'pruned' });
  });

  it('two calls of a function have a class each', () => {
    const call = (name: string): WireField =>
      node(name, 'PartitionedCall', [], message(5, text(1, 'f'), message(2, message(10, text(1, 'body')))));
    const of = (name: string, ...nodes: WireField[]): WireField =>
      message(1, message(1, text(1, name)), ...nodes.map((one) => [0x1a, ...one.slice(1)]));
    const body = of(
      'body',
      node('layer/a', 'NoOp', [], inClasses('layer/w')),
      node('layer/b', 'NoOp', [], inClasses('layer/w')),
    );
    expect(groupsOf(call('one'), call('two'), message(2, body))).toEqual({
      'one/layer/a': 'one/layer/w',
      'one/layer/b': 'one/layer/w',
      'two/layer/a': 'two/layer/w',
      'two/layer/b': 'two/layer/w',
    });
  });
});

describe('damaged files of TensorFlow', () => {
  it.each<[string, WireField[], string]>([
    ['a cycle', [node('a', 'Relu', ['b']), node('b', 'Relu', ['a'])], 'BERTH3003 byte 2: The graph has a cycle: '],
    ['a node that reads itself', [node('a', 'Relu', ['a'])], 'BERTH3006 byte 2: An edge leads from "a" to itself.'],
    ['an input from nowhere', [node('a', 'Relu', ['^no'])], 'BERTH3001 byte 2: The edge "no" → "a"'],
    ['two of one name', [node('a', 'Relu'), node('a', 'Relu')], 'BERTH3002 byte 13: Two nodes are called "a".'],
    ['a negative size', [node('a', 'Placeholder', [], shape('shape', -7))], 'BERTH3054 byte '],
    [
      'an endless size',
      [node('a', 'Placeholder', [], shape('shape', 2 ** 40, 2 ** 40))],
      'BERTH3057 byte 2: A time or size of "a"',
    ],
  ])('%s', (_, fields, message) => {
    expect(said(...fields).slice(0, message.length)).toBe(message);
  });

  it('leaves out what leads back to the beginning of a loop', () => {
    const loop = [
      node('in', 'Placeholder', [], shape('shape', 4)),
      node('merge', 'Merge', ['in', 'next']),
      node('body', 'Relu', ['merge']),
      node('next', 'NextIteration', ['body']),
    ];
    expect(graphOf(fileOf(...loop)).edgeCount).toBe(3);
  });

  it('bears functions that call each other in a circle, and those that stand for more than memory holds', () => {
    const call = (name: string, f: string): WireField =>
      message(
        1,
        text(1, name),
        text(2, 'PartitionedCall'),
        message(5, text(1, 'f'), message(2, message(10, text(1, f)))),
      );
    const of = (name: string, ...nodes: WireField[]): WireField =>
      message(1, message(1, text(1, name)), ...nodes.map((one) => [0x1a, ...one.slice(1)]));
    const circle = fileOf(call('a', 'f'), message(2, of('f', call('b', 'f'))));
    expect(graphOf(circle).nodeCount).toBe(1);
    const doubling = Array.from({ length: 30 }, (_, i) => of(`f${i}`, call('a', `f${i + 1}`), call('b', `f${i + 1}`)));
    const bomb = fileOf(call('a', 'f0'), message(2, ...doubling, of('f30', node('x', 'NoOp'))));
    expect(saidOf({ path: '/x/net.pb', bytes: bomb })[0]).toMatch(/BERTH3015/);
  });
});
