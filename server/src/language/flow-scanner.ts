/** Follows brackets and braces up to a cursor: which list or mapping it is in, at which key or index. */
import type { Path } from '../spec/yaml/tree.ts';

interface Bracket {
  readonly type: 'mapping' | 'sequence';
  index: number;
  /** The key whose value comes; undefined while a key is typed. */
  key: string | undefined;
  /** Where the present word starts; undefined between words. */
  word: number | undefined;
  /** The present place holds brackets that were closed again. */
  full: boolean;
  readonly seen: Set<string>;
}

export interface FlowPosition {
  readonly expects: 'key' | 'value';
  /** From the outermost bracket on: the mapping's for a key, the value's for a value. */
  readonly path: Path;
  readonly wordStart: number;
  /** The colon before lacks its blank. */
  readonly needsBlank: boolean;
  readonly seen: ReadonlySet<string>;
}

export class FlowScanner {
  /** Indentation of the block that the bracket was opened in. */
  readonly indent: number;
  private readonly text: string;
  private readonly open: Bracket[] = [];
  private begun = false;
  private inQuote = false;

  constructor(text: string, indent: number) {
    this.text = text;
    this.indent = indent;
  }

  /** Every bracket is closed again. */
  get closed(): boolean {
    return this.begun && this.open.length === 0;
  }

  /** Takes a line, or a part of one. A quote that it leaves open ends with it. */
  take(start: number, end: number): void {
    this.inQuote = false;
    for (let i = start; i < end && !this.closed; i++) {
      const char = this.text[i]!;
      const top = this.open.at(-1);
      if (char === '{' || char === '[') this.enter(char);
      else if (char === '}' || char === ']') this.close();
      else if (!top || char === ' ' || char === '\t') continue;
      else if (char === '#' && /[\s,[{]/.test(this.text[i - 1] ?? ' ')) return;
      else if (char === ',') this.comma(top);
      else if (char === ':' && top.type === 'mapping' && top.key === undefined && this.endsKey(i, end, top)) {
        top.key = this.keyText(top, i);
        top.seen.add(top.key);
        top.word = undefined;
      } else {
        top.word ??= i;
        if ((char === '"' || char === "'") && top.word === i) i = this.quoted(i, end);
      }
    }
  }

  /** Where a cursor at the end of what was taken stands; undefined behind a value that is complete. */
  position(offset: number): FlowPosition | undefined {
    const top = this.open.at(-1);
    if (!top || top.full) return undefined;
    const around = this.open.slice(0, -1).map((bracket) => bracket.key ?? bracket.index);
    const wordStart = top.word ?? offset;
    if (top.word !== undefined && !this.inQuote && /[ \t]$/.test(this.text.slice(top.word, offset))) return undefined;
    const typesKey = top.type === 'mapping' && top.key === undefined;
    const needsBlank = top.word === undefined && this.text[offset - 1] === ':';
    const path = typesKey ? around : [...around, top.key ?? top.index];
    return { expects: typesKey ? 'key' : 'value', path, wordStart, needsBlank, seen: top.seen };
  }

  private enter(char: string): void {
    this.begun = true;
    const type = char === '{' ? 'mapping' : 'sequence';
    this.open.push({ type, index: 0, key: undefined, word: undefined, full: false, seen: new Set() });
  }

  private close(): void {
    this.open.pop();
    const top = this.open.at(-1);
    if (top) top.full = true;
  }

  private comma(top: Bracket): void {
    top.index++;
    top.key = undefined;
    top.word = undefined;
    top.full = false;
  }

  private endsKey(colon: number, end: number, top: Bracket): boolean {
    if (top.word === undefined) return false;
    const quote = this.text[top.word];
    return colon + 1 >= end || quote === '"' || quote === "'" || /[\s,{}[\]]/.test(this.text[colon + 1]!);
  }

  private keyText(top: Bracket, colon: number): string {
    const written = this.text.slice(top.word, colon).trim();
    return /^(["']).*\1$/.test(written) ? written.slice(1, -1) : written;
  }

  /** @returns the offset of the closing quote, or the end. */
  private quoted(start: number, end: number): number {
    const quote = this.text[start];
    for (let i = start + 1; i < end; i++) {
      if (this.text[i] === '\\' && quote === '"') i++;
      else if (this.text[i] === quote) return i;
    }
    this.inQuote = true;
    return end;
  }
}
