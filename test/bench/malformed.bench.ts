/** From opening a text in which something stands far too often to its diagnostics, through the built server. */
import { fileUri, LanguageServerClient } from '../language-server/client.ts';
import { useOf } from './process-use.ts';
import { LARGE_TEXTS } from '../unit/linear/large-texts.ts';

const CASES = [
  { name: 'unknown keys of spec', n: 100_000 },
  { name: 'dashes on a line', n: 200_000 },
  { name: 'edges out of one node', n: 1_000_000 },
  { name: 'a long line of words', n: 2_000_000 },
  { name: 'half-typed lines', n: 1_000_000 },
];

/** Of CPU that the server has taken so far; NaN where the system does not say. */
function seconds({ process: { pid } }: LanguageServerClient): number {
  return useOf([pid!])?.cpuSeconds ?? NaN;
}

export default CASES.map(({ name, n }) => {
  const { path, text } = LARGE_TEXTS.find((large) => large.name === name)!;
  const large = text(n);
  let client: LanguageServerClient;
  let run = 0;
  return {
    name: `first diagnostics of ${n.toLocaleString('en-US')} times: ${name}`,
    runs: 3,
    target: { value: 1000, unit: 'ms' },
    async setup() {
      client = await LanguageServerClient.start({ server: 'bundle' });
    },
    async run() {
      const uri = fileUri(path.replace('/a.', `/a${run++}.`));
      const start = performance.now();
      const before = seconds(client);
      await client.open(uri, large);
      await client.diagnostics(uri, (found) => found.length > 0);
      return { value: performance.now() - start, details: { cpuMs: 1000 * (seconds(client) - before) } };
    },
    teardown: () => client.stop(),
  };
});
