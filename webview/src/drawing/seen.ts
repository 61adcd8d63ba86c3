/** A name on one line, with a number for what cannot be seen of it or would turn its neighbours about: `[U+202E]`. */
export function seen(name: string): string {
  return name.replace(
    /\p{Cc}|\p{Bidi_Control}|[\u00ad\u200b\u2028\u2029\u2060\ufeff]/gu,
    (character) => `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}
