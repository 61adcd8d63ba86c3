/** Makes seen what a reader of a sentence would not see: control characters, line ends, odd spaces, characters without width or with a direction. */

/** `U+00A0`, as people look a character up. */
export function codePoint(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The sign of an ASCII control character: `␊`. Undefined of every other character. */
export function controlPicture(character: string): string | undefined {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : undefined;
}

/**
 * What cannot be seen, or not be told from a space: control and format characters, line separators, spaces other than U+0020, what Unicode
 * says to leave out when drawing, halves of surrogate pairs. Signs that join or colour an emoji belong to it.
 */
const UNSEEN =
  /(?<!(?!\p{C})\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})(?:\u200d|\ufe0f)|(?!\u200d)\p{C}|(?! )\p{Z}|(?!\u200d|\ufe0f)\p{Default_Ignorable_Code_Point}|\u2800/gu;

/** Whether each character of a text can be seen. */
export function isVisible(text: string): boolean {
  return text.search(UNSEEN) < 0;
}

/** The text with a space for each character that cannot be seen. */
export function blanked(text: string): string {
  return text.replace(UNSEEN, (character) => ' '.repeat(character.length));
}

/** The text on one line, each character of it seen: control characters by their pictures (`␊`), others by their numbers (`[U+00A0]`). */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => controlPicture(character) ?? `[${codePoint(character)}]`);
}

/** A text of more than this many characters by its beginning and its end; no character is cut in two. */
export function clipped(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const ending = Math.floor(longest / 3);
  const [start, end] = [text.slice(0, longest - ending - 1), text.slice(-ending)];
  return `${start.replace(/[\ud800-\udbff]$/, '')}…${end.replace(/^[\udc00-\udfff]/, '')}`;
}
