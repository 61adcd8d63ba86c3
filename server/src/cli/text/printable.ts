/** Text of a file or a program, fit for a terminal: what would move its cursor or change its colours is shown as a sign. */
export function printable(text: string): string {
  return shown(text, /[^\P{Cc}\t\n]/gu);
}

/** A line that is styled by `Paint`: its own styles stay, whatever else a name or a message holds is shown as a sign. */
export function printableLine(line: string): string {
  // eslint-disable-next-line no-control-regex -- the escape sequences that may stay
  return shown(line, /(?!\u001b\[(?:1|2|22|31|32|33|39)m)[^\P{Cc}\t\n]/gu);
}

/** A line that a program wrote: it may colour it, and no more. */
export function printableLog(line: string): string {
  // eslint-disable-next-line no-control-regex -- the escape sequences that may stay
  return shown(line, /(?!\u001b\[(?:(?!0*8[;m])\d{0,3};){0,8}(?!0*8m)\d{0,3}m)[^\P{Cc}\t\n]/gu);
}

/** Tabs and line ends are what they are; the pictures of the other control characters are at U+2400. */
function shown(text: string, controls: RegExp): string {
  return text.replace(controls, (control) => {
    const code = control.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\u2421';
  });
}
