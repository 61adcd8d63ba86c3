/**
 * Plain words that readers of YAML take for different things: Berth reads YAML 1.2, in which `010` is ten and `no` a text; many tools read
 * YAML 1.1, in which these are eight and false. What is meant is not known, so it is said what stands there. Of a number such as `3e-4` or
 * `0o17` it is known: what is a text by YAML 1.1 then is nothing that anybody means.
 */
import { problem } from '../problems/catalogue.ts';
import type { Fix, InText, Problem } from '../problems/catalogue.ts';
import type { Green, GreenEntry, GreenScalar } from './green.ts';
import type { YamlNode } from './tree.ts';

/** More in one document are no help; the first ones are told. */
const MOST = 50;

/** A word with two readings, at its place in the chunk of the node that it was found in. */
interface Doubt {
  readonly start: number;
  readonly end: number;
  readonly written: string;
  readonly reading: Readings;
}

/** What a word is, in the words of a sentence, and how each of its meanings is written without doubt. */
interface Readings {
  readonly here: string;
  readonly there: string;
  readonly writeHere: string;
  /** Undefined where it can only be written as it stands. */
  readonly writeThere: string | undefined;
}

/** Problems at the plain words and keys of a document that other readers of YAML take for something else. */
export function twoReadings(text: string, root: YamlNode): Problem<InText>[] {
  const { green } = root;
  const base = root.range.start - green.start;
  return doubtsIn(green, text, base)
    .slice(0, MOST)
    .map(({ start, end, written, reading }) => {
      const range = { start: start + base, end: end + base };
      const fix = (newText: string, preferred = false): Fix => ({
        title: `Write ${newText}`,
        edits: [{ range, newText }],
        ...(preferred ? { preferred } : {}),
      });
      const { writeHere, writeThere, here, there } = reading;
      const fixes = [fix(writeHere, true), ...(writeThere === undefined ? [] : [fix(writeThere)])];
      return problem('BERTH1035', { written, here, there, writeHere, writeThere }, range, fixes);
    });
}

const NONE: readonly Doubt[] = [];

/** What was found in mappings and lists: one whose text did not change is the same node as before. */
const known = new WeakMap<Green, readonly Doubt[]>();

/** @param base what the node's offsets count from. */
function doubtsIn(green: Green, text: string, base: number): readonly Doubt[] {
  // What an alias stands for is judged where it is written.
  if (green.type === 'alias') return NONE;
  if (green.type === 'scalar') return doubtOf(green, text, base);
  const before = known.get(green);
  if (before) return before;
  let found: Doubt[] | undefined;
  const add = (doubts: readonly Doubt[], shift: number): void => {
    for (const doubt of doubts) {
      if (found && found.length >= MOST) return;
      (found ??= []).push(shift === 0 ? doubt : { ...doubt, start: doubt.start + shift, end: doubt.end + shift });
    }
  };
  const { shifts } = green;
  if (green.type === 'mapping')
    green.entries.forEach((entry, i) => {
      const shift = shifts?.[i] ?? 0;
      add(doubtOfKey(entry), shift);
      add(doubtsIn(entry.value, text, base + shift), shift);
    });
  else
    green.items.forEach((item, i) => {
      const shift = shifts?.[i] ?? 0;
      add(doubtsIn(item, text, base + shift), shift);
    });
  const doubts = found ?? NONE;
  known.set(green, doubts);
  return doubts;
}

function doubtOf({ start, end, value, style }: GreenScalar, text: string, base: number): readonly Doubt[] {
  if (style !== 'plain' || start === end || end - start > LONGEST) return NONE;
  if (typeof value !== 'number' && typeof value !== 'string') return NONE;
  const written = text.slice(start + base, end + base);
  const reading = readingsOf(written, typeof value === 'number' ? value : undefined);
  if (!reading) return NONE;
  // A tag tells a number from a text.
  if (typeof value === 'number' && reading.there !== 'a text') return [{ start, end, written, reading }];
  if (/(?:^|[\s,[{])!\S*[ \t]+$/.test(text.slice(Math.max(0, start + base - 40), start + base))) return NONE;
  return [{ start, end, written, reading }];
}

function doubtOfKey({ key, keyStart, keyEnd }: GreenEntry): readonly Doubt[] {
  // In quotes it is longer than what it means.
  if (keyEnd - keyStart !== key.length || key.length > LONGEST) return NONE;
  const reading = readingsOf(key, undefined);
  return reading ? [{ start: keyStart, end: keyEnd, written: key, reading }] : NONE;
}

/** Longer words are neither numbers nor dates that anybody writes. */
const LONGEST = 40;

const TRUE = /^(?:y|Y|yes|Yes|YES|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|off|Off|OFF)$/;
const DATE = /^\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)?$/;
const SEXAGESIMAL = /^[-+]?[1-9][\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/;
const WITH_UNDERSCORES = /^[-+]?(?:(?:0|[1-9][\d_]*)(?:\.[\d_]*)?(?:e[-+]\d+)?|0b[01_]+|0x[\da-f_]+|0[0-7_]+)$/i;

/** @param value the number that it is here; undefined where it is a text. @returns undefined where there is but one reading. */
function readingsOf(written: string, value: number | undefined): Readings | undefined {
  if (value === undefined) {
    const there = textElsewhere(written);
    if (there === undefined) return undefined;
    return { here: 'a text', there, writeHere: `"${written}"`, writeThere: undefined };
  }
  const here = `the number ${value}`;
  if (!/^[-+]?0\d+$/.test(written)) return undefined;
  if (/[89]/.test(written)) return { here, there: 'a text', writeHere: String(value), writeThere: undefined };
  const octal = parseInt(written, 8);
  return octal === value
    ? undefined
    : { here, there: `the number ${octal}`, writeHere: String(value), writeThere: String(octal) };
}

/** What YAML 1.1 takes a word for that is a text here. */
function textElsewhere(written: string): string | undefined {
  if (TRUE.test(written)) return 'true';
  if (FALSE.test(written)) return 'false';
  if (DATE.test(written)) return written.length > 10 ? 'a time' : 'a date';
  const number = numberElsewhere(written);
  return number === undefined ? undefined : `the number ${number}`;
}

function numberElsewhere(written: string): number | undefined {
  const digits = written.replace(/[_+-]/g, '');
  const sign = written.startsWith('-') ? -1 : 1;
  let value: number;
  if (SEXAGESIMAL.test(written)) value = digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  else if (!WITH_UNDERSCORES.test(written) || !/\d/.test(written) || !/_|^[-+]?0b/i.test(written)) return undefined;
  else if (/^0[0-7]+$/.test(digits)) value = parseInt(digits, 8);
  else value = Number(written.replaceAll('_', '').replace(/^[-+]/, ''));
  return Number.isFinite(value) ? sign * value : undefined;
}
