/** What a format costs that is not text: a file and a line in the registry. Everything else reads it through the door. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { preview } from '../../../server/src/cli/commands/preview.ts';
import { validate } from '../../../server/src/cli/commands/validate.ts';
import { checkFile } from '../../../server/src/cli/open-file.ts';
import { readSpecOrGraph, Session } from '../../../server/src/cli/session.ts';
import { readGraphFile } from '../../../server/src/graph/source.ts';
import { DiskFiles } from '../../../server/src/host/disk-files.ts';
import { completion } from '../../../server/src/language/completion.ts';
import { definition } from '../../../server/src/language/definition.ts';
import { diagnostics } from '../../../server/src/language/diagnostics.ts';
import type { Knowledge, OpenDocument } from '../../../server/src/language/document.ts';
import { hover } from '../../../server/src/language/hover.ts';
import { references } from '../../../server/src/language/references.ts';
import { prepareRename } from '../../../server/src/language/rename.ts';
import { TINY, tinyFile } from './tiny-format.ts';

vi.mock('../../../server/src/graph/formats.ts', async (original) => {
  const { GRAPH_FORMATS } = await original<typeof import('../../../server/src/graph/formats.ts')>();
  const { TINY: tiny } = await import('./tiny-format.ts');
  return { GRAPH_FORMATS: [...GRAPH_FORMATS, tiny] };
});
// As `npm run generate` would write it.
vi.mock('../../../server/src/spec/generated/graph-files.ts', async (original) => {
  const names = await original<typeof import('../../../server/src/spec/generated/graph-files.ts')>();
  const { TINY: tiny } = await import('./tiny-format.ts');
  return {
    GRAPH_ENDINGS: [...names.GRAPH_ENDINGS, ...tiny.endings],
    GRAPH_TITLES: [...names.GRAPH_TITLES, tiny.title],
  };
});

const net = tinyFile([
  { name: 'in', us: 20, needs: [] },
  { name: 'body', us: 200, needs: [0] },
  { name: 'head', us: 40, needs: [1] },
]);
/** The third node, which begins at byte `AT`, has the name of the second. */
const twice = tinyFile([
  { name: 'in', us: 20, needs: [] },
  { name: 'body', us: 200, needs: [0] },
  { name: 'body', us: 40, needs: [1] },
]);
const AT = 4 + 1 + 5 + 8;

const SPEC = `apiVersion: berth.dev/v1alpha1
kind: TrainingPlacement
metadata: { name: net }
spec:
  graph: net.tiny
  devices: [{ name: gpu, count: 2, memory: 1Gi }]
  link: { bandwidth: 1GB/s, latency: 1ms }
  algorithm: m-ETF
  pins:
    head: gpu1
    bod: gpu0
`;

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'berth-graph-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes the files and gives the path of the first. */
function written(files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return join(folder, Object.keys(files)[0]!);
}

describe('the door', () => {
  it('tells a binary format by what the file holds, whatever its name, and a damaged file by its name', () => {
    const read = readGraphFile({ path: '/x/anything', bytes: net });
    expect(read.format).toBe(TINY);
    expect(read.ok && read.graph.names).toEqual(['in', 'body', 'head']);
    const damaged = readGraphFile({ path: '/x/net.tiny', bytes: net.subarray(3) });
    expect(damaged.format).toBe(TINY);
    expect(damaged.ok).toBe(false);
  });

  it('reads a stream that is cut anywhere', () => {
    const chunks = Array.from(net, (byte) => Uint8Array.of(byte));
    const { result } = TINY.read(chunks, 'net');
    expect(result.ok && [...result.graph.edgeSrc]).toEqual([0, 1]);
  });

  it('leads from a finding to a byte', () => {
    const read = readGraphFile({ path: '/x/net.tiny', bytes: twice });
    const problems = read.ok ? [] : read.problems;
    expect(problems).toEqual([{ code: 'BERTH3002', path: ['nodes', 2], params: { node: 'body' } }]);
    expect(read.place(problems[0]!.path)).toEqual({ range: { start: AT, end: AT + 1 } });
  });

  it('reads no more than a format allows', () => {
    const read = readGraphFile({ path: '/x/net.tiny', bytes: new Uint8Array(2048) });
    expect(read.ok ? [] : read.problems).toMatchObject([
      { code: 'BERTH3016', params: { format: 'a tiny graph (binary)', size: '2Ki', limit: '1Ki' } },
    ]);
  });

  it('says of bytes in no format it knows that they are none', () => {
    const read = readGraphFile({ path: '/x/net.graph.json', bytes: Uint8Array.of(1, 0, 2) });
    expect(read.format).toBeUndefined();
    expect(read.ok ? [] : read.problems).toMatchObject([
      { code: 'BERTH3007', params: { detail: 'it is no text, and in no binary format that Berth knows' } },
    ]);
  });
});

describe('the command', () => {
  /** What a command prints, to whichever stream. */
  async function printed(run: (session: Session) => Promise<number>): Promise<{ text: string; status: number }> {
    let text = '';
    const streams = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((chunk) => {
        text += String(chunk);
        return true;
      }),
    );
    try {
      return { status: await run(new Session()), text };
    } finally {
      for (const stream of streams) stream.mockRestore();
    }
  }
  const quick = { format: 'text', quick: true, seeds: 1 } as const;

  it('previews a placement of a binary graph', async () => {
    const spec = written({ 'a.berth.yaml': SPEC.replace('    bod: gpu0\n', ''), 'net.tiny': net });
    const { status, text } = await printed((session) => preview(session, spec, quick));
    expect(status).toBe(0);
    expect(text).toMatch(/m-ETF needs .* for one step/);
  });

  it('shows a problem in it where the spec names the file, with its byte', async () => {
    const spec = written({ 'a.berth.yaml': SPEC, 'net.tiny': twice });
    const { status, text } = await printed((session) => preview(session, spec, quick));
    expect(status).toBe(1);
    expect(text).toContain('net.tiny: Two nodes are called "body".');
    expect(text).toContain(`See byte ${AT} of net.tiny.`);
  });

  it('shows a problem in it at its byte, in every format of the output', async () => {
    const graph = written({ 'net.tiny': twice });
    const text = await printed((session) => validate(session, [graph], 'text'));
    expect(text.status).toBe(1);
    expect(text.text).toContain(`net.tiny: byte ${AT} error BERTH3002 Two nodes are called "body".`);
    const json = await printed((session) => validate(session, [graph], 'json'));
    expect(JSON.parse(json.text)).toMatchObject({
      problems: [{ code: 'BERTH3002', bytes: { start: AT, end: AT + 1 } }],
    });
    const sarif = await printed((session) => validate(session, [graph], 'sarif'));
    expect(JSON.parse(sarif.text)).toMatchObject({
      runs: [{ results: [{ locations: [{ physicalLocation: { region: { byteOffset: AT, byteLength: 1 } } }] }] }],
    });
    const github = await printed((session) => validate(session, [graph], 'github'));
    expect(github.text).toContain(`net.tiny,title=BERTH3002::Two nodes are called "body". (byte ${AT})`);
  });

  it('says of a file that is larger than its format allows how large it is', async () => {
    const spec = written({ 'a.berth.yaml': SPEC, 'net.tiny': new Uint8Array(3000) });
    const { text } = await printed((session) => validate(session, [spec], 'text'));
    expect(text).toMatch(/BERTH1027 The graph file "net\.tiny" cannot be read: it holds .*, and the limit is 1Ki\./);
  });
});

describe('the editor', () => {
  async function opened(graph: Uint8Array): Promise<{ doc: OpenDocument; known: Knowledge }> {
    const files = new DiskFiles();
    const path = written({ 'a.berth.yaml': SPEC, 'net.tiny': graph });
    const { document, outcomes } = await checkFile(await readSpecOrGraph({ reader: files.reader, files }, path), files);
    return { doc: document, known: { outcome: (index) => outcomes.get(index), status: () => undefined, files } };
  }
  const at = (words: string): number => SPEC.indexOf(words) + words.length;

  it('knows the nodes of a graph that no editor shows', async () => {
    const { doc, known } = await opened(net);
    expect(diagnostics(doc, known).map(({ code, message }) => `${code} ${message}`)).toEqual([
      'BERTH3012 There is no node "bod" to pin; did you mean "body"?',
    ]);
    expect(completion(doc, at('    bod'), known).map(({ label }) => label)).toEqual(['in', 'body']);
    expect(hover(doc, at('    hea'), known)?.markdown).toContain('40 µs');
    expect(hover(doc, at('graph: net'), known)).not.toBeNull();
    expect(definition(doc, at('graph: net'), known)).toMatchObject([{ path: join(folder, 'net.tiny') }]);
    // Its name stands nowhere that an edit could change.
    expect(prepareRename(doc, at('    hea'), known)).toBeNull();
  });

  it.each([
    ['a graph', net],
    ['a damaged one', twice],
    ['nothing it knows', Uint8Array.of(0, 1, 2)],
  ])('bears a cursor anywhere beside %s', async (_, graph) => {
    const { doc, known } = await opened(graph);
    for (let offset = 0; offset <= SPEC.length; offset += 3) {
      hover(doc, offset, known);
      completion(doc, offset, known);
      definition(doc, offset, known);
      references(doc, offset, known, true);
      prepareRename(doc, offset, known);
    }
  });
});
