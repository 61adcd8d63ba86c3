/**
 * Reads JSON into the green nodes of the YAML tree. Every JSON text is YAML too, but a recorded graph of several megabytes on one
 * line is one piece that cannot be cut: read as JSON it takes milliseconds.
 */
import type { Slip, Green, GreenEntry, ScalarValue } from './green.ts';
import { duplicateKeys } from './green.ts';

export interface JsonText {
  /** Undefined where the text ends before a value, or is no JSON from the start. */
  readonly root: Green | undefined;
  readonly slips: readonly Slip[];
}

/** Brackets inside brackets; deeper texts are refused instead of ending the stack. */
const DEEPEST = 500;

/** Never throws. What stands before the first slip is in the tree. */
export function readJson(text: string): JsonText {
  const reader = new JsonReader(text);
  const root = reader.document();
  return { root, slips: reader.slips };
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const STRING = /"(?:[^"\\\n\r\t]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const WORD = /[A-Za-z_]+/y;
const WORDS: Readonly<Record<string, ScalarValue>> = { true: true, false: false, null: null };

class JsonReader {
  readonly slips: Slip[] = [];
  private at = 0;
  private readonly text: string;
  private failed = false;

  constructor(text: string) {
    this.text = text;
    if (text.charCodeAt(0) === 0xfeff) this.at = 1;
  }

  document(): Green | undefined {
    const root = this.value(0);
    this.blanks();
    if (!this.failed && this.at < this.text.length) this.slip('the value ends before this');
    return root;
  }

  private value(depth: number): Green | undefined {
    this.blanks();
    const char = this.text[this.at];
    if (depth > DEEPEST) return this.slip('it is nested too deeply');
    if (char === '{') return this.object(depth);
    if (char === '[') return this.array(depth);
    if (char === '"') return this.string();
    const number = this.take(NUMBER);
    if (number !== undefined) return this.scalar(number, Number(number));
    const start = this.at;
    const word = this.take(WORD);
    if (word !== undefined && Object.hasOwn(WORDS, word)) return this.scalar(word, WORDS[word]!);
    this.at = start;
    return this.slip(char === undefined ? 'the text ends before the value does' : 'a value is missing here');
  }

  private object(depth: number): Green {
    const start = this.at++;
    const entries: GreenEntry[] = [];
    const done = (): Green => {
      const node = { type: 'mapping', flow: true, start, end: this.at, entries } as const;
      for (const slip of duplicateKeys(node)) this.slips.push(slip);
      return node;
    };
    this.blanks();
    if (this.skip('}')) return done();
    for (;;) {
      this.blanks();
      const keyStart = this.at;
      const key = this.text[this.at] === '"' ? this.string() : this.slip('a key in quotes is missing here');
      if (key?.type !== 'scalar') return done();
      const keyEnd = this.at;
      this.blanks();
      const colon = this.skip(':');
      if (!colon) this.slip('a ":" is missing after the key');
      const value = colon ? this.value(depth + 1) : undefined;
      const nothing: Green = { type: 'scalar', start: this.at, end: this.at, value: null, style: 'plain' };
      entries.push({ key: String(key.value), keyStart, keyEnd, colon, value: value ?? nothing });
      if (this.failed || !this.next('}')) return done();
    }
  }

  private array(depth: number): Green {
    const start = this.at++;
    const items: Green[] = [];
    this.blanks();
    if (!this.skip(']')) {
      do {
        const item = this.value(depth + 1);
        if (item) items.push(item);
      } while (!this.failed && this.next(']'));
    }
    return { type: 'sequence', flow: true, start, end: this.at, items };
  }

  /** Whether a comma says that there is more; takes the closing bracket otherwise. */
  private next(closing: string): boolean {
    this.blanks();
    if (this.skip(',')) return true;
    if (!this.skip(closing)) this.slip(`a "," or "${closing}" is missing here`);
    return false;
  }

  private string(): Green | undefined {
    const quoted = this.take(STRING);
    if (quoted === undefined) return this.slip('the quote is not closed');
    const start = this.at - quoted.length;
    return { type: 'scalar', start, end: this.at, value: unquoted(quoted), style: 'quoted' };
  }

  private scalar(written: string, value: ScalarValue): Green {
    return { type: 'scalar', start: this.at - written.length, end: this.at, value, style: 'plain' };
  }

  private slip(detail: string): undefined {
    if (this.failed) return undefined;
    this.failed = true;
    const lineEnd = this.text.indexOf('\n', this.at);
    const end = Math.min(lineEnd < 0 ? this.text.length : lineEnd, this.at + 1);
    const start = end > this.at ? this.at : Math.max(0, this.at - 1);
    this.slips.push({ type: 'syntax', start, end: Math.max(end, start), detail });
    return undefined;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return undefined;
    this.at += found.length;
    return found;
  }

  private skip(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private blanks(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }
}

/** The text of a quoted string; control characters that JSON forbids are taken as they are. */
function unquoted(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}
