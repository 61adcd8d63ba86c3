/**
 * Reads one chunk of YAML with the `yaml` package. This is the only file that knows that package: another version, or another
 * reader, is swapped in here.
 */
import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from 'yaml';
import type { Alias, CST, Document, Node, Pair, Scalar, YAMLError, YAMLMap, YAMLSeq } from 'yaml';
import { duplicateKeys } from './green.ts';
import type { Chunk, Slip, Green, GreenAlias, GreenEntry, GreenMapping, GreenScalar, ScalarValue } from './green.ts';
import { readPlain } from './plain.ts';

/** A piece of text that only the full reader can read: a megabyte takes it about a second. UTF-16 units. */
const LARGEST_UNUSUAL = 2 ** 20;

/** Signs and words of one piece that the full reader takes: as many as a megabyte of such text has. */
const MOST_UNUSUAL = 300_000;

/** Collections inside collections that the full reader takes: each costs it as much as the ones around it have words in front. */
const DEEPEST = 200;

/** Errors of the full reader in one piece: only the first is told, and what comes after so many is no YAML. */
const MOST_ERRORS = 1000;

function tooLarge(text: string): Chunk {
  const detail = 'one piece of more than a megabyte with anchors, tags, tabs or values over several lines';
  return { root: undefined, slips: [{ type: 'unsupported', ...tightRange(text, 0, text.length), detail }] };
}

/** Reads `text` as one YAML document; never throws on any text. Offsets count from its start. */
export function readChunk(text: string): Chunk {
  try {
    const plain = readPlain(text);
    if (plain) return plain;
    if (text.length > LARGEST_UNUSUAL) return tooLarge(text);
    return readWithPackage(text);
  } catch (error) {
    if (error === TOO_MANY) return tooLarge(text);
    // Whatever else recurses by nesting ends the stack.
    if (error !== TOO_DEEP && !(error instanceof RangeError)) throw error;
    return {
      root: undefined,
      slips: [{ type: 'syntax', ...tightRange(text, 0, text.length), detail: 'it is nested too deeply' }],
    };
  }
}

/** Thrown to give up in the middle of a text; no stack is needed. */
const TOO_MANY = new Error('more than the full reader takes');
const TOO_DEEP = new Error('nested too deeply');

/**
 * The tokens of a text for the package's composer, up to where there are too many errors.
 *
 * @throws TOO_MANY, TOO_DEEP
 */
function* boundedTokens(text: string): Generator<CST.Token> {
  const parser = new Parser();
  let words = 0;
  let errors = 0;
  for (const word of new Lexer().lex(text)) {
    if (++words > MOST_UNUSUAL) throw TOO_MANY;
    for (const token of parser.next(word)) {
      if (token.type === 'error') errors++;
      yield token;
    }
    if (parser.stack.length > DEEPEST) throw TOO_DEEP;
    if (errors > MOST_ERRORS) break;
  }
  yield* parser.end();
}

/** Reads the first document of a text; what stands behind it is left out. */
function documentOf(text: string): Document.Parsed {
  const composer = new Composer({
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    keepSourceTokens: false,
  });
  const { stackTraceLimit } = Error;
  // The package makes an error for every sign in the wrong place: their stacks would cost ten times what the reading does.
  Error.stackTraceLimit = 0;
  try {
    let first: Document.Parsed | undefined;
    for (const document of composer.compose(boundedTokens(text), true, text.length)) first ??= document;
    return first!; // there is always one
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** As `readChunk`, without the quick way. */
export function readWithPackage(text: string): Chunk {
  const slips: Slip[] = [];
  const document = documentOf(text);
  const reader = new ChunkReader(text, slips);
  const root = document.contents ? reader.node(document.contents) : undefined;
  // One slip makes several errors further down; the first one is where the slip is.
  const first = document.errors[0];
  if (first) {
    // Keys of lines that were read into the wrong mapping would look as if they were given twice.
    const others = slips.splice(0).filter((slip) => slip.type !== 'duplicate');
    slips.push(tabSlip(text) ?? syntaxSlip(first, text, reader.unclosed), ...others);
  }
  for (const { code, pos } of document.warnings) {
    if (code !== 'TAG_RESOLVE_FAILED') continue;
    const tag = /^[^\s,[\]{}]*/.exec(text.slice(pos[0]))?.[0] ?? '';
    slips.push({ type: 'unsupported', ...tightRange(text, pos[0], pos[0] + tag.length), detail: `the tag "${tag}"` });
  }
  return { root: root && isBlank(root) && root.start === root.end ? undefined : root, slips };
}

function isBlank(node: Green): boolean {
  return node.type === 'scalar' && node.value === null;
}

type WritableAlias = { -readonly [K in keyof GreenAlias]: GreenAlias[K] };

class ChunkReader {
  private readonly anchors = new Map<string, Green>();
  private readonly text: string;
  private readonly slips: Slip[];
  /** Where the innermost quote or bracket opens that is never closed. */
  unclosed: number | undefined;

  constructor(text: string, slips: Slip[]) {
    this.text = text;
    this.slips = slips;
  }

  node(node: Node): Green {
    const green = isMap(node)
      ? this.mapping(node)
      : isSeq(node)
        ? this.sequence(node)
        : isAlias(node)
          ? this.alias(node)
          : this.scalar(node);
    if (!isAlias(node) && node.anchor) this.anchors.set(node.anchor, green);
    return green;
  }

  private scalar(node: Scalar): GreenScalar {
    const [start, end] = node.range ?? [0, 0];
    if (node.value !== null && typeof node.value === 'object') {
      // `!!binary`, `!!timestamp`: the package knows them, and nothing here does.
      const before = /!\S*(?=\s+$)/.exec(this.text.slice(Math.max(0, start - 80), start));
      const tag = before?.[0] ?? 'a tag';
      const at = start - (this.text.slice(Math.max(0, start - 80), start).length - (before?.index ?? 0));
      this.slips.push({ type: 'unsupported', start: at, end: at + tag.length, detail: `the tag "${tag}"` });
    }
    if (node.type?.startsWith('QUOTE') && (end - start < 2 || this.text[end - 1] !== this.text[start]))
      this.unclosed ??= start;
    const style =
      node.type === 'PLAIN'
        ? 'plain'
        : node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL'
          ? 'block'
          : 'quoted';
    return {
      type: 'scalar',
      start,
      end: style === 'block' ? withoutLastBreak(this.text, start, end) : end,
      value: style === 'block' ? withoutOnlyBreak(scalarValue(node.value)) : scalarValue(node.value),
      style,
    };
  }

  private alias(node: Alias): Green {
    const [start, end] = node.range ?? [0, 0];
    const target = this.anchors.get(node.source);
    if (!target) {
      // Unknown names are errors of the package; a node inside its own anchor is not known yet either.
      this.slips.push({ type: 'alias', start, end, detail: node.source });
      return { type: 'scalar', start, end, value: null, style: 'plain' };
    }
    const alias: WritableAlias = { type: 'alias', start, end, name: node.source, target };
    return alias;
  }

  private mapping(node: YAMLMap): GreenMapping {
    const entries: GreenEntry[] = [];
    for (const pair of node.items as Pair<Node | null, Node | null>[]) {
      const entry = this.entry(pair, node.flow ?? false);
      if (entry) entries.push(entry);
    }
    const flow = node.flow ?? false;
    const [start, end] = node.range ?? [0, 0];
    if (flow && this.text[end - 1] !== '}') this.unclosed ??= start;
    const first = entries[0];
    const last = entries.at(-1);
    const mapping: GreenMapping = {
      type: 'mapping',
      start: flow || !first ? start : first.keyStart,
      end: flow || !last ? end : Math.max(last.keyEnd, last.value.end),
      flow,
      entries,
    };
    for (const slip of duplicateKeys(mapping)) this.slips.push(slip);
    return mapping;
  }

  private entry(pair: Pair<Node | null, Node | null>, flow: boolean): GreenEntry | undefined {
    const { key, value } = pair;
    if (!key?.range) return undefined;
    const [keyStart, keyEnd] = key.range;
    if (!isScalar(key)) {
      const template =
        isMap(key) && /^\{[{%]/.test(this.text.slice(keyStart - (this.text[keyStart - 1] === '{' ? 1 : 0)));
      const what = template
        ? 'a template; it has to be filled in first'
        : isAlias(key)
          ? 'an alias as a key'
          : isMap(key)
            ? 'a mapping as a key'
            : 'a list as a key';
      this.slips.push({ type: 'unsupported', start: keyStart, end: keyEnd, detail: what });
    }
    const name = isScalar(key) && typeof key.value === 'string' ? key.value : this.text.slice(keyStart, keyEnd);
    const colonAt = colonAfter(this.text, keyEnd);
    const colon = colonAt >= 0;
    if (keyStart === keyEnd && !colon && !flow) return undefined;
    const at = colon ? colonAt + 1 : keyEnd;
    const written = value && !isEmptyScalar(value) ? this.node(value) : undefined;
    return {
      key: name,
      keyStart,
      keyEnd,
      colon,
      value: written ?? { type: 'scalar', start: at, end: at, value: null, style: 'plain' },
    };
  }

  private sequence(node: YAMLSeq): Green {
    const flow = node.flow ?? false;
    const [start, end] = node.range ?? [0, 0];
    const items = (node.items as (Node | Pair)[]).map((item): Green => {
      if ('range' in item) return this.node(item);
      return { type: 'scalar', start, end: start, value: null, style: 'plain' };
    });
    if (flow && this.text[end - 1] !== ']') this.unclosed ??= start;
    const last = items.at(-1);
    return { type: 'sequence', start, end: flow || !last ? end : last.end, flow, items };
  }
}

function isEmptyScalar(node: Node): boolean {
  return isScalar(node) && node.value === null && (!node.range || node.range[0] === node.range[1]) && !node.anchor;
}

function scalarValue(value: unknown): ScalarValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'bigint' ? Number(value) : null; // the core schema has no other values
}

/** Of a block scalar of one line the break at its end belongs to the way it is written: `|` and `|-` mean the same name or quantity. */
function withoutOnlyBreak(value: ScalarValue): ScalarValue {
  return typeof value === 'string' ? value.replace(/^([^\n]*)\n+$/, '$1') : value;
}

/** Offset of the `:` that follows a key, over blanks on its line; -1 where there is none. */
function colonAfter(text: string, from: number): number {
  let i = from;
  while (text[i] === ' ' || text[i] === '\t') i++;
  return text[i] === ':' ? i : -1;
}

function withoutLastBreak(text: string, start: number, end: number): number {
  let i = end;
  while (i > start && (text[i - 1] === '\n' || text[i - 1] === '\r')) i--;
  return i;
}

/** Our words for the package's errors. */
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_DIRECTIVE: 'the directive is not known',
  BAD_DQ_ESCAPE: 'the escape after the backslash is not known; in single quotes a backslash is a letter',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_PROP_ORDER: 'an anchor or tag stands in the wrong place',
  BAD_SCALAR_START: 'a value cannot start with this character unless it is quoted',
  BLOCK_AS_IMPLICIT_KEY: 'a value with ": " in it must be quoted, and a nested mapping starts on a line of its own',
  BLOCK_IN_FLOW: 'a comma is missing between the entries',
  DUPLICATE_KEY: 'the key is given twice',
  KEY_OVER_1024_CHARS: 'the key is longer than 1024 characters',
  MULTILINE_IMPLICIT_KEY: 'a ":" is missing after the key',
  MULTIPLE_ANCHORS: 'the value has two anchors',
  MULTIPLE_DOCS: 'a second document starts without "---"',
  MULTIPLE_TAGS: 'the value has two tags',
  ALIAS_PROPS: 'an alias cannot have an anchor or a tag',
  BAD_ALIAS: 'the alias names no anchor above it',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAG_RESOLVE_FAILED: 'the tag does not fit the value',
  UNEXPECTED_TOKEN: 'this does not belong here',
};

function syntaxSlip(error: YAMLError, text: string, unclosed: number | undefined): Slip {
  const start = Math.min(error.pos[0], text.length);
  const opener = unclosed === undefined ? '' : (text[unclosed] ?? '');
  if (unclosed !== undefined && /sufficiently indented|closing|Block collections|comma|,/.test(error.message)) {
    const quote = opener === '"' || opener === "'";
    const end = quote ? text.length : unclosed + 1;
    return {
      type: 'syntax',
      ...tightRange(text, unclosed, end),
      detail: quote ? 'the quote is not closed' : `the ${opener} is not closed`,
    };
  }
  return { type: 'syntax', ...tightRange(text, start, error.pos[1]), detail: syntaxDetail(error) };
}

function syntaxDetail(error: YAMLError): string {
  if (error.code !== 'MISSING_CHAR') return SYNTAX[error.code] ?? 'it cannot be read';
  if (/Missing directives-end/.test(error.message)) return 'a line "---" is missing below the directives';
  if (/same line with directives-end/.test(error.message)) return 'what comes after "---" starts on a line of its own';
  if (/quote/.test(error.message)) return 'the quote is not closed';
  if (/map-value|map value|map keys/i.test(error.message)) return 'a ":" is missing after the key';
  if (/comma|,/.test(error.message)) return 'a comma is missing between the entries';
  return 'a character is missing here';
}

/** The first tab that indents a line, in a text in which something is wrong: it is why. */
function tabSlip(text: string): Slip | undefined {
  const match = /^( *)(\t[ \t]*)(?=[^\s#])/m.exec(text);
  if (!match) return undefined;
  const start = match.index + match[1]!.length;
  return { type: 'tab', start, end: start + match[2]!.length, detail: '' };
}

/** At least one character and at most to the end of the first line, so that a slip never paints the rest of the file. */
function tightRange(text: string, start: number, end: number): { start: number; end: number } {
  let from = start;
  if (from > 0 && (from >= text.length || text[from] === '\n')) {
    // An error at the end of a line is shown on the last thing that was written.
    while (from > 0 && /\s/.test(text[from - 1]!)) from--;
    from = Math.max(0, from - 1);
  }
  const lineEnd = text.indexOf('\n', from);
  const limit = lineEnd < 0 ? text.length : lineEnd;
  return { start: from, end: Math.max(Math.min(end, limit), Math.min(from + 1, text.length)) };
}
