/** The commands of ours that hovers may link, each harmless by itself: none changes, writes or deploys anything. */
const LINKED = ['berth.preview'] as const;

/** What a Markdown text of our server is trusted with: the commands that it links, and no other; nothing where it links none. */
export function trustedCommands(markdown: string): { readonly enabledCommands: readonly string[] } | false {
  const enabledCommands = LINKED.filter((command) => markdown.includes(`](command:${command})`));
  return enabledCommands.length === 0 ? false : { enabledCommands };
}
