/** Graph files of every format: as a text that is edited, as data, as bytes. */
import { readFileSync } from 'node:fs';
import { readDeviceMap } from '../../../server/src/baechi/export/device-map.ts';
import { GRAPH_FORMATS } from '../../../server/src/graph/formats.ts';
import type { GraphFileResult } from '../../../server/src/graph/graph-format.ts';
import { readGraph, readGraphFile } from '../../../server/src/graph/source.ts';
import {
  readGraphContent,
  readGraphDocument,
  type GraphDocument,
} from '../../../server/src/language/graph-document.ts';
import { readJson } from '../../../server/src/spec/yaml/json-green.ts';
import { YamlNode } from '../../../server/src/spec/yaml/tree.ts';
import { onnxFile } from '../../unit/graph/formats/onnx-file.ts';
import { fileOf, int, message, packed, text, varint } from '../../unit/graph/wire-writer.ts';
import { documentOf, SPEC_WORDS, yamlOf } from '../from-schema.ts';
import { codes, isSound, must } from '../oracle.ts';
import type { BytesTarget, TextTarget } from '../target.ts';
import { GRAPH_SEEDS, RECORDED_GRAPH } from './files.ts';

const READERS = [
  'graph/source.ts',
  'graph/field.ts',
  'graph/formats/berth.ts',
  'graph/formats/recorded.ts',
  'graph/formats/dnn-partitioning.ts',
  'graph/graph-profile.ts',
  'language/graph-document.ts',
];

const RECORDED_WORDS = [
  'nodes',
  'edges',
  'compute_us',
  'perm_bytes',
  'out_bytes',
  'outputs',
  'src',
  'dst',
  'tensors',
  'comm',
  'group',
  'id',
  'memory_bytes',
];

function looked(document: GraphDocument, size: number): string {
  for (const found of document.problems) isSound(found, size);
  const isClean = document.problems.every(({ severity }) => severity !== 'error');
  must(isClean || document.graph === undefined, () => 'a graph with an error can be used');
  must(!isClean || document.graph !== undefined, () => 'a graph without an error cannot be used');
  return `${document.format.name} ${document.graph ? '+' : ''} ${codes(document.problems)}`;
}

const yaml: TextTarget = {
  name: 'graph-yaml',
  type: 'text',
  doors: READERS,
  words: [...SPEC_WORDS, ...RECORDED_WORDS],
  seeds: () => [...GRAPH_SEEDS, RECORDED_GRAPH],
  make: (random) => `${yamlOf(documentOf('Graph', random), random)}\n`,
  run: (text) => {
    const path = '/w/a.graph.yaml';
    const document = readGraphDocument(text, { path });
    const again = readGraphDocument(`${text}# x`, { path, previous: document });
    const afresh = readGraphDocument(`${text}# x`, { path });
    must(
      JSON.stringify(again.problems) === JSON.stringify(afresh.problems),
      () => 'read after an edit it says something else than read afresh',
    );
    isPlaced(path, text);
    return looked(document, text.length);
  },
};

const json: TextTarget = {
  name: 'graph-json',
  type: 'json',
  doors: [...READERS, 'spec/yaml/json-green.ts'],
  words: [...SPEC_WORDS, ...RECORDED_WORDS],
  seeds: () => [
    RECORDED_GRAPH,
    PARTITIONING,
    '{"apiVersion":"berth.dev/v1alpha1","kind":"Graph","nodes":[{"name":"a","compute":"1ms"},{"name":"b","compute":"2ms"}],"edges":[{"from":"a","to":"b","bytes":"4Ki"}]}',
  ],
  make: (random) => JSON.stringify(documentOf('Graph', random)),
  run: (text) => {
    const path = '/w/a.graph.json';
    let data: unknown;
    let isJson = true;
    try {
      data = JSON.parse(text);
    } catch {
      isJson = false;
    }
    const { root, slips } = readJson(text);
    // Control characters within quotes, and a byte order mark, are let pass: they harm nobody.
    const isLenient = Array.from(text).some((character) => character < ' ' || character === '\ufeff');
    must(
      isLenient || isJson === (slips.every(({ type }) => type === 'duplicate') && root !== undefined),
      () => `JSON.parse ${isJson ? 'reads' : 'refuses'} it, readJson says ${JSON.stringify(slips)}`,
    );
    if (isJson && root && slips.length === 0 && !text.includes('__proto__')) {
      const plain = new YamlNode(root, 0).plain();
      must(
        JSON.stringify(plain) === JSON.stringify(data),
        () => `${JSON.stringify(plain)} instead of ${JSON.stringify(data)}`,
      );
    }
    if (isJson) isChecked(readGraph(data, 'a'));
    isPlaced(path, text);
    return looked(readGraphDocument(text, { path }), text.length);
  },
};

/** As whoever runs a graph reads it: what is wrong leads to a place of the file. */
function isPlaced(path: string, text: string): void {
  const source = readGraphFile({ path, text });
  isChecked(source);
  if (source.ok) return;
  for (const { path: to } of source.problems.slice(0, 20)) {
    const { range } = source.place(to);
    must(
      range.start >= 0 && range.start <= range.end && range.end <= text.length + 1,
      () => `a finding at ${range.start} to ${range.end} of ${text.length}`,
    );
  }
}

function isChecked(read: GraphFileResult): void {
  if (!read.ok) {
    must(read.problems.length > 0, () => 'a graph is refused without a reason');
    return;
  }
  const { graph } = read;
  must(
    graph.names.length > 0 && new Set(graph.names).size === graph.names.length,
    () => 'nodes without a name of their own',
  );
}

const PARTITIONING = JSON.stringify({
  maxSizePerFPGA: 1e9,
  maxFPGAs: 2,
  nodes: [
    { id: 1, name: 'a', fpgaLatency: 0, size: 5, colorClass: 1, isBackwardNode: 0 },
    { id: 4, fpgaLatency: 1.5, size: 7, colorClass: 1, isBackwardNode: true },
  ],
  edges: [{ sourceId: 1, destId: 4, cost: 0.5, size: 12 }],
});

const DOT_TEXT =
  'digraph net {\n node [compute="3us"]; // all\n subgraph cluster_enc { a [memory="4Mi", output=8]; "b c" }\n a -> {"b c" d} -> e:n [size="1Ki" tensor=t];\n}';
const GRAPHML_TEXT = `<?xml version="1.0"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d0" for="node" attr.name="compute"><default>2us</default></key><key id="d1" for="edge" attr.name="size"/>
<graph edgedefault="directed"><node id="a"><graph><node id="b"><data key="d0">7</data></node></graph></node><node id="c"/>
<edge source="b" target="c"><data key="d1">4Ki</data></edge></graph></graphml>`;

const notations: TextTarget = {
  name: 'graph-notations',
  type: 'text',
  doors: ['graph/source.ts', 'graph/formats/dot.ts', 'graph/formats/graphml.ts', 'graph/attributed-graph.ts'],
  words: [
    'digraph',
    'subgraph',
    'cluster',
    '->',
    'compute',
    '"',
    '<node id="',
    '</',
    '<data key="d0">',
    '<![CDATA[',
    '&amp;',
    'edgedefault',
  ],
  seeds: () => [DOT_TEXT, GRAPHML_TEXT],
  run: (text) =>
    ['/w/a.dot', '/w/a.graphml']
      .map((path) => {
        isPlaced(path, text);
        return looked(readGraphDocument(text, { path }), text.length);
      })
      .join(),
};

/** A model of every part that is read. */
const ONNX_FILE = onnxFile({
  inputs: { x: ['batch', 4], c: [1] },
  between: { y: [2, 4] },
  weights: [
    { name: 'w', dims: [4, 4], external: { location: 'a.data', length: 64 } },
    { name: 'to', dims: [2], values: [-1, 2] },
  ],
  nodes: [
    { op: 'MatMul', name: 'a', inputs: ['x', 'w'], outputs: ['h'], scopes: ['', 'enc', 'a'] },
    { op: 'Constant', outputs: ['k'], attributes: { value_ints: [3, 1] } },
    { op: 'Reshape', inputs: ['h', 'to'], outputs: ['r'] },
    {
      op: 'If',
      inputs: ['c'],
      outputs: ['y'],
      attributes: { then_branch: { nodes: [{ op: 'Relu', inputs: ['h'], outputs: ['o'] }] } },
    },
    { op: 'Conv', inputs: ['y', 'w', ''], outputs: ['z'], attributes: { pads: [1, 1], auto_pad: 'VALID' } },
  ],
});

/** A trace of every part that is read. */
const CHAKRA_FILE = fileOf(
  ...[
    [text(1, '0.0.4')],
    [int(1, 7), text(2, 'aten::mm'), int(3, 4), int(7, 120), message(9, text(1, "[[3, 4, 0, 64, 4, 'cuda:0']]"))],
    [
      int(1, 9),
      text(2, 'all_reduce'),
      int(3, 7),
      packed(5, [7]),
      int(4, 7),
      message(10, text(1, 'comm_size'), int(9, 64)),
    ],
  ].map((fields) => [...varint(fields.flat().length), ...fields.flat()]),
);

const bytes: BytesTarget = {
  name: 'graph-bytes',
  type: 'bytes',
  doors: [
    ...READERS,
    'graph/wire.ts',
    'graph/formats/onnx/model.ts',
    'graph/formats/onnx/onnx.ts',
    'graph/formats/graphdef/model.ts',
    'graph/formats/graphdef/graphdef.ts',
    'graph/formats/chakra/chakra.ts',
    'graph/formats/chakra/trace.ts',
  ],
  seeds: () => [
    ONNX_FILE,
    ...['shapes', 'saved'].map((name) => readFileSync(new URL(`../../fixtures/graphs/${name}.pb`, import.meta.url))),
    CHAKRA_FILE,
    ...GRAPH_SEEDS.slice(0, 1).map((text) => Buffer.from(text)),
    Buffer.from(RECORDED_GRAPH),
    Buffer.from(`\ufeff${RECORDED_GRAPH}`, 'utf16le'),
  ],
  run: (input) => {
    const endings = GRAPH_FORMATS.flatMap((format) => format.endings);
    const seen = endings.map((ending) => {
      const path = `/w/a${ending}`;
      const document = readGraphContent({ path, bytes: input });
      return looked(document, document.text?.length ?? input.length);
    });
    return [...new Set(seen)].join();
  },
};

const deviceMap: TextTarget = {
  name: 'device-map',
  type: 'json',
  doors: ['baechi/export/device-map.ts'],
  words: ['cuda:0', 'cuda', 'cpu', 'disk', 'transformer.h.0', '0', '-1'],
  seeds: () => ['{"transformer.wte": 0, "transformer.h.0": "cuda:1", "lm_head": "cpu"}', '{"": 0}'],
  run: (text) => {
    const read = readDeviceMap(text);
    if (!read.ok) {
      must(read.detail !== '', () => 'a map is refused without a reason');
      return 'refused';
    }
    for (const device of read.map.values()) must(device in read.devices, () => 'a device that is not there');
    return `${read.devices.length} devices`;
  },
};

export const GRAPH_TARGETS = [deviceMap, yaml, json, notations, bytes];
