/** Names that are made to deceive, on every surface that shows names: none is taken for anything but a name, and all of it is seen. */
import { readFileSync } from 'node:fs';
import { Marked } from 'marked';
import { describe, expect, test } from 'vitest';
import { experimentSvg } from '../../../server/src/cli/experiment/experiment-chart.ts';
import type { ExperimentReport } from '../../../server/src/cli/experiment/experiment-report.ts';
import { experimentPage } from '../../../server/src/cli/experiment/experiment-page.ts';
import { previewSvg } from '../../../server/src/cli/picture/preview-picture.ts';
import { paintFor } from '../../../server/src/cli/terminal.ts';
import { liveText, planText } from '../../../server/src/cli/text/plan-text.ts';
import { previewText } from '../../../server/src/cli/text/preview-text.ts';
import { printableLine, printableLog } from '../../../server/src/cli/text/printable.ts';
import { statusText } from '../../../server/src/cli/text/status-text.ts';
import { partsOf } from '../../../client/src/deploy/deployment-parts.ts';
import { withoutLinks } from '../../../client/src/without-links.ts';
import { completion } from '../../../server/src/language/completion.ts';
import { codeLenses } from '../../../server/src/language/code-lens.ts';
import { diagnostics } from '../../../server/src/language/diagnostics.ts';
import type { Knowledge, OpenDocument } from '../../../server/src/language/document.ts';
import { readGraphDocument } from '../../../server/src/language/graph-document.ts';
import { hover } from '../../../server/src/language/hover.ts';
import { inlayHints } from '../../../server/src/language/inlay-hints.ts';
import { symbols, type OutlineSymbol } from '../../../server/src/language/symbols.ts';
import { computePreview } from '../../../server/src/preview/compute.ts';
import type { Preview } from '../../../server/src/preview/model.ts';
import { readSpecFile, type Files } from '../../../server/src/spec/spec-file.ts';
import { isVisible } from '../../../server/src/spec/text/visible.ts';
import type { Live } from '../../../server/src/deploy/live.ts';
import type { ServingStatus } from '../../../server/src/deploy/types.ts';
import { planApply } from '../../../server/src/deploy/plan/plan.ts';
import { serving } from '../../fixtures/serving-sketch.ts';
import { HOSTILE_NAMES, swapped } from '../../fixtures/hostile-names.ts';
import { HERE, wanted } from '../../fixtures/wanted.ts';
import { report } from '../cli/experiment-sample.ts';

/** Each character is seen, but for line ends between lines and the no-break spaces of our figures. */
function expectSeen(text: string): void {
  for (const line of text.split(/[\n\u00a0]/))
    if (!isVisible(line)) expect.fail(`not all is seen of ${JSON.stringify(line)}`);
}

/** What an SVG or HTML text is made of: only what its maker wrote. */
function expectTagsOfOurs(markup: string): void {
  const tags = markup.match(/<[^>]*>?/g) ?? [];
  for (const tag of tags)
    if (!/^<(?:!doctype html|\/?[a-z][a-z0-9]*(?:\s+[a-z][\w:-]*="[^"<>]*")*\s*\/?)>$/i.test(tag)) expect.fail(tag);
  for (const tag of tags) expect(tag).not.toMatch(/^<(?:script|img|a)\b|\son\w+=|javascript:|command:/i);
  expectSeen(markup);
}

const marked = new Marked({ gfm: true });

/** Markdown that is trusted with nothing but what we linked ourselves. */
function expectHarmless(markdown: string): void {
  const links: string[] = [];
  void marked.walkTokens(marked.lexer(markdown), (token) => {
    if (token.type === 'link') links.push((token as { href: string }).href);
    if (token.type === 'html') expect.fail(`HTML: ${token.raw}`);
  });
  expect(links.filter((href) => href !== 'command:berth.preview')).toEqual([]);
  expectSeen(markdown);
}

const paint = paintFor(process.stdout, { NO_COLOR: '1' });
const read = (name: string): Preview =>
  JSON.parse(readFileSync(new URL(`../../fixtures/previews/${name}.json`, import.meta.url), 'utf8')) as Preview;

/** A recorded preview in which every name is another. */
function renamed(preview: Preview, name: string): Preview {
  return swapped(preview, name) as Preview;
}

function renamedReport(report: ExperimentReport, name: string): ExperimentReport {
  return swapped(report, name) as ExperimentReport;
}

function statusOf(name: string): ServingStatus {
  const job = { desiredReplicas: 2, readyReplicas: 1, requestsPerSecond: 5, queueLength: 0, meanMs: 40, p99Ms: 90 };
  return {
    id: 'InferenceCluster/vision',
    kind: 'InferenceCluster',
    name: 'vision',
    revision: 1,
    phase: 'degraded',
    summary: `degraded: ${name}`,
    at: 0,
    faults: [{ code: 'BERTH5008', severity: 'error', message: name, hint: name, at: 0, subject: name }],
    jobs: [{ ...job, name, endpoint: name, sloMs: 720, violationRate: 0, requests: 5, refused: 0, restarts: 0 }],
  };
}

describe.each(Object.entries(HOSTILE_NAMES))('a name of %s', (_, name) => {
  const previews = ['inference', 'placement', 'placement-opened', 'federation', 'federation-leaking'];

  test.each(previews)('in the picture of a preview: %s', (recorded) => {
    expectTagsOfOurs(previewSvg([renamed(read(recorded), name)]));
  });

  test('in the charts and the page of an experiment', () => {
    const compared = renamedReport(
      report({}, () => 0.1),
      name,
    );
    expectTagsOfOurs(experimentSvg(compared));
    expectTagsOfOurs(experimentPage(compared));
  });

  test('in the terminal', () => {
    const desired = serving({ jobs: [{ name, command: ['node', name] }] });
    const plan = planApply(undefined, wanted(desired), HERE);
    if (!plan.ok) throw plan.problem;
    const status = statusOf(name);
    const live = {
      id: name,
      revision: 1,
      status,
      drift: [{ path: name, text: name }],
      complete: true,
    } as unknown as Live;
    const texts = [
      ...previews.flatMap((recorded) => previewText(renamed(read(recorded), name), paint, 80)),
      ...planText(plan.plan, paint),
      ...statusText({ status, drift: live.drift, complete: true }, paint, 100),
      ...liveText([live], paint, 100),
    ];
    for (const text of texts)
      for (const shown of [printableLine(text), printableLog(text)])
        // eslint-disable-next-line no-control-regex -- the escape sequences that Paint writes may stay
        expect(shown).not.toMatch(/\p{Bidi_Control}|[^\P{Cc}\n\t\u001b]|\u001b(?!\[[\d;]*m)/u);
  });

  test('in the tree of deployments', () => {
    const drift = [{ path: name, text: name }];
    const parts = partsOf({ status: statusOf(name), drift });
    expect(parts).toHaveLength(3);
    for (const { name: label, words, tooltip } of parts) expectSeen(`${label} ${words} ${tooltip ?? ''}`);
  });

  test('in a notification', () => {
    expect(withoutLinks(`Planning ${name}`)).not.toMatch(/\]\(/);
  });

  test('in an editor: hovers, lenses, hints, outline, diagnostics', async () => {
    const quoted = JSON.stringify(name);
    const graph = `apiVersion: berth.dev/v1alpha1
kind: Graph
metadata: { name: net }
nodes:
  - { name: ${quoted}, compute: 20us, memory: { output: 1Mi } }
  - { name: last, compute: 20us, memory: { output: 1Mi } }
edges:
  - { from: ${quoted}, to: last }
`;
    const spec = `apiVersion: berth.dev/v1alpha1
kind: TrainingPlacement
metadata: { name: net }
spec:
  graph: net.graph.yaml
  devices:
    - { name: gpu, count: 2, memory: 2Mi }
  link: { bandwidth: 5.7GB/s, latency: 134us }
  pins:
    ${quoted}: gpu0
---
apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: ${quoted} }
spec:
  capacity: { replicas: 2 }
  jobs:
    - { name: ${quoted}, slo: { latency: 1s }, processingTime: 10ms, workload: { trace: t.csv, column: ${quoted} } }
`;
    const trace = `minute,${JSON.stringify(name.replaceAll('"', '')).slice(1, -1)}\n0,1\n`;
    const files: Files = {
      read: (path) =>
        path.endsWith('.csv')
          ? { text: trace, version: '1' }
          : path.endsWith('net.graph.yaml')
            ? { text: graph, version: '1' }
            : undefined,
      list: () => ['net.graph.yaml', name],
    };
    const path = '/specs/a.berth.yaml';
    const doc: OpenDocument = { type: 'spec', path, text: spec, spec: readSpecFile(spec, { uri: path, files }) };
    const [first] = doc.spec.documents;
    const outcome =
      first?.spec &&
      (await computePreview({
        spec: first.spec,
        document: 0,
        whatIf: {},
        replay: false,
        graph: { path: '/specs/net.graph.yaml', text: graph, version: '1' },
      }));
    const knowledge: Knowledge = {
      outcome: (i) => (i === 0 ? outcome : undefined),
      status: () => statusOf(name),
      files,
    };
    const graphPath = '/specs/net.graph.yaml';
    const graphDoc: OpenDocument = {
      type: 'graph',
      path: graphPath,
      text: graph,
      graph: readGraphDocument(graph, { path: graphPath }),
    };
    let hovers = 0;
    const labels = new Set<string>();
    for (const each of [doc, graphDoc]) {
      for (let offset = 0; offset < each.text.length; offset += 3) {
        const shown = hover(each, offset, knowledge);
        if (!shown) continue;
        hovers++;
        expectHarmless(shown.markdown);
      }
      for (let offset = 0; offset < each.text.length; offset += 7)
        for (const { label, detail, documentation } of completion(each, offset, knowledge)) {
          labels.add(label);
          expectSeen(`${label} ${detail}`);
          expect(label).not.toMatch(/[\n\r]/);
          expectHarmless(documentation);
        }
      for (const { message, hint } of diagnostics(each, knowledge)) expectSeen(`${message} ${hint}`);
      for (const { title } of codeLenses(each, knowledge)) expect(title).not.toMatch(/[\n\r]/);
      for (const { label } of inlayHints(each, knowledge, { start: 0, end: each.text.length })) expectSeen(label);
      const walk = (list: readonly OutlineSymbol[]): void =>
        list.forEach((symbol) => {
          expectSeen(`${symbol.name} ${symbol.detail}`);
          walk(symbol.children);
        });
      walk(symbols(each));
    }
    expect(hovers).toBeGreaterThan(20);
    // What is offered is made of names: the nodes to pin, the columns of a trace, the files of a folder.
    expect(labels.size).toBeGreaterThan(20);
  });
});
