/**
 * Reads a file of YAML documents, fast again after an edit: each document is cut into entries and items (`yaml-outline.ts`), each
 * piece is read once (`yaml-chunk.ts`) and found again by its text. What is read depends on the text alone, never on what was
 * read before; and a slip in one piece leaves its neighbours as they are.
 */
import { readChunk } from './chunk.ts';
import { duplicateKeys, expandedSize } from './green.ts';
import type { Chunk, Slip, Green, GreenEntry, GreenMapping, GreenSequence } from './green.ts';
import { documentSpans, Lines, outline } from './outline.ts';
import type { LineSpan, Outline, Piece } from './outline.ts';

/** Values that the aliases of one document may stand for. */
export const ALIAS_LIMIT = 100_000;

export interface YamlDocument {
  /** The document's lines, its `---` included. */
  readonly start: number;
  readonly end: number;
  /** Offset that the offsets of `root` and `slips` count from. */
  readonly base: number;
  readonly root: Green | undefined;
  readonly slips: readonly Slip[];
  /** The aliases stand for more than `ALIAS_LIMIT` values; `root` is undefined then. */
  readonly bomb: boolean;
}

export interface YamlFile {
  readonly text: string;
  readonly lines: Lines;
  readonly documents: readonly YamlDocument[];
  /** Pieces read for this text, by their text: what the next reading starts from. */
  readonly pieces: ReadonlyMap<string, Chunk>;
}

/** Reads a text; `previous` makes it quick where little has changed and never changes the result. */
export function readYaml(text: string, previous?: YamlFile): YamlFile {
  if (previous?.text === text) return previous;
  const lines = new Lines(text);
  const reader = new PieceReader(previous?.pieces);
  const documents = documentSpans(lines).map((span) => readDocument(lines, span, reader));
  return { text, lines, documents, pieces: reader.pieces };
}

/** A sign that could begin an anchor or an alias: their document is read as a whole. */
const ANCHOR_OR_ALIAS = /(?:^|[\s,[{:-])[&*][^\s,[\]{}]/m;

function readDocument(lines: Lines, span: LineSpan, reader: PieceReader): YamlDocument {
  const start = lines.start(span.from);
  const end = lines.start(span.to);
  const whole = lines.text.slice(start, end);
  const marker = /^---(?=\s|$)[^\n]*(?:\n|$)/m.exec(whole);
  const head = marker ? whole.slice(0, marker.index) : '';
  const unusual = /^%/m.test(head) || (marker !== null && !/^---[ \t]*(?:[ \t]#.*)?\r?\n?$/.test(marker[0]));
  if (unusual || ANCHOR_OR_ALIAS.test(whole)) {
    const chunk = reader.leaf(whole);
    if (chunk.root && expandedSize(chunk.root, ALIAS_LIMIT) > ALIAS_LIMIT) {
      return { start, end, base: start, root: undefined, slips: chunk.slips, bomb: true };
    }
    return { start, end, base: start, root: chunk.root, slips: chunk.slips, bomb: false };
  }
  const skip = marker ? marker.index + marker[0].length : 0;
  const block = reader.block(whole.slice(skip));
  return { start, end, base: start + skip, root: block.root, slips: block.slips, bomb: false };
}

/** A block of fewer lines is read at once; one that is larger, or in which something is wrong, is cut. */
const SMALL = 12;

/** Blocks inside blocks that are cut; what is nested deeper is read at once. */
const DEEPEST = 20;

class PieceReader {
  readonly pieces = new Map<string, Chunk>();
  private depth = 0;
  private readonly known: ReadonlyMap<string, Chunk> | undefined;

  constructor(known: ReadonlyMap<string, Chunk> | undefined) {
    this.known = known;
  }

  /** Reads a text as a whole. */
  leaf(text: string): Chunk {
    const found = this.pieces.get(text) ?? this.known?.get(text);
    const chunk = found ?? readChunk(text);
    this.pieces.set(text, chunk);
    return chunk;
  }

  /** Reads a text by its pieces where it is a block mapping or sequence, and any other text as a whole. */
  block(text: string): Chunk {
    return this.pieceByPiece(text) ?? this.leaf(text);
  }

  /** Reads a block mapping or sequence by its pieces; undefined for any other text. */
  private pieceByPiece(text: string): Chunk | undefined {
    const lines = new Lines(text);
    if (lines.count <= SMALL) {
      const chunk = this.leaf(text);
      const { root } = chunk;
      if (chunk.slips.length === 0)
        return root && root.type !== 'scalar' && root.type !== 'alias' && !root.flow ? chunk : undefined;
    }
    const cut = this.depth >= DEEPEST ? undefined : outline(lines, { from: 0, to: lines.count });
    if (!cut || (cut.pieces.length === 1 && cut.type === 'mapping' && !cut.pieces[0]!.nested)) return undefined;
    this.depth++;
    const chunk = cut.type === 'mapping' ? this.mapping(lines, cut) : this.sequence(lines, cut);
    this.depth--;
    return chunk;
  }

  private mapping(lines: Lines, cut: Outline): Chunk {
    const entries: GreenEntry[] = [];
    const shifts: number[] = [];
    const slips: Slip[] = [];
    for (const piece of cut.pieces) {
      const shift = lines.start(piece.from);
      const read = this.entry(lines, piece, shift, cut.pieces.length);
      for (const entry of read.entries) {
        entries.push(entry);
        shifts.push(shift);
      }
      for (const slip of read.slips) slips.push(moved(slip, shift));
    }
    // One entry alone that is no entry is a text of its own, such as a document of one word.
    const first = entries[0];
    if (!first) return this.leaf(lines.text);
    const last = entries.length - 1;
    const root: GreenMapping = {
      type: 'mapping',
      flow: false,
      start: first.keyStart + shifts[0]!,
      end: shifts[last]! + Math.max(entries[last]!.keyEnd, entries[last]!.value.end),
      entries,
      shifts,
    };
    // Where lines stand in the wrong place, so do their keys.
    if (slips.every((slip) => slip.type !== 'tab' && slip.detail !== STRAY))
      for (const slip of duplicateKeys(root)) slips.push(slip);
    return { root, slips };
  }

  private entry(
    lines: Lines,
    piece: Piece,
    shift: number,
    siblings: number,
  ): { entries: readonly GreenEntry[]; slips: readonly Slip[] } {
    const { nested } = piece;
    const tall = piece.to - piece.from > SMALL;
    const small = tall ? undefined : this.leaf(lines.text.slice(shift, lines.start(piece.to)));
    const cut = nested && (!small || small.slips.length > 0) ? this.nested(lines, nested, shift) : undefined;
    if (cut) return cut;
    const chunk = small ?? this.leaf(lines.text.slice(shift, lines.start(piece.to)));
    const { root } = chunk;
    if (root?.type === 'mapping' && !root.flow) {
      return root.entries.length === 1 || chunk.slips.length > 0
        ? { entries: root.entries, slips: chunk.slips }
        : { entries: root.entries, slips: [stray(root.entries[1]!.keyStart, root.entries[1]!.keyEnd)] };
    }
    if (root?.type === 'scalar' && siblings > 0)
      return halfTyped(lines.text.slice(shift, lines.start(piece.to)), root.start, root.end, chunk.slips);
    return { entries: [], slips: chunk.slips.length > 0 || !root ? chunk.slips : [stray(root.start, root.end)] };
  }

  /** The block below a key; undefined where it is a scalar or brackets, whose indentation counts from the key. */
  private nested(
    lines: Lines,
    nested: NonNullable<Piece['nested']>,
    shift: number,
  ): { entries: readonly GreenEntry[]; slips: readonly Slip[] } | undefined {
    const bodyStart = lines.start(nested.body.from);
    const block = this.pieceByPiece(lines.text.slice(bodyStart, lines.start(nested.body.to)));
    if (!block) return undefined;
    const at = nested.colon + 1 - shift;
    const value: Green = block.root
      ? moveRoot(block.root, bodyStart - shift)
      : { type: 'scalar', start: at, end: at, value: null, style: 'plain' };
    const entry: GreenEntry = {
      key: nested.key,
      keyStart: nested.keyStart - shift,
      keyEnd: nested.keyEnd - shift,
      colon: true,
      value,
    };
    return { entries: [entry], slips: block.slips.map((slip) => moved(slip, bodyStart - shift)) };
  }

  private sequence(lines: Lines, cut: Outline): Chunk {
    const items: Green[] = [];
    const shifts: number[] = [];
    const slips: Slip[] = [];
    for (const piece of cut.pieces) {
      const shift = lines.start(piece.from);
      const read = this.item(lines.text.slice(shift, lines.start(piece.to)), piece.to - piece.from);
      for (const item of read.items) {
        items.push(item);
        shifts.push(shift);
      }
      for (const slip of read.slips) slips.push(moved(slip, shift));
    }
    let first = 0;
    while (lines.text[first] !== '-')
      first = lines.text[first] === '#' ? lines.text.indexOf('\n', first) + 1 : first + 1;
    const last = items.length - 1;
    const root: GreenSequence = {
      type: 'sequence',
      flow: false,
      start: first,
      end: last < 0 ? first + 1 : shifts[last]! + items[last]!.end,
      items,
      shifts,
    };
    return { root, slips };
  }

  private item(text: string, height: number): { items: readonly Green[]; slips: readonly Slip[] } {
    let chunk: Chunk | undefined;
    if (height <= SMALL) {
      chunk = this.leaf(text);
      const { root } = chunk;
      if (chunk.slips.length === 0 && root?.type === 'sequence' && root.items.length === 1)
        return { items: root.items, slips: [] };
    }
    // `- a: 1` is the mapping that starts where the dash's blank ends: with a space for the dash it can be cut like any other.
    const dash = /^(?:[ \t]*(?:#.*)?\r?\n)*[ ]*-/.exec(text)?.[0].length ?? 1;
    const inner = `${text.slice(0, dash - 1)} ${text.slice(dash)}`;
    const lines = new Lines(inner);
    const cut = outline(lines, { from: 0, to: lines.count });
    const column = dash - 1 - text.lastIndexOf('\n', dash - 1) - 1;
    if (cut?.type === 'mapping' && cut.indent > column) {
      const block = this.mapping(lines, cut);
      if (block.root) return { items: [block.root], slips: block.slips };
    }
    chunk ??= this.leaf(text);
    const { root } = chunk;
    if (root?.type === 'sequence' && !root.flow) {
      if (root.items.length === 1 || chunk.slips.length > 0) return { items: root.items, slips: chunk.slips };
      return { items: root.items, slips: [stray(root.items[1]!.start, root.items[1]!.end)] };
    }
    return { items: [], slips: chunk.slips.length > 0 ? chunk.slips : [stray(dash - 1, dash)] };
  }
}

/** A key of which only a word is there yet. */
function halfTyped(
  text: string,
  start: number,
  end: number,
  slips: readonly Slip[],
): { entries: readonly GreenEntry[]; slips: readonly Slip[] } {
  const lineEnd = text.indexOf('\n', start);
  const keyEnd = lineEnd < 0 ? end : Math.min(end, text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd);
  const entry: GreenEntry = {
    key: text.slice(start, keyEnd),
    keyStart: start,
    keyEnd,
    colon: false,
    value: { type: 'scalar', start: keyEnd, end: keyEnd, value: null, style: 'plain' },
  };
  const own: Slip = { type: 'syntax', start, end: keyEnd, detail: 'a ":" is missing after the key' };
  return { entries: [entry], slips: slips.length > 0 ? slips : [own] };
}

const STRAY = 'the indentation does not fit the lines above';

function stray(start: number, end: number): Slip {
  return {
    type: 'syntax',
    start,
    end: Math.max(end, start + 1),
    detail: 'the indentation does not fit the lines above',
  };
}

function moved(slip: Slip, by: number): Slip {
  if (by === 0) return slip;
  const base = { ...slip, start: slip.start + by, end: slip.end + by };
  return slip.first === undefined ? base : { ...base, first: slip.first + by };
}

/** Puts a node that was read in a text of its own at its place in the surrounding text. */
function moveRoot(node: Green, by: number): Green {
  if (node.type === 'scalar') return { ...node, start: node.start + by, end: node.end + by };
  if (node.type === 'alias') return node;
  const start = node.start + by;
  const end = node.end + by;
  const n = node.type === 'mapping' ? node.entries.length : node.items.length;
  const shifts = Array.from({ length: n }, (_, i) => (node.shifts?.[i] ?? 0) + by);
  return { ...node, start, end, shifts };
}
