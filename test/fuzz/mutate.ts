/** Changes to an input: of characters and lines, of bytes, of trees; a few at a time. */
import type { Input, Random, Target } from './target.ts';

/** Longer inputs are cut: how time grows with size is asked by tests of their own. */
export const LONGEST = 100_000;

/** Characters that are read otherwise than they look, and what ends or begins things somewhere. */
const ODD = [
  ...['\0', '\r', '\r\n', '\n', '\t', ' ', '\u00a0', '\u200b', '\ufeff', '\u202e', '\u2028', '\u0085', '\u001b[31m'],
  ...['\ud800', '\udc00', 'e\u0301', '\u00e9', '🚢', '👩‍🚒', '\u0430', '：', '\u007f', '\ufffe', 'İ', 'ß'],
  ...[
    '"',
    "'",
    '`',
    '\\',
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    ',',
    ';',
    ':',
    '#',
    '&',
    '*',
    '|',
    '>',
    '<',
    '!',
    '%',
    '@',
    '?',
    '-',
    '=',
  ],
  ...[
    '---\n',
    '...\n',
    '<<: ',
    '&a ',
    '*a',
    '- ',
    ': ',
    '? ',
    '|-\n',
    '>+2\n',
    '!!str ',
    '%YAML 1.1\n',
    '{}',
    '[]',
    '""',
  ],
  ...[
    '$(id)',
    '../',
    'file:///',
    'command:x',
    '<b>',
    '[x](y)',
    '__proto__',
    'constructor',
    'toString',
    'null',
    'true',
    'yes',
  ],
];

const NUMBERS = [
  ...[
    '0',
    '-0',
    '-1',
    '1',
    '1e308',
    '1e309',
    '1e-320',
    '9007199254740993',
    '4294967296',
    '2147483648',
    '65536',
    '0x10',
    '0o7',
  ],
  ...[
    '1_000',
    '1.000',
    '1,5',
    '.5',
    '5.',
    'NaN',
    'Infinity',
    '1e',
    '00',
    '1:30',
    '2026-02-30',
    '12:61',
    '99999999999999999999999',
  ],
];

export function mutated(target: Target, input: Input, random: Random, others: readonly Input[]): Input {
  let result = input;
  for (let left = 1 + random.int(random.next() < 0.2 ? 8 : 2); left > 0; left--) {
    const other = random.pick(others);
    if (target.type === 'bytes') result = changedBytes(bytesOf(result), bytesOf(other), random);
    else if (target.type === 'json' && random.next() < 0.8)
      result = changedJson(textOf(result), textOf(other), random, target.words ?? []);
    else result = changedText(textOf(result), textOf(other), random, target.words ?? []);
  }
  return result.length > LONGEST ? result.slice(0, LONGEST) : result;
}

function textOf(input: Input): string {
  return typeof input === 'string' ? input : Buffer.from(input).toString('latin1');
}

function bytesOf(input: Input): Uint8Array {
  return typeof input === 'string' ? Buffer.from(input) : input;
}

/** A place and a length: mostly short. */
function span(length: number, random: Random): [start: number, end: number] {
  const start = random.int(length + 1);
  const size = random.next() < 0.7 ? random.int(8) : random.int(Math.max(1, length >> 1));
  return [start, Math.min(length, start + size)];
}

export function changedText(text: string, other: string, random: Random, words: readonly string[]): string {
  const [start, end] = span(text.length, random);
  const replace = (by: string): string => text.slice(0, start) + by + text.slice(end);
  const insert = (what: string): string => text.slice(0, start) + what + text.slice(start);
  switch (random.int(13)) {
    case 0:
      return replace('');
    case 1:
      return insert(random.pick(ODD));
    case 2:
      return words.length > 0 ? insert(random.pick(words)) : insert(random.pick(NUMBERS));
    case 3:
      return inToken(text, start, random, () => random.pick(NUMBERS), /[-+]?[\d.]+/g);
    case 4:
      return inToken(text, start, random, () => (words.length > 0 ? random.pick(words) : random.pick(ODD)), /[\w.-]+/g);
    case 5:
      return insert(text.slice(start, end));
    case 6: {
      const [from, to] = span(other.length, random);
      return replace(other.slice(from, to));
    }
    case 7:
      return text.slice(0, start) + other.slice(random.int(other.length + 1));
    case 8:
      return text.slice(0, start);
    case 9:
      return onLines(text, random);
    case 10:
      return replace(random.pick(ODD));
    case 11: {
      const times = random.next() < 0.01 ? 20_000 : random.int(40);
      const part = text.slice(start, Math.min(end, start + 40));
      return insert(part.repeat(Math.min(times, Math.floor(LONGEST / Math.max(1, part.length)))));
    }
    default: {
      const code = text.charCodeAt(start);
      return Number.isNaN(code)
        ? text
        : text.slice(0, start) + String.fromCharCode(code ^ (1 << random.int(8))) + text.slice(start + 1);
    }
  }
}

/** Exchanges the next word that a pattern finds. */
function inToken(text: string, from: number, random: Random, by: () => string, pattern: RegExp): string {
  pattern.lastIndex = Math.max(0, from - random.int(40));
  const found = pattern.exec(text);
  return found ? text.slice(0, found.index) + by() + text.slice(found.index + found[0].length) : text + by();
}

function onLines(text: string, random: Random): string {
  const lines = text.split('\n');
  const at = random.int(lines.length);
  const line = lines[at] ?? '';
  switch (random.int(6)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(at, 0, line);
      break;
    case 2:
      lines[at] = ` ${line}`;
      break;
    case 3:
      lines[at] = line.replace(/^ {1,2}/, '');
      break;
    case 4:
      lines.splice(at, 1);
      lines.splice(random.int(lines.length + 1), 0, line);
      break;
    default:
      return lines.join(random.pick(['\r\n', '\r', '\n\n', '\u2028']));
  }
  return lines.join('\n');
}

export function changedBytes(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const [start, end] = span(bytes.length, random);
  const joined = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
  const before = bytes.subarray(0, start);
  switch (random.int(8)) {
    case 0:
      return joined(before, bytes.subarray(end));
    case 1:
      return joined(before, Buffer.from(random.pick(ODD)), bytes.subarray(start));
    case 2: {
      const [from, to] = span(other.length, random);
      return joined(before, other.subarray(from, to), bytes.subarray(end));
    }
    case 3:
      return before;
    case 4: {
      // a number of a header: little-endian, of one to eight bytes
      const field = Buffer.alloc(8);
      field.writeBigUInt64LE(
        random.pick([
          0n,
          1n,
          0x7fn,
          0x80n,
          0xffffn,
          0x7fffffffn,
          0xffffffffn,
          0xffffffffffffffffn,
          BigInt(bytes.length),
        ]),
      );
      const size = random.pick([1, 2, 4, 8]);
      return joined(before, field.subarray(0, size), bytes.subarray(Math.min(bytes.length, start + size)));
    }
    case 5:
      return joined(before, bytes.subarray(start, end), bytes.subarray(start));
    case 6:
      return joined(before, Uint8Array.of(random.int(256)), bytes.subarray(Math.min(bytes.length, start + 1)));
    default: {
      const copy = Uint8Array.from(bytes);
      if (copy.length > 0) copy[random.int(copy.length)]! ^= 1 << random.int(8);
      return copy;
    }
  }
}

/** Changes JSON where it can be read, as text where it cannot. */
function changedJson(text: string, other: string, random: Random, words: readonly string[]): string {
  try {
    return JSON.stringify(changedTree(JSON.parse(text), JSON.parse(other), random, words)) ?? text;
  } catch {
    return changedText(text, other, random, words);
  }
}

type Tree = unknown;
interface Slot {
  readonly holder: Record<string, Tree> | Tree[];
  readonly key: string;
}

/** Changes one value of a tree, which it may take apart. */
export function changedTree(tree: Tree, other: Tree, random: Random, words: readonly string[]): Tree {
  const root = { tree };
  const slots = slotsOf(root);
  const { holder, key } = random.pick(slots);
  const value = (holder as Record<string, Tree>)[key];
  const set = (by: Tree): void => {
    Object.defineProperty(holder, key, { value: by, configurable: true, enumerable: true, writable: true });
  };
  switch (random.int(9)) {
    case 0:
    case 1:
      set(oddValue(random, words));
      break;
    case 2:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else if (holder !== root) delete holder[key];
      break;
    case 3: {
      const from = random.pick(slotsOf({ tree: other }));
      set(structuredClone((from.holder as Record<string, Tree>)[from.key]));
      break;
    }
    case 4:
      set(random.next() < 0.5 ? [value] : { [words.length > 0 ? random.pick(words) : 'x']: value });
      break;
    case 5:
      if (Array.isArray(value) && value.length > 0) value.push(structuredClone(random.pick(value)));
      else if (typeof value === 'object' && value !== null)
        Object.defineProperty(value, random.pick(['__proto__', 'constructor', ...words, '']), {
          value: oddValue(random, words),
          configurable: true,
          enumerable: true,
          writable: true,
        });
      else set(oddValue(random, words));
      break;
    case 6: {
      const second = random.pick(slots);
      set(structuredClone((second.holder as Record<string, Tree>)[second.key]));
      break;
    }
    default:
      if (typeof value === 'string') set(changedText(value, typeof other === 'string' ? other : 'x', random, words));
      else if (typeof value === 'number')
        set(random.pick([value + 1, -value, value * 1e10, value / 3, Math.trunc(value), 0, -1, 2 ** 53]));
      else set(oddValue(random, words));
  }
  return root.tree;
}

export function oddValue(random: Random, words: readonly string[]): Tree {
  return random.pick<() => Tree>([
    () => null,
    () => true,
    () => [],
    () => ({}),
    () => '',
    () => random.pick([0, -1, 1.5, 2 ** 53, 1e308, -0, 1e-300, 1e21]),
    () => random.pick(ODD),
    () => random.pick(NUMBERS),
    () => (words.length > 0 ? random.pick(words) : 'x'),
    () => 'x'.repeat(random.int(2000)),
    () => [[[[]]]],
  ])();
}

/** Every value of a tree with what holds it; at most so many that a large tree costs no more than a small one. */
function slotsOf(root: Record<string, Tree>): Slot[] {
  const found: Slot[] = [];
  const visit = (holder: Record<string, Tree> | Tree[]): void => {
    for (const key of Object.keys(holder)) {
      if (found.length >= 2000) return;
      found.push({ holder, key });
      const value = (holder as Record<string, Tree>)[key];
      if (typeof value === 'object' && value !== null) visit(value as Record<string, Tree>);
    }
  };
  visit(root);
  return found;
}
