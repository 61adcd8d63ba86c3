/** Every format of graph files that Berth reads; the first that recognises a file reads it. */
import { BERTH } from './formats/berth.ts';
import { RECORDED } from './formats/recorded.ts';
import type { GraphFormat } from './graph-format.ts';

export const GRAPH_FORMATS: readonly GraphFormat[] = [BERTH, RECORDED];
