/** Every format of graph files that Berth reads; the first that recognises a file reads it. */
import { BERTH } from './formats/berth.ts';
import { CHAKRA } from './formats/chakra/chakra.ts';
import { DNN_PARTITIONING } from './formats/dnn-partitioning.ts';
import { DOT } from './formats/dot.ts';
import { GRAPHDEF } from './formats/graphdef/graphdef.ts';
import { GRAPHML } from './formats/graphml.ts';
import { ONNX } from './formats/onnx/onnx.ts';
import { RECORDED } from './formats/recorded.ts';
import type { GraphFormat } from './graph-format.ts';

export const GRAPH_FORMATS: readonly GraphFormat[] = [
  BERTH,
  DNN_PARTITIONING,
  RECORDED,
  DOT,
  GRAPHML,
  ONNX,
  GRAPHDEF,
  CHAKRA,
];
