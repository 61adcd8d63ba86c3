/**
 * Cuts a text into pieces that can be read alone: documents at `---`, entries of block mappings and items of block sequences by
 * their indentation. YAML ends every multi-line scalar and every bracket at a line that is indented less than it must be, so
 * an entry or an item never reaches into its neighbour; what does not look like plain block style is not cut.
 */

/** Lines of a text by number, as offsets; the last entry is the text's length. */
export class Lines {
  readonly text: string;
  /** Offset at which each line starts. */
  readonly starts: Int32Array;
  readonly count: number;

  constructor(text: string) {
    this.text = text;
    let starts = new Int32Array(Math.max(16, text.length >> 4));
    let n = 1;
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) {
      if (n + 1 >= starts.length) {
        const larger = new Int32Array(starts.length * 2);
        larger.set(starts);
        starts = larger;
      }
      starts[n++] = i + 1;
    }
    starts[n] = text.length;
    this.starts = starts.subarray(0, n + 1);
    this.count = n;
  }

  start(line: number): number {
    return this.starts[Math.min(line, this.count)]!;
  }

  /** Zero-based number of the line that holds an offset. */
  at(offset: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Offset of the first character of a line that is no space. */
  content(line: number): number {
    let i = this.start(line);
    while (this.text.charCodeAt(i) === SPACE) i++;
    return i;
  }
}

const SPACE = 32;
const TAB = 9;
const LF = 10;
const CR = 13;
const DASH = 45;

function isBreak(code: number): boolean {
  return code === LF || code === CR || Number.isNaN(code);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || isBreak(code);
}

/** A line with nothing but blanks or a comment. */
function isVoid(text: string, content: number): boolean {
  let i = content;
  while (text.charCodeAt(i) === TAB || text.charCodeAt(i) === SPACE) i++;
  return isBreak(text.charCodeAt(i)) || text[i] === '#';
}

export interface LineSpan {
  /** First line, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** Splits at lines that start with `---`, and after those that start with `...`; documents with nothing in them are left out. */
export function documentSpans(lines: Lines): LineSpan[] {
  const spans: LineSpan[] = [];
  let from = 0;
  let explicit = false;
  const close = (to: number): void => {
    const written = explicit || hasContent(lines, from, to);
    if (written && to > from) spans.push({ from, to });
  };
  for (let line = 0; line < lines.count; line++) {
    const start = lines.start(line);
    const mark = lines.text.charCodeAt(start);
    if (mark !== DASH && lines.text[start] !== '.') continue;
    const three = lines.text.slice(start, start + 3);
    if ((three !== '---' && three !== '...') || !isBlank(lines.text.charCodeAt(start + 3))) continue;
    if (three === '---') {
      // Comments and directives above the first marker belong to the document that it opens.
      if (explicit || hasContent(lines, from, line)) {
        close(line);
        from = line;
      }
      explicit = true;
    } else {
      close(line);
      from = line + 1;
      explicit = false;
    }
  }
  close(lines.count);
  return spans;
}

function hasContent(lines: Lines, from: number, to: number): boolean {
  for (let line = from; line < to; line++) {
    const content = lines.content(line);
    const text = lines.text;
    if (!isVoid(text, content) && !(text[content] === '%' && content === lines.start(line))) return true;
  }
  return false;
}

/** Where one entry or item starts. */
export interface Piece extends LineSpan {
  /** Only for an entry whose value is a block below a line of its own: key, its range, and the block's lines. */
  readonly nested?: {
    readonly key: string;
    readonly keyStart: number;
    readonly keyEnd: number;
    readonly colon: number;
    readonly body: LineSpan;
  };
}

export interface Outline {
  readonly type: 'mapping' | 'sequence';
  /** Column of its keys or dashes. */
  readonly indent: number;
  readonly pieces: readonly Piece[];
}

/**
 * Cuts a text into the entries of a block mapping or the items of a block sequence.
 *
 * @returns undefined where the lines are neither, or hold something unusual.
 */
export function outline(lines: Lines, span: LineSpan): Outline | undefined {
  const { text } = lines;
  let first = span.from;
  while (first < span.to && isVoid(text, lines.content(first))) first++;
  if (first >= span.to) return undefined;
  const content = lines.content(first);
  const indent = content - lines.start(first);
  const sequence = text.charCodeAt(content) === DASH && isBlank(text.charCodeAt(content + 1));
  if (!sequence && !startsEntry(text, content)) return undefined;

  const starts: number[] = [];
  for (let line = first; line < span.to; line++) {
    const start = lines.start(line);
    if (text.charCodeAt(start + indent) === SPACE) continue; // deeper, as most lines are
    const at = lines.content(line);
    if (at - start !== indent || isVoid(text, at)) continue; // deeper, or a stray line that its neighbours' reading will report
    const code = text.charCodeAt(at);
    if (code === TAB || code === 93 || code === 125) continue; // a closing bracket may stand below its opening line
    const dash = code === DASH && isBlank(text.charCodeAt(at + 1));
    if (sequence) {
      if (dash) starts.push(line);
    } else if (!dash) {
      if (!startsEntry(text, at)) return undefined;
      starts.push(line);
    }
  }
  starts[0] = span.from; // comments above the first entry go with it
  const pieces = starts.map((from, i): Piece => {
    const to = starts[i + 1] ?? span.to;
    const nested = sequence || to - from < 2 ? undefined : nestedBlock(lines, i === 0 ? first : from, to, indent);
    return nested ? { from, to, nested } : { from, to };
  });
  return { type: sequence ? 'sequence' : 'mapping', indent, pieces };
}

/** No indicator that would make the line something else than `key:` or a word that becomes one. */
function startsEntry(text: string, at: number): boolean {
  const char = text[at]!;
  if ((char === '?' || char === ':') && isBlank(text.charCodeAt(at + 1))) return false;
  return !'{[&*!|>@`%'.includes(char);
}

const SIMPLE_KEY = /([A-Za-z_][\w.\-/]*)[ \t]*:[ \t]*(?:#[^\n]*)?\r?(?:\n|$)/y;

function nestedBlock(lines: Lines, header: number, to: number, indent: number): Piece['nested'] {
  const { text } = lines;
  const keyStart = lines.content(header);
  SIMPLE_KEY.lastIndex = keyStart;
  const match = SIMPLE_KEY.exec(text);
  if (!match) return undefined;
  const key = match[1]!;
  if (/:#/.test(match[0])) return undefined;
  let line = header + 1;
  while (line < to && isVoid(text, lines.content(line))) line++;
  if (line >= to) return undefined;
  const at = lines.content(line);
  const depth = at - lines.start(line);
  const dash = text.charCodeAt(at) === DASH && isBlank(text.charCodeAt(at + 1));
  if (depth < indent || (depth === indent && !dash)) return undefined;
  const colon = text.indexOf(':', keyStart + key.length);
  return { key, keyStart, keyEnd: keyStart + key.length, colon, body: { from: header + 1, to } };
}
