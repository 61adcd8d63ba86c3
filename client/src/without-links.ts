/** A notification makes links of `[text](address)`, commands among them: of what stands in somebody's document it shall make none. */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}
