/** What a graph format is to the door (`source.ts`): how it is recognised, what it reads, and where in a file its findings stand. */
import type { Range } from '../spec/problems/problem.ts';
import type { DocumentKind } from '../spec/schema/schema-tree.ts';
import type { GraphFinding, Path } from './graph-finding.ts';
import type { GraphProfile } from './graph-profile.ts';
import type { Graph } from './graph.ts';
import type { LinkModel } from './link-model.ts';

/** What a graph file holds: the graph, and what a recorded one tells beside it. */
export interface GraphFile {
  readonly ok: true;
  readonly graph: Graph;
  /** The link that the recorded transfer times were computed with. */
  readonly link?: LinkModel;
  /** Memory limits of the devices of the recorded runs, in bytes. */
  readonly devices?: readonly { readonly name: string; readonly memory: number }[];
  /** What whoever uses the graph should know: costs that the file has not, parts that hang together by nothing. */
  readonly notes?: readonly GraphFinding[];
  /** Of a PyTorch module's graph: what module it is of. */
  readonly profile?: GraphProfile;
}

export type GraphFileResult = GraphFile | { readonly ok: false; readonly problems: readonly GraphFinding[] };

interface FormatBase {
  /** In code: `berth`. */
  readonly name: string;
  /** For people, where they are told what Berth reads: `a recorded graph (JSON …)`. */
  readonly title: string;
  /** How its files are named, with the dot. Several formats may share an ending: what a file holds tells them apart. */
  readonly endings: readonly string[];
  /** A larger file is not read. */
  readonly largestBytes: number;
}

/** A format that people can read and write: YAML, or JSON where the file's name says so. */
export interface TextFormat extends FormatBase {
  readonly type: 'text';
  /** Whether parsed data is of this format, told by its shape. */
  recognises(data: unknown): boolean;
  /**
   * @param data parsed YAML or JSON; the paths of findings lead through it.
   * @param name of a graph whose file does not name it.
   */
  read(data: unknown, name: string): GraphFileResult;
  readonly written: WrittenForm;
}

/** What an editor knows of a text beside the graph that it describes. */
export interface WrittenForm {
  /** What the text is checked by and completed from. */
  readonly schema?: DocumentKind;
  /** Keys of an edge that hold names of nodes: one can go from there to the node, and renaming it changes them. */
  readonly ends: readonly string[];
  /** What a node is called that has no `name`. */
  readonly unnamed?: { readonly key: string; readonly nameOf: (value: unknown) => string };
}

/** A text in a notation of its own (DOT, XML), which other programs write and Berth reads: an editor shows it as whatever it takes it for. */
export interface NotationFormat extends FormatBase {
  readonly type: 'notation';
  /** @param head of the text, {@link HEAD_BYTES} letters at most. */
  recognises(head: string): boolean;
  /** @param name of a graph whose file does not name it. */
  read(text: string, name: string): NotationReading;
}

export interface NotationReading {
  readonly result: GraphFileResult;
  /** Where in the text a finding's path leads to, or the nearest that it lies in. */
  rangeAt(path: Path): Range;
}

/** A format of bytes, which no editor shows. */
export interface BinaryFormat extends FormatBase {
  readonly type: 'binary';
  /** @param head the first bytes of a file, {@link HEAD_BYTES} at most. */
  recognises(head: Uint8Array): boolean;
  /**
   * Reads a file from its beginning to its end: what it does not need (weights) it lets go by.
   *
   * @param chunks the whole file, cut anywhere.
   * @param name of a graph whose file does not name it.
   */
  read(chunks: Iterable<Uint8Array>, name: string): BinaryReading;
}

export interface BinaryReading {
  readonly result: GraphFileResult;
  /** Which bytes a finding's path means, or the nearest that it lies in. */
  bytesAt(path: Path): Range;
}

export type GraphFormat = TextFormat | NotationFormat | BinaryFormat;

/** As much of a file tells its format. */
export const HEAD_BYTES = 4096;
