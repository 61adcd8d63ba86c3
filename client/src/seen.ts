/** What would not be seen of a text, or turn it about: control characters, line separators, marks of direction, what has no width. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The text on one line, each character of it seen: `[U+202E]`. As the server's messages have it, which the client may not import. */
export function seen(text: string): string {
  return text.replace(UNSEEN, (sign) => `[U+${hex(sign.codePointAt(0) ?? 0)}]`);
}

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, '0');
}
