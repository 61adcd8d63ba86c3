import { codePoint, controlPicture } from '../../spec/text/visible.ts';

/** Text of a file or a program, fit for a terminal: what would move its cursor, change its colours or turn its words about is shown as a sign. */
export function printable(text: string): string {
  return shown(text, /[^\P{Cc}\t\n]|\p{Bidi_Control}/gu);
}

/** A line that is styled by `Paint`: its own styles stay, whatever else a name or a message holds is shown as a sign. */
export function printableLine(line: string): string {
  // eslint-disable-next-line no-control-regex -- the escape sequences that may stay
  return shown(line, /(?!\u001b\[(?:1|2|22|31|32|33|39)m)[^\P{Cc}\t\n]|\p{Bidi_Control}/gu);
}

/** A line that a program wrote: it may colour it, and no more. */
export function printableLog(line: string): string {
  // eslint-disable-next-line no-control-regex -- the escape sequences that may stay
  return shown(line, /(?!\u001b\[(?:(?!0*8[;m])\d{0,3};){0,8}(?!0*8m)\d{0,3}m)[^\P{Cc}\t\n]|\p{Bidi_Control}/gu);
}

/** Tabs and line ends are what they are; a control character beyond ASCII, which has no sign of its own, is shown by that of DEL, a mark of direction by its number. */
function shown(text: string, controls: RegExp): string {
  return text.replace(
    controls,
    (control) => controlPicture(control) ?? (/\p{Cc}/u.test(control) ? '\u2421' : `[${codePoint(control)}]`),
  );
}
