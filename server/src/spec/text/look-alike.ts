/** Names that look the same and are not: letters written in one character or two, letters of another script, characters without width. */
import { codePoint, isVisible } from './visible.ts';

/** Letters of other scripts that fonts draw as Latin ones, by the Latin letter. */
const DRAWN_AS: Readonly<Record<string, string>> = {
  ...{
    a: 'аα',
    b: 'Ь',
    c: 'сϲ',
    d: 'ԁ',
    e: 'е',
    g: 'ɡ',
    h: 'һ',
    i: 'іι',
    j: 'ј',
    k: 'к',
    l: 'ӏ',
    m: 'м',
    n: 'п',
    o: 'оοօ',
  },
  ...{ p: 'рρ', q: 'ԛ', r: 'г', s: 'ѕ', t: 'т', u: 'υ', v: 'νѵ', w: 'ԝω', x: 'хχ', y: 'уγ' },
  ...{ A: 'АΑ', B: 'ВΒ', C: 'С', E: 'ЕΕ', H: 'НΗ', I: 'ІΙ', J: 'Ј', K: 'КΚ', M: 'МΜ', N: 'Ν', O: 'ОΟ', P: 'РΡ' },
  ...{ S: 'Ѕ', T: 'ТΤ', X: 'ХΧ', Y: 'ΥҮ', Z: 'Ζ', '-': '‐‑–—−', '.': '․', ':': '：∶', "'": '’‘', '"': '“”' },
};

const LATIN: ReadonlyMap<string, string> = new Map(
  Object.entries(DRAWN_AS).flatMap(([latin, others]) => Array.from(others, (other) => [other, latin] as const)),
);

/** What a name looks like: the same for two that a reader cannot tell apart. */
export function lookOf(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return name;
  return Array.from(name.normalize('NFKC'))
    .flatMap((one) => (isVisible(one) ? [LATIN.get(one) ?? one] : []))
    .join('');
}

/** In what two names differ that look the same, as a sentence; undefined where one sees the difference. */
export function unseenDifference(written: string, other: string): string | undefined {
  if (written === other || lookOf(written) !== lookOf(other)) return undefined;
  if (written.normalize('NFC') === other.normalize('NFC')) {
    const [mine, theirs] = firstDifference(signs(written), signs(other));
    return `The two differ in how "${theirs}" is written: ${points(mine)} here, ${points(theirs)} there.`;
  }
  const [mine, theirs] = firstDifference(Array.from(written), Array.from(other));
  // What has no width is shown by its number already.
  if (mine === undefined || theirs === undefined || !isVisible(mine) || !isVisible(theirs)) return undefined;
  if ([mine, theirs].some((one) => one === '[' || one === ']')) return undefined;
  return `The two look the same, but here stands "${mine}" (${codePoint(mine)}), and there "${theirs}" (${codePoint(theirs)}).`;
}

/** Letters with what belongs to them. */
function signs(text: string): string[] {
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
}

function firstDifference(one: readonly string[], other: readonly string[]): [string | undefined, string | undefined] {
  const at = one.findIndex((sign, i) => sign !== other[i]);
  return [one[at], other[at]];
}

function points(sign = ''): string {
  return Array.from(sign, codePoint).join(' ');
}
