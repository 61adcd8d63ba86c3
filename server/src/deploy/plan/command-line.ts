/** A command as people read it: each word as one would type it, each character of it seen. */
import { clipped, visible } from '../../spec/text/visible.ts';

/** Characters of a command that are shown; of a longer one its beginning and its end. */
const LONGEST = 600;

/** `node models/classifier.mjs --name 'two words'`, in the quotes of a shell where a word needs them. */
export function commandLine(words: readonly string[]): string {
  const line = words.map(word).join(' ');
  if (line.length <= LONGEST) return line;
  return `${clipped(line, LONGEST)} (${line.length} characters in all)`;
}

function word(text: string): string {
  const shown = visible(text);
  return /^[\p{L}\p{N}_@%+=:,./~-]+$/u.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`;
}
