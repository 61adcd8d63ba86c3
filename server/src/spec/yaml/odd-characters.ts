/**
 * Characters that stand where YAML has its signs and blanks, and are none: spaces that a web page or a word processor put there, characters
 * without width, colons and dashes of another script. YAML takes them for letters, and what it says then is of no help. In values they
 * may be meant; in quotes and comments they always are.
 */
import { problem } from '../problems/catalogue.ts';
import { moreLikeThese } from '../problems/more-like-these.ts';
import type { Fix, InText, Problem, Range, TextEdit } from '../problems/catalogue.ts';
import { blanked, codePoint, isVisible } from '../text/visible.ts';
import type { YamlDocument } from './document.ts';
import { YamlNode } from './tree.ts';

interface Odd extends Range {
  readonly character: string;
  /** In words, with its article. */
  readonly what: string;
  /** What is meant, in words; undefined where nothing is. */
  readonly instead: string | undefined;
  readonly edits: readonly TextEdit[];
}

/** More in one document are no help; the first ones are told. */
const MOST = 20;
/** Characters that are looked at: a text in another script has its share of them in values. */
const MOST_LOOKED_AT = 2000;
/** Of a line, in UTF-16 units: keys and dashes stand further left. */
const LONGEST_PREFIX = 400;

/** Problems at characters of a document that pass for signs of YAML, or for blanks, and are none. */
export function oddCharacters(text: string, document: YamlDocument): Problem<InText>[] {
  const all = [...oddOf(text, document)];
  const told = all.slice(0, MOST).map(({ start, end, character, what, instead, edits }) => {
    const by = instead === undefined ? 'Remove it' : `Replace it by ${instead}`;
    const fixes: Fix[] = [{ title: by, edits, preferred: true }];
    if (all.length > 1) fixes.push({ title: `Mend all ${all.length}`, edits: all.flatMap((odd) => odd.edits) });
    return problem('BERTH1033', { what, code: codePoint(character), instead }, { start, end }, fixes);
  });
  const next = all[MOST];
  return next ? [...told, moreLikeThese(MOST, all.length - MOST, { start: next.start, end: next.end })] : told;
}

function* oddOf(text: string, document: YamlDocument): Generator<Odd> {
  const candidate = /[^\t\n\r\x20-\x7e]/gu;
  // What stands in other documents is not looked at, and not looked through either.
  const own = text.slice(document.start, document.end);
  let quotes: readonly Range[] | undefined;
  for (let looked = 0; looked < MOST_LOOKED_AT; looked++) {
    const match = candidate.exec(own);
    if (!match) return;
    const at = document.start + match.index;
    const odd = at === 0 && match[0] === '\ufeff' ? undefined : oddAt(text, at, match[0]);
    if (!odd) continue;
    quotes ??= document.root ? quotedIn(new YamlNode(document.root, document.base)) : [];
    if (quotes.some((range) => range.start < odd.start && odd.start < range.end)) continue;
    candidate.lastIndex = odd.end - document.start;
    yield odd;
  }
}

function oddAt(text: string, at: number, character: string): Odd | undefined {
  const window = text.slice(Math.max(0, at - LONGEST_PREFIX), at);
  const lineFeed = window.lastIndexOf('\n');
  if (lineFeed < 0 && at > LONGEST_PREFIX) return undefined;
  const before = blanked(window.slice(lineFeed + 1));
  if (/(?:^|\s)#/.test(before) || inQuotes(before)) return undefined;
  return isVisible(character) ? lookAlike(text, at, character, before) : unseen(text, at, character, before);
}

function unseen(text: string, at: number, character: string, before: string): Odd | undefined {
  let end = at;
  while (end - at < LONGEST_PREFIX && text.startsWith(character, end)) end += character.length;
  const after = text.slice(end, end + LONGEST_PREFIX);
  const rest = after.replace(/^[^\S\r\n]+/, '');
  if (BREAKS.test(character) && /\S/.test(before) && /^(?:-\s+)?[\w.]+\s*:(?:\s|$)/.test(rest)) {
    const range = { start: at, end: at + character.length };
    const name = NAMES[codePoint(character)] ?? 'control character';
    return { ...range, character, what: `a ${name}`, instead: 'a line break', edits: [{ range, newText: '\n' }] };
  }
  const flow = /[[{]/.test(before);
  const starts = /^\s*(?:-\s*)*$|:\s*$/.test(before) || (flow && /[[{,]\s*$/.test(before));
  const ends = rest === '' || /^(?:[\r\n]|#|:(?:\s|$))/.test(rest) || (flow && /^[\]},]/.test(rest));
  const inKey = /(?:^|[\s{,-])[\w.]*$/.test(before) && !/:/.test(lastPart(before)) && /^[\w.]*\s*:(?:\s|$)/.test(after);
  if (!starts && !ends && !inKey) return undefined;
  const blank = /[\p{Z}\v\f\u0085]/u.test(character);
  const many = (end - at) / character.length;
  const name =
    NAMES[codePoint(character)] ??
    (blank ? 'unusual space' : DIRECTION.test(character) ? 'mark of direction' : 'character that cannot be seen');
  const what =
    many > 1
      ? `${many} ${name.replace(/^character that/, 'characters that')}${/^character/.test(name) ? '' : 's'}`
      : `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
  return {
    ...{ start: at, end, character, what },
    instead: blank ? (many > 1 ? 'spaces' : 'a space') : undefined,
    edits: [{ range: { start: at, end }, newText: blank ? ' '.repeat(many) : '' }],
  };
}

/** Signs that look like those of YAML, and what each is called. */
const SIGNS: Readonly<Record<string, readonly [sign: string, name: string]>> = {
  '：': [':', 'a full-width colon'],
  '﹕': [':', 'a small colon'],
  '∶': [':', 'a ratio sign'],
  '–': ['-', 'an en dash'],
  '—': ['-', 'an em dash'],
  '−': ['-', 'a minus sign'],
  '‐': ['-', 'a typographic hyphen'],
  '‑': ['-', 'a no-break hyphen'],
  '，': [',', 'a full-width comma'],
  '｛': ['{', 'a full-width brace'],
  '｝': ['}', 'a full-width brace'],
  '［': ['[', 'a full-width bracket'],
  '］': [']', 'a full-width bracket'],
  '“': ['"', 'a typographic quote'],
  '”': ['"', 'a typographic quote'],
  '„': ['"', 'a typographic quote'],
  '‘': ["'", 'a typographic quote'],
  '’': ["'", 'a typographic quote'],
};

function lookAlike(text: string, at: number, character: string, before: string): Odd | undefined {
  if (/\p{Nd}/u.test(character)) return digits(text, at, before);
  const [sign, what] = SIGNS[character] ?? [];
  if (sign === undefined || what === undefined) return undefined;
  const end = at + character.length;
  const next = text[end] ?? '\n';
  const apart = /\s/.test(next) ? '' : ' ';
  const edit = (newText: string): TextEdit[] => [{ range: { start: at, end }, newText }];
  const odd = { start: at, end, character, what, instead: `\`${sign}\`` };
  const flow = /[[{]/.test(before);
  switch (sign) {
    case ':':
      return /^[\s-]*[\w.]+\s*$/.test(before) || (flow && /[{,]\s*[\w.]+\s*$/.test(before))
        ? { ...odd, edits: edit(`:${apart}`) }
        : undefined;
    case '-':
      return /^\s*$/.test(before) && apart === '' ? { ...odd, edits: edit('-') } : undefined;
    case '{':
    case '[':
      return /:\s+$|^\s*(?:-\s+)*$/.test(before) ? { ...odd, edits: edit(sign) } : undefined;
    case '}':
    case ']':
      return /[{[｛［]/.test(before) && /[\s,}\]#]/.test(next) ? { ...odd, edits: edit(sign) } : undefined;
    case ',':
      return flow ? { ...odd, edits: edit(`,${apart}`) } : undefined;
    default: {
      if (!/:\s+$|^\s*(?:-\s+)+$/.test(before) && !(flow && /[[{,]\s*$/.test(before))) return undefined;
      const line = /^[^\r\n]*/.exec(text.slice(end, end + LONGEST_PREFIX))?.[0] ?? '';
      const closing = /[“”„‘’](?=\s*(?:$|[,}\]#]))/.exec(line);
      if (!closing) return undefined;
      const other = end + closing.index;
      return { ...odd, edits: [...edit(sign), { range: { start: other, end: other + 1 }, newText: sign }] };
    }
  }
}

/** A number, with its unit or without, in digits of another script or width. */
function digits(text: string, at: number, before: string): Odd | undefined {
  if (!/(?::\s+|[-,[{]\s+|\[)[\d.,]*$/.test(before)) return undefined;
  const word = /^[\p{Nd}.,]+[a-zµ%/]{0,6}(?=\s|[,\]}]|$)/iu.exec(text.slice(at, at + LONGEST_PREFIX))?.[0];
  if (word === undefined) return undefined;
  const plain = word.replace(/\p{Nd}/gu, (digit) => String(valueOf(digit)));
  const range = { start: at, end: at + word.length };
  const character = String.fromCodePoint(word.codePointAt(0) ?? 0);
  const what = 'a digit of another script';
  return { ...range, character, what, instead: `\`${plain}\``, edits: [{ range, newText: plain }] };
}

/** Digits of a script stand in blocks of ten, from zero on. */
function valueOf(digit: string): number {
  const latin = digit.normalize('NFKC');
  if (/^\d$/.test(latin)) return Number(latin);
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (zero > code - 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return code - zero;
}

/** What a line holds since its last sign between entries. */
function lastPart(before: string): string {
  return before.slice(Math.max(before.lastIndexOf(','), before.lastIndexOf('{')) + 1);
}

/** Whether a line ends inside a quote that it opens. */
function inQuotes(before: string): boolean {
  let quote = '';
  for (let i = 0; i < before.length; i++) {
    const char = before[i]!;
    if (quote === '"' && char === '\\') i++;
    else if (quote !== '') quote = char === quote ? '' : quote;
    else if ((char === '"' || char === "'") && ' \t[{,:-'.includes(before[i - 1] ?? ' ')) quote = char;
  }
  return quote !== '';
}

/** Where quoted texts and blocks stand: their content is not YAML's. */
function quotedIn(root: YamlNode): Range[] {
  const found: Range[] = [];
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.green.type === 'scalar' && node.green.style !== 'plain') found.push(node.range);
    for (const { value } of node.entries) open.push(value);
    for (const item of node.items) open.push(item);
  }
  return found;
}

/** What other programs take for the end of a line. */
const BREAKS = /[\u2028\u2029\u0085\v\f]/;

const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const NAMES: Readonly<Record<string, string>> = {
  'U+00A0': 'no-break space',
  'U+00AD': 'soft hyphen',
  'U+0085': 'next-line character',
  'U+200B': 'zero-width space',
  'U+200C': 'zero-width non-joiner',
  'U+200D': 'zero-width joiner',
  'U+2007': 'figure space',
  'U+2009': 'thin space',
  'U+2028': 'line separator',
  'U+2029': 'paragraph separator',
  'U+202F': 'narrow no-break space',
  'U+2060': 'word joiner',
  'U+3000': 'ideographic space',
  'U+FEFF': 'byte order mark',
};
