/** Where the line begins that an offset lies in. At 0 `lastIndexOf` would take the place before the text for its first character. */
export function lineStart(text: string, offset: number): number {
  return offset <= 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}
