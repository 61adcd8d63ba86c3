/** Headers on their way through a router, as they came: in their order, with repeated ones apart. */

/** What is said of one connection, never of what it carries (RFC 9110, section 7.6.1), and what the router says itself. */
const ABOUT_A_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Headers without those that are about one connection only.
 *
 * @param raw name, value, name, value … @param without further names to leave out, in lower case.
 */
export function forwardedHeaders(raw: readonly string[], without: ReadonlySet<string>): string[] {
  let named: Set<string> | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]!.length !== 10 || raw[i]!.toLowerCase() !== 'connection') continue;
    for (const name of raw[i + 1]!.split(',')) (named ??= new Set()).add(name.trim().toLowerCase());
  }
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (!ABOUT_A_CONNECTION.has(name) && !without.has(name) && !named?.has(name)) kept.push(raw[i]!, raw[i + 1]!);
  }
  return kept;
}
