/** From a key to its diagnostics, through the built server over its connection, in the middle of a long file. */
import { fileUri, LanguageServerClient } from '../language-server/client.ts';
import { clusterText, graphText } from './texts.ts';

const sizes = [
  { lines: 1000, target: 30 },
  { lines: 5000, target: 100 },
  { lines: 25_000, target: 500 },
];
const kinds = [
  {
    name: 'graph file',
    uri: (lines: number) => fileUri(`/bench/${lines}.graph.yaml`),
    text: graphText,
    key: /compute: 1(?=\d\dus)/g,
  },
  {
    name: 'spec',
    uri: (lines: number) => fileUri(`/bench/${lines}.berth.yaml`),
    text: clusterText,
    key: /processingTime: 1(?=80ms)/g,
  },
];

export default kinds.flatMap((kind) =>
  sizes.map(({ lines, target }) => {
    let client: LanguageServerClient;
    let version = 1;
    let line = 0;
    let character = 0;
    const uri = kind.uri(lines);
    return {
      name: `keystroke to diagnostics, ${kind.name} of ${lines.toLocaleString('en-US')} lines`,
      runs: 15,
      target: { value: target, unit: 'ms' },
      async setup() {
        client = await LanguageServerClient.start({ server: 'bundle' });
        const text = kind.text(lines);
        const matches = [...text.matchAll(kind.key)];
        const middle = matches[matches.length >> 1]!;
        const before = text.slice(0, middle.index + middle[0].length).split('\n');
        line = before.length - 1;
        character = before.at(-1)!.length;
        await client.open(uri, text);
        await client.diagnostics(
          uri,
          (found, at) => at === version && found.every((diagnostic) => diagnostic.severity !== 1),
        );
      },
      // Each run types a letter into a quantity and takes it back; each of the two is one keystroke with its own diagnostics.
      async run() {
        const here = { line, character };
        const start = performance.now();
        await client.change(uri, ++version, here, here, 'x');
        await client.diagnostics(
          uri,
          (found, at) => at === version && found.some((diagnostic) => diagnostic.range.start.line === line),
        );
        await client.change(uri, ++version, here, { line, character: character + 1 }, '');
        await client.diagnostics(
          uri,
          (found, at) => at === version && !found.some((diagnostic) => diagnostic.range.start.line === line),
        );
        return (performance.now() - start) / 2;
      },
      teardown: () => client.stop(),
    };
  }),
);
