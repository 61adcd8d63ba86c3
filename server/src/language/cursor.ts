/**
 * Where a cursor stands while the text around it is half typed, read from the lines above it alone: a tree needs a text that can
 * be read, the next key is wanted in one that cannot. Follows YAML's indentation and brackets; a bracket that was never closed ends
 * where a line is indented too little to be inside it.
 */
import type { Range } from '../spec/problems/catalogue.ts';
import { lineStart } from '../spec/text/line-start.ts';
import type { Path } from '../spec/yaml/tree.ts';
import { FlowScanner } from './flow-scanner.ts';

export interface Cursor {
  /**
   * key: an entry of the mapping at `path`; value: the value at `path`; item: one more item of the list at `path`, which needs its
   * dash.
   */
  readonly expects: 'key' | 'value' | 'item';
  readonly path: Path;
  /** How a value is reached: behind its key or a bracket, behind a dash, or on a line of its own. */
  readonly reached: 'inline' | 'dash' | 'line';
  /** Inside brackets, where nothing is indented. */
  readonly flow: boolean;
  /** What is being typed; empty where nothing is yet. A blank line's wrong indentation belongs to it. */
  readonly word: Range;
  /** A colon follows the word already. */
  readonly colon: boolean;
  /** The colon before the cursor lacks its blank. */
  readonly needsBlank: boolean;
  /** Column at which a key or a dash of this place stands. */
  readonly column: number;
  /** Keys of the mapping above the cursor, for texts of which there is no tree. */
  readonly seen: ReadonlySet<string>;
}

interface Frame {
  readonly type: 'mapping' | 'sequence';
  readonly indent: number;
  key: string;
  index: number;
  /** Nothing stands behind the key or the dash yet. */
  open: boolean;
  readonly seen: Set<string>;
}

/** What could be typed at an offset; none inside comments and texts of several lines. */
export function cursorsAt(text: string, offset: number): Cursor[] {
  const scanner = new LineScanner(text);
  const start = lineStart(text, offset);
  for (let at = documentStart(text, start); at < start;) {
    const lf = text.indexOf('\n', at);
    scanner.line(at, lf > at && text.charCodeAt(lf - 1) === CR ? lf - 1 : lf);
    at = lf + 1;
  }
  return scanner.cursorLine(start, offset);
}

const CR = 13;

/** Offset behind the `---` line above. */
function documentStart(text: string, before: number): number {
  for (let at = before; at > 0;) {
    const marker = text.lastIndexOf('\n---', at - 1);
    if (marker < 0) break;
    const lineEnd = text.indexOf('\n', marker + 1);
    if (lineEnd >= 0 && lineEnd < before && /^---\s*(?:#.*)?$/.test(text.slice(marker + 1, lineEnd)))
      return lineEnd + 1;
    at = marker;
  }
  const first = /^---[ \t]*(?:#[^\n]*)?\r?\n/.exec(text)?.[0].length ?? 0;
  return first <= before ? first : 0;
}

/** A key and its colon, at the start of what stands behind indentation and dashes. */
const KEY = /(?:"((?:[^"\\\n]|\\.)*)"[ \t]*|'((?:[^'\n]|'')*)'[ \t]*|([^\s"'{}[\],#&*!|>%@`][^\n]*?)):(?=[ \t\r\n]|$)/y;
const DASHES = /-(?=[ \t\r\n]|$)[ \t]*/y;

class LineScanner {
  private readonly text: string;
  private readonly frames: Frame[] = [];
  private flow: FlowScanner | undefined;
  /** Lines that are indented more belong to a `|` or `>` text. */
  private blockText: number | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Takes a whole line above the cursor's. */
  line(start: number, end: number): void {
    if (this.continues(start, end)) return;
    const at = this.contentStart(start, end);
    if (at === end || this.text[at] === '#') return;
    const inner = this.dashes(start, at, end);
    if (inner === end) return;
    this.content(start, inner, end);
  }

  /** Whether the line belongs to a bracket or a block text that was opened above; takes it then. */
  private continues(start: number, end: number): boolean {
    const at = this.contentStart(start, end);
    const indent = at - start;
    if (this.blockText !== undefined) {
      if (at === end || indent > this.blockText) return true;
      this.blockText = undefined;
    }
    if (!this.flow) return false;
    const closing = this.text[at] === '}' || this.text[at] === ']';
    if (at < end && indent <= this.flow.indent && !closing) {
      this.flow = undefined;
      return false;
    }
    this.flow.take(start, end);
    if (this.flow.closed) this.flow = undefined;
    return true;
  }

  private contentStart(start: number, end: number): number {
    let at = start;
    while (at < end && this.text.charCodeAt(at) === 32) at++;
    return at;
  }

  /** Opens an item for each dash before `end`, where a cursor may stand right before another. @returns where what follows them starts. */
  private dashes(start: number, at: number, end: number): number {
    while (at < end) {
      DASHES.lastIndex = at;
      const match = DASHES.exec(this.text);
      if (!match || at + match[0].length > end + 1) return at;
      this.item(at - start);
      at = Math.min(end, at + match[0].length);
    }
    return at;
  }

  private item(indent: number): void {
    this.leave((frame) => frame.indent > indent);
    const top = this.frames.at(-1);
    if (top?.type === 'sequence' && top.indent === indent) {
      top.index++;
      top.open = true;
      return;
    }
    if (top) top.open = false;
    this.frames.push({ type: 'sequence', indent, key: '', index: 0, open: true, seen: new Set() });
  }

  /** Takes `key: value`, brackets, or a plain text. */
  private content(start: number, at: number, end: number): void {
    if (this.text[at] === '#') return;
    const indent = at - start;
    const key = this.keyAt(at, end);
    if (!key) {
      this.leave((frame) => frame.indent > indent);
      this.value(at, end);
      return;
    }
    this.entry(indent, key.name);
    let value = key.end;
    while (value < end && /[ \t]/.test(this.text[value]!)) value++;
    if (value < end && this.text[value] !== '#') this.value(value, end);
  }

  /** The key that starts here and has its colon before `end`. */
  private keyAt(at: number, end: number): { name: string; end: number } | undefined {
    KEY.lastIndex = at;
    const match = KEY.exec(this.text);
    if (!match || KEY.lastIndex > end || match[3]?.includes(' #')) return undefined;
    return { name: match[1] ?? match[2] ?? match[3]!.trimEnd(), end: KEY.lastIndex };
  }

  private entry(indent: number, key: string): void {
    this.leave((frame) => frame.indent > indent || (frame.type === 'sequence' && frame.indent === indent));
    const top = this.frames.at(-1);
    if (top?.type === 'mapping' && top.indent === indent) {
      top.key = key;
      top.open = true;
      top.seen.add(key);
      return;
    }
    if (top) top.open = false;
    this.frames.push({ type: 'mapping', indent, key, index: 0, open: true, seen: new Set([key]) });
  }

  private value(at: number, end: number): void {
    const top = this.frames.at(-1);
    if (top) top.open = false;
    const char = this.text[at];
    if (char === '{' || char === '[') {
      this.flow = new FlowScanner(this.text, top?.indent ?? -1);
      this.flow.take(at, end);
      if (this.flow.closed) this.flow = undefined;
    } else if (char === '|' || char === '>') {
      this.blockText = top?.indent ?? -1;
    }
  }

  private leave(beyond: (frame: Frame) => boolean): void {
    while (this.frames.length > 0 && beyond(this.frames.at(-1)!)) this.frames.pop();
  }

  private path(depth = this.frames.length): (string | number)[] {
    return this.frames.slice(0, depth).map((frame) => (frame.type === 'mapping' ? frame.key : frame.index));
  }

  /** Reads the cursor's line up to the cursor. */
  cursorLine(start: number, offset: number): Cursor[] {
    const at = this.contentStart(start, offset);
    // A blank line belongs to what is open above by its indentation alone.
    if (at === offset && this.blockText !== undefined && at - start <= this.blockText) this.blockText = undefined;
    if (
      at === offset &&
      this.flow &&
      at - start <= this.flow.indent &&
      !/^[ \t]*[}\]]/.test(this.text.slice(at, at + 80))
    )
      this.flow = undefined;
    if (this.continues(start, offset)) return this.flowCursor(start, offset);
    if (this.text[at] === '#' && at < offset) return [];
    const before = this.frames.length;
    const inner = this.dashes(start, at, offset);
    if (inner > at || this.frames.length !== before) return this.behindDash(start, inner, offset);
    if (inner === offset) return this.onLine(start, offset, offset);
    return this.typed(start, inner, offset, false);
  }

  private behindDash(start: number, at: number, offset: number): Cursor[] {
    if (at < offset) return this.typed(start, at, offset, true);
    // A dash alone may be the first character of an item: nothing stands behind it without a blank.
    const needsBlank = this.text[offset - 1] === '-';
    const word = this.wordAround(offset, offset);
    return [this.atValue('dash', word, offset - start + Number(needsBlank), needsBlank)];
  }

  private typed(start: number, at: number, offset: number, dash: boolean): Cursor[] {
    const key = this.keyAt(at, offset);
    if (key) {
      this.entry(at - start, key.name);
      return this.behindColon(start, key.end, offset);
    }
    const char = this.text[at]!;
    if (char === '{' || char === '[') {
      this.value(at, offset);
      return this.flowCursor(start, offset);
    }
    if ('|>&*!%@`#'.includes(char)) return [];
    if (dash) return [this.atValue('dash', this.wordAround(at, offset), at - start)];
    return this.onLine(start, at, offset);
  }

  private behindColon(start: number, colonEnd: number, offset: number): Cursor[] {
    let at = colonEnd;
    while (at < offset && /[ \t]/.test(this.text[at]!)) at++;
    const char = this.text[at];
    if (at < offset && (char === '{' || char === '[')) {
      this.value(at, offset);
      return this.flowCursor(start, offset);
    }
    if (at < offset && /[#|>&*!]/.test(char!)) return [];
    if (/[ \t]#/.test(this.text.slice(at, offset))) return [];
    const frame = this.frames.at(-1)!;
    return [this.atValue('inline', this.wordAround(at, offset), frame.indent, at === colonEnd && at === offset)];
  }

  /** A word, or nothing yet, on a line of its own: which of the open blocks it belongs to, its column tells. */
  private onLine(start: number, at: number, offset: number): Cursor[] {
    const column = at - start;
    const word = this.wordAround(at, offset);
    const deepest = this.frames.at(-1);
    if (!deepest) return [this.atKey(0, word, column)];
    const found: Cursor[] = [];
    const fits = (frame: Frame): boolean =>
      frame.indent < column || (frame.indent === column && frame.type === 'mapping');
    if (deepest.open && fits(deepest)) found.push(this.atValue('line', word, column));
    this.frames.forEach((frame, depth) => {
      if (frame.indent === column) found.push(this.atFrame(depth, word, column));
    });
    if (found.length > 0) return found;
    if (at < offset) return []; // the next line of a text, or damaged indentation
    let depth = this.frames.findLastIndex((frame) => frame.indent <= column);
    if (depth < 0) depth = 0;
    return [this.atFrame(depth, { start, end: word.end }, this.frames[depth]!.indent)];
  }

  private atFrame(depth: number, word: Range, column: number): Cursor {
    const frame = this.frames[depth]!;
    if (frame.type === 'mapping') return this.atKey(depth, word, column);
    return { ...this.plain(word, column), expects: 'item', path: this.path(depth) };
  }

  private atKey(depth: number, word: Range, column: number): Cursor {
    const seen = this.frames[depth]?.seen ?? new Set<string>();
    return { ...this.plain(word, column), expects: 'key', path: this.path(depth), seen };
  }

  private atValue(reached: Cursor['reached'], word: Range, column: number, needsBlank = false): Cursor {
    return { ...this.plain(word, column), expects: 'value', path: this.path(), reached, needsBlank };
  }

  private plain(word: Range, column: number): Omit<Cursor, 'expects' | 'path'> {
    return {
      word,
      column,
      reached: 'line',
      flow: false,
      colon: this.colonAfter(word.end),
      needsBlank: false,
      seen: new Set(),
    };
  }

  private flowCursor(start: number, offset: number): Cursor[] {
    const at = this.flow?.position(offset);
    if (!this.flow || !at) return [];
    if (at.wordStart < start) return []; // the next line of a text
    const path = [...this.path(), ...at.path];
    const word = this.wordAround(at.wordStart, offset, true);
    const inside = { ...this.plain(word, offset - start), path, flow: true, reached: 'inline' as const, seen: at.seen };
    return [{ ...inside, expects: at.expects, needsBlank: at.needsBlank }];
  }

  /** From where the word began to where it ends behind the cursor. */
  private wordAround(start: number, offset: number, flow = false): Range {
    const quote = this.text[start];
    if (start < offset && (quote === '"' || quote === "'")) {
      const lineEnd = this.text.indexOf('\n', offset);
      const close = this.text.indexOf(quote, offset);
      if (close >= 0 && (lineEnd < 0 || close < lineEnd)) return { start, end: close + 1 };
    }
    let end = offset;
    const stop = flow ? /[\s,{}[\]#]/ : /[\s#]/;
    while (end < this.text.length && !stop.test(this.text[end]!) && !(this.text[end] === ':' && this.colonAfter(end)))
      end++;
    return { start, end };
  }

  private colonAfter(offset: number): boolean {
    return /^[ \t]*:(?:[ \t\r\n,}\]]|$)/.test(this.text.slice(offset, offset + 40));
  }
}
