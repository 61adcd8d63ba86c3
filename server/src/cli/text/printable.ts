/** Text of a file or a program, fit for a terminal: what would move its cursor or change its colours is shown as a sign. */
export function printable(text: string): string {
  // Tabs and line ends are what they are; the pictures of the other control characters are at U+2400.
  return text.replace(/[^\P{Cc}\t\n]/gu, (control) => {
    const code = control.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\u2421';
  });
}
