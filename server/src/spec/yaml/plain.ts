/**
 * Reads the YAML that people and profilers mostly write, an order of magnitude faster than a full reader: block mappings and
 * lists, brackets on one line, words, numbers and quotes; and JSON as it is printed. At anything else it gives up, and the full reader
 * takes the text; where it does not give up, both give the same tree.
 */
import { duplicateKeys } from './green.ts';
import type { Chunk, Slip, Green, GreenEntry, GreenScalar, ScalarValue } from './green.ts';

/** @returns undefined where the text holds anything unusual; wrong text is always unusual. */
export function readPlain(text: string): Chunk | undefined {
  const reader = new PlainReader(text);
  try {
    const root = reader.document();
    return { root, slips: reader.slips };
  } catch (error) {
    if (error === UNUSUAL) return undefined;
    throw error;
  }
}

/** Thrown to give up from any depth; no stack is needed. */
const UNUSUAL = new Error('not plain YAML');

/** Deeper texts are left to the full reader, which bounds its recursion. */
const DEEPEST = 100;

const KEY = /([A-Za-z_][\w.\-/]*) *:(?=[ \r\n]|$)/y;
const BLOCK_WORD = /(?:[A-Za-z0-9_./+]|-(?=[\w./]))(?:[\w./+%=@()^;<>~-]|:(?=[\w/.+-])| (?=[\w./+%=@()^;<>~-]))*/y;
const FLOW_WORD = /(?:[A-Za-z0-9_./+]|-(?=[\w./]))(?:[\w./+%=@()^;<>~-]| (?=[\w./+%=@()^;<>~-]))*/y;
const QUOTED = /"((?:[^"\\\r\n]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*)"|'([^'\r\n]*)'(?!')/y;

class PlainReader {
  readonly slips: Slip[] = [];
  private readonly text: string;
  private pos = 0;
  /** Start of the line that `pos` is on. */
  private line = 0;
  private depth = 0;
  /** The whole text stands between brackets: lines break anywhere, as in JSON. */
  private json = false;

  constructor(text: string) {
    this.text = text;
  }

  document(): Green {
    if (/[\t\ufeff]/.test(this.text)) throw UNUSUAL;
    const column = this.toContent();
    if (column < 0) throw UNUSUAL;
    const char = this.text[this.pos];
    this.json = char === '{' || char === '[';
    const root = this.json ? this.inline(true) : this.block(column);
    if (root.type === 'scalar' || this.toContent() >= 0) throw UNUSUAL;
    return root;
  }

  /** Moves to the first character of the next line with content, or stays on the present one; -1 at the end of the text. */
  private toContent(): number {
    const { text } = this;
    for (;;) {
      let i = this.pos;
      while (text[i] === ' ') i++;
      const char = text[i];
      if (char === undefined) {
        this.pos = i;
        return -1;
      }
      if (char !== '#' && char !== '\n' && char !== '\r') {
        this.pos = i;
        return i - this.line;
      }
      if (char === '#' && i > this.line && text[i - 1] !== ' ') throw UNUSUAL;
      const lf = text.indexOf('\n', i);
      if (char === '\r' && lf !== i + 1) throw UNUSUAL;
      this.pos = this.line = lf < 0 ? text.length : lf + 1;
      if (lf < 0) return -1;
    }
  }

  /** A mapping or list whose first key or dash is at `pos`, or a scalar or brackets on the rest of the line. */
  private block(column: number): Green {
    if (++this.depth > DEEPEST) throw UNUSUAL;
    const char = this.text[this.pos];
    const next = this.text[this.pos + 1];
    let node: Green;
    if (char === '-' && (next === ' ' || next === undefined || next === '\n' || next === '\r'))
      node = this.sequence(column);
    else if (this.atKey()) node = this.mapping(column);
    else {
      node = this.inline(false);
      this.endOfLine();
    }
    this.depth--;
    return node;
  }

  private atKey(): boolean {
    KEY.lastIndex = this.pos;
    if (KEY.test(this.text)) return true;
    const char = this.text[this.pos];
    if (char !== '"' && char !== "'") return false;
    QUOTED.lastIndex = this.pos;
    return QUOTED.test(this.text) && /^ *:/.test(this.text.slice(QUOTED.lastIndex, QUOTED.lastIndex + 8));
  }

  private mapping(column: number): Green {
    const entries: GreenEntry[] = [];
    for (;;) {
      entries.push(this.entry(column));
      const next = this.toContent();
      if (next > column) throw UNUSUAL;
      if (next < column) break;
      if (!this.atKey()) throw UNUSUAL;
    }
    const last = entries.at(-1)!;
    const mapping = {
      type: 'mapping',
      start: entries[0]!.keyStart,
      end: Math.max(last.keyEnd, last.value.end),
      flow: false,
      entries,
    } as const;
    for (const slip of duplicateKeys(mapping)) this.slips.push(slip);
    return mapping;
  }

  private entry(column: number): GreenEntry {
    const { key, keyStart, keyEnd } = this.key();
    const after = this.pos;
    this.blanks();
    if (!this.atLineEnd()) {
      const value = this.inline(false);
      this.endOfLine();
      return { key, keyStart, keyEnd, colon: true, value };
    }
    if (this.text[this.pos] === '#' && this.pos === after) throw UNUSUAL;
    const next = this.toContent();
    const dash = this.text[this.pos] === '-' && /[ \r\n]/.test(this.text[this.pos + 1] ?? '\n');
    const nested = next > column || (next === column && dash);
    const value: Green = nested
      ? this.block(next)
      : { type: 'scalar', start: after, end: after, value: null, style: 'plain' };
    return { key, keyStart, keyEnd, colon: true, value };
  }

  private key(flow = false): { key: string; keyStart: number; keyEnd: number } {
    const keyStart = this.pos;
    const char = this.text[keyStart];
    if (char === '"' || char === "'") {
      const { value, end } = this.quoted();
      this.blanks();
      // Behind a quoted key between brackets, a value may touch the colon.
      const apart = flow || /[ \r\n]/.test(this.text[this.pos + 1] ?? '\n');
      if (this.text[this.pos] !== ':' || !apart || this.text.slice(end, this.pos).includes('\n')) throw UNUSUAL;
      this.pos++;
      return { key: String(value), keyStart, keyEnd: end };
    }
    KEY.lastIndex = keyStart;
    const match = KEY.exec(this.text);
    if (!match) throw UNUSUAL;
    this.pos = KEY.lastIndex;
    return { key: match[1]!, keyStart, keyEnd: keyStart + match[1]!.length };
  }

  private sequence(column: number): Green {
    const start = this.pos;
    const items: Green[] = [];
    for (;;) {
      this.pos++;
      this.blanks();
      if (this.atLineEnd()) throw UNUSUAL;
      items.push(this.block(this.pos - this.line));
      const next = this.toContent();
      if (next > column) throw UNUSUAL;
      if (next < column || this.text[this.pos] !== '-' || !/[ \r\n]/.test(this.text[this.pos + 1] ?? '\n')) break;
    }
    return { type: 'sequence', start, end: items.at(-1)!.end, flow: false, items };
  }

  /** A scalar or brackets on one line. */
  private inline(flow: boolean): Green {
    switch (this.text[this.pos]) {
      case '{':
        return this.flowMapping();
      case '[':
        return this.flowSequence();
      case '"':
      case "'":
        return this.quoted();
      default:
        return this.word(flow);
    }
  }

  private word(flow: boolean): GreenScalar {
    const pattern = flow ? FLOW_WORD : BLOCK_WORD;
    pattern.lastIndex = this.pos;
    const match = pattern.exec(this.text);
    if (!match) throw UNUSUAL;
    const start = this.pos;
    this.pos = pattern.lastIndex;
    return { type: 'scalar', start, end: this.pos, value: meaningOf(match[0]), style: 'plain' };
  }

  private quoted(): GreenScalar {
    QUOTED.lastIndex = this.pos;
    const match = QUOTED.exec(this.text);
    if (!match) throw UNUSUAL;
    const start = this.pos;
    this.pos = QUOTED.lastIndex;
    const value = match[1]?.includes('\\') ? (JSON.parse(match[0]) as string) : (match[1] ?? match[2] ?? '');
    return { type: 'scalar', start, end: this.pos, value, style: 'quoted' };
  }

  private flowMapping(): Green {
    const start = this.pos++;
    const entries: GreenEntry[] = [];
    this.inside('}', () => {
      const quoted = /["']/.test(this.text[this.pos] ?? '');
      const { key, keyStart, keyEnd } = this.key(true);
      if (!quoted && this.text[this.pos] !== ' ') throw UNUSUAL;
      this.blanks();
      entries.push({ key, keyStart, keyEnd, colon: true, value: this.inline(true) });
    });
    const mapping = { type: 'mapping', start, end: this.pos, flow: true, entries } as const;
    for (const slip of duplicateKeys(mapping)) this.slips.push(slip);
    return mapping;
  }

  private flowSequence(): Green {
    const start = this.pos++;
    const items: Green[] = [];
    this.inside(']', () => items.push(this.inline(true)));
    return { type: 'sequence', start, end: this.pos, flow: true, items };
  }

  /** What stands between brackets, with commas between; the closing bracket is passed. */
  private inside(close: string, each: () => void): void {
    if (++this.depth > DEEPEST) throw UNUSUAL;
    this.blanks();
    while (this.text[this.pos] !== close) {
      each();
      this.blanks();
      const char = this.text[this.pos];
      if (char === close) break;
      if (char !== ',') throw UNUSUAL;
      this.pos++;
      this.blanks();
      if (this.text[this.pos] === close) throw UNUSUAL;
    }
    this.pos++;
    this.depth--;
  }

  private blanks(): void {
    for (;;) {
      const char = this.text[this.pos];
      if (char === '\n' && this.json) this.line = this.pos + 1;
      else if (char !== ' ' && !(this.json && char === '\r' && this.text[this.pos + 1] === '\n')) return;
      this.pos++;
    }
  }

  private atLineEnd(): boolean {
    const char = this.text[this.pos];
    return char === undefined || char === '\n' || char === '\r' || char === '#';
  }

  /** Behind a value only blanks and a comment may stand. */
  private endOfLine(): void {
    const end = this.pos;
    this.blanks();
    if (!this.atLineEnd() || (this.text[this.pos] === '#' && this.pos === end)) throw UNUSUAL;
  }
}

/** A plain word by the core schema of YAML 1.2; numbers of rare forms are left to the full reader. */
function meaningOf(word: string): ScalarValue {
  switch (word) {
    case 'null':
    case 'Null':
    case 'NULL':
      return null;
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
  }
  if (/^[-+]?\d{1,15}(?:\.\d{1,15})?(?:[eE][-+]?\d{1,3})?$/.test(word)) return Number(word);
  // `.inf`, `0x1F`, `1.` …: anything that begins like a number and has no unit that makes it a text.
  if (/^[-+.\d]/.test(word) && /^[-+]?(?:\.(?:inf|nan)|0[ox]|[\d.]+(?:e[-+]?\d*)?$)/i.test(word)) throw UNUSUAL;
  return word;
}
