/**
 * Where a cursor stands, in keys and indices: read from the tree where there is one, and from the indentation of the lines
 * above where the text is only half typed. Hover and completion start from here.
 */
import type { Range } from '../problems/catalogue.ts';
import type { YamlEntry, YamlNode } from './tree.ts';
import type { Path } from './tree.ts';

export interface Place {
  /** `key`: a key stands here or could; `value`: the value of a key or an item of a list. */
  readonly part: 'key' | 'value';
  /** key: path of the mapping that has or gets the key; value: path of the value itself. */
  readonly path: Path;
  /** The key under the cursor, as far as it is typed; empty where nothing is. Only for `key`. */
  readonly key: string;
  /** The word under the cursor, which a completion replaces; empty at the cursor where nothing is typed. */
  readonly word: Range;
  /** Keys that the mapping has already, without the one under the cursor. Only for `key`. */
  readonly present: readonly string[];
  /** Inside brackets or braces. */
  readonly flow: boolean;
  /** Column at which the mapping's keys stand (key), or at which keys of a new mapping here would (value). */
  readonly indent: number;
  /** A colon follows the key already. */
  readonly colon: boolean;
  /** Directly behind the dash of a list. */
  readonly dash: boolean;
}

/** A document to look into: the file's text, the document's lines and its tree. */
export interface Lookup {
  readonly text: string;
  readonly range: Range;
  readonly root: YamlNode | undefined;
}

/** @param offset UTF-16 offset into the text, inside the document or at its end. */
export function placeAt(document: Lookup, offset: number): Place {
  return (document.root && inTree(document, document.root, [], offset)) ?? inLines(document, offset);
}

function inTree(document: Lookup, node: YamlNode, path: Path, offset: number): Place | undefined {
  if (node.type === 'scalar') return node.missing ? undefined : valuePlace(document, path, node.range, false);
  if (node.type === 'sequence') return inSequence(document, node, path, offset);
  const entries = node.entries;
  for (const entry of entries) {
    if (within(entry.keyRange, offset)) return keyPlace(document, path, entry.keyRange, entry, entries, node.flow);
    // Block values that are open at their end (`key: [` on the last line) are still flow inside.
    if (within(entry.value.range, offset) && !entry.value.missing)
      return inTree(document, entry.value, [...path, entry.key], offset);
  }
  return node.flow ? inFlowGap(document, entries, path, offset) : undefined;
}

function inSequence(document: Lookup, node: YamlNode, path: Path, offset: number): Place | undefined {
  const items = node.items;
  for (const [i, item] of items.entries()) {
    if (within(item.range, offset) && !item.missing) return inTree(document, item, [...path, i], offset);
  }
  if (!node.flow) return undefined;
  const before = items.filter((item) => item.range.end <= offset).length;
  return valuePlace(document, [...path, before], { start: offset, end: offset }, true);
}

/** Between the entries of `{ }`: behind a colon a value is due, elsewhere a key. */
function inFlowGap(document: Lookup, entries: readonly YamlEntry[], path: Path, offset: number): Place {
  const last = entries.findLast((entry) => entry.keyRange.end <= offset);
  const word = { start: offset, end: offset };
  if (last && /:\s*$/.test(document.text.slice(last.keyRange.end, offset)))
    return valuePlace(document, [...path, last.key], word, true);
  return keyPlace(document, path, word, undefined, entries, true);
}

function keyPlace(
  document: Lookup,
  path: Path,
  word: Range,
  own: YamlEntry | undefined,
  entries: readonly YamlEntry[],
  flow: boolean,
): Place {
  const first = entries[0]?.keyRange.start ?? word.start;
  return {
    part: 'key',
    path,
    key: own?.key ?? '',
    word,
    present: entries.filter((entry) => entry.keyRange.start !== own?.keyRange.start).map((entry) => entry.key),
    flow,
    indent: flow ? columnOf(document.text, word.start) : columnOf(document.text, first),
    colon: own?.colon ?? false,
    dash: false,
  };
}

function valuePlace({ text }: Lookup, path: Path, word: Range, flow: boolean): Place {
  const lineStart = word.start - columnOf(text, word.start);
  const lead = /^[ ]*(?:- +)*/.exec(text.slice(lineStart, word.start))?.[0].length ?? 0;
  const dash =
    typeof path.at(-1) === 'number' &&
    lineStart + lead === word.start &&
    text[word.start - 1] !== undefined &&
    /-\s+$/.test(text.slice(lineStart, word.start));
  return { part: 'value', path, key: '', word, present: [], flow, indent: dash ? lead : lead + 2, colon: false, dash };
}

interface LineToken {
  readonly column: number;
  readonly type: 'dash' | 'key';
  readonly key: string;
  /** A key with a value on its line: nothing can stand below it. */
  readonly closed: boolean;
}

/** Dashes and the key with which a line begins, from the left. */
function tokensOf(line: string): LineToken[] {
  const tokens: LineToken[] = [];
  let column = 0;
  for (;;) {
    while (line[column] === ' ') column++;
    if (line[column] !== '-' || (line[column + 1] !== ' ' && line[column + 1] !== undefined)) break;
    tokens.push({ column, type: 'dash', key: '', closed: false });
    column++;
  }
  const match = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s:#{[\]},][^:#]*?))\s*:(?:\s+(.*))?$/.exec(
    line.slice(column),
  );
  if (match) {
    const key = match[1] ?? match[2] ?? match[3] ?? '';
    const rest = (match[4] ?? '').trim();
    tokens.push({ column, type: 'key', key, closed: rest !== '' && !rest.startsWith('#') });
  }
  return tokens;
}

function inLines(document: Lookup, offset: number): Place {
  const { text, root } = document;
  const lineStart = offset - columnOf(text, offset);
  const before = text.slice(lineStart, offset).replace(/\r$/, '');
  const after = /^[\w.\-/]*/.exec(text.slice(offset))![0];
  const own = tokensOf(before);
  const key = own.at(-1);
  const dashes = own.filter((token) => token.type === 'dash');
  const lead = /^[ ]*(?:-(?: +|$))*/.exec(before)![0].length;

  if (key?.type === 'key') {
    const mapping = pathAbove(document, lineStart, dashes, key.column);
    const typed = /[^\s]*$/.exec(before)![0];
    const word = { start: offset - typed.length, end: offset + after.length };
    return { ...valuePlace(document, [...mapping, key.key], word, false), indent: key.column + 2, dash: false };
  }
  const word = { start: lineStart + lead, end: offset + after.length };
  const typed = text.slice(word.start, word.end);
  const path = pathAbove(
    document,
    lineStart,
    dashes,
    dashes.length > 0 ? lead : before.length - before.trimStart().length,
  );
  if (dashes.length > 0 && before.endsWith(' ') && typed === '') {
    return { part: 'value', path, key: '', word, present: [], flow: false, indent: lead, colon: false, dash: true };
  }
  const node = root?.at(path);
  const entries = node?.entries ?? [];
  const present = entries.filter((entry) => entry.keyRange.start !== word.start).map((entry) => entry.key);
  return {
    part: 'key',
    path,
    key: typed,
    word,
    present,
    flow: false,
    indent: lead,
    colon: false,
    dash: dashes.length > 0,
  };
}

/** Path of the mapping (or list item) in which a word at `column` stands, below the lines above and the dashes on its own line. */
function pathAbove(document: Lookup, lineStart: number, dashes: readonly LineToken[], column: number): Path {
  const { text, range } = document;
  const path: (string | number)[] = [];
  let limit = column;
  /** Column of the dashes of the list that we are in and count upwards, or -1. */
  let list = -1;
  let count = 0;
  let first = dashes.length === 0;
  const take = (token: LineToken): void => {
    if (token.type === 'dash') {
      if (list === token.column) count++;
      else if (token.column < limit) {
        if (list >= 0) path.unshift(count);
        list = token.column;
        limit = token.column;
        count = 0;
      }
    } else if (list >= 0 ? token.column <= list : token.column < limit) {
      if (list >= 0) path.unshift(count);
      list = -1;
      path.unshift(token.key);
      limit = token.column;
    }
  };
  for (const dash of [...dashes].reverse()) take(dash);
  let end = lineStart;
  while (end > range.start && limit >= 0) {
    const start = text.lastIndexOf('\n', end - 2) + 1;
    const line = text.slice(Math.max(start, range.start), end).replace(/\r?\n$/, '');
    end = start;
    if (/^\s*(?:#|$)/.test(line)) continue;
    if (/^---(\s|$)/.test(line)) break;
    const tokens = tokensOf(line);
    const opener = tokens.at(-1);
    // A line too far to the right, below a key that has its value, can only mean the mapping of that key.
    if (first && opener?.type === 'key' && opener.closed && opener.column < limit) limit = opener.column;
    first = false;
    for (const token of tokens.reverse()) take(token);
    if (limit === 0 && list < 0) break;
  }
  if (list >= 0) path.unshift(count);
  return path;
}

function within(range: Range, offset: number): boolean {
  return range.start <= offset && offset <= range.end;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}
