/** What is wrong with a document: what its text says, and what the engines say of what it means. */
import type { PreviewOutcome } from '../preview/compute.ts';
import type { Finding, InOtherFile } from '../spec/problems/finding.ts';
import { setValue } from '../spec/yaml/edit.ts';
import {
  inDocumentOrder,
  problem,
  type Fix,
  type InText,
  type Problem,
  type Range,
} from '../spec/problems/catalogue.ts';
import type { SpecDocument } from '../spec/spec-file.ts';
import type { Knowledge, OpenDocument } from './document.ts';
import type { GraphDocument } from './graph-document.ts';
import { writtenNodes } from './graph-node.ts';
import { writtenDevices } from './written-device.ts';

/** In the order of the text. What an engine said of an earlier text is left out where the text now has errors of its own. */
export function diagnostics(doc: OpenDocument, knowledge: Knowledge): Problem<InText>[] {
  if (doc.type === 'graph') return problemsOfGraph(doc.graph, knowledge.outcome(0));
  const judged = doc.spec.documents.flatMap((document) => {
    const outcome = knowledge.outcome(document.index);
    return outcome ? problemsOfOutcome(document, outcome, doc.text) : [];
  });
  return judged.length === 0 ? [...doc.spec.problems] : inDocumentOrder([...doc.spec.problems, ...judged]);
}

/** What the engines found in one document, at its places in the text, with their suggestions as fixes. */
export function problemsOfOutcome(document: SpecDocument, outcome: PreviewOutcome, text: string): Problem<InText>[] {
  if (!document.spec || (outcome.preview && outcome.preview.kind !== document.spec.kind)) return [];
  const own = outcome.findings.filter(({ file }) => file === undefined);
  return inDocumentOrder([
    ...own.map((found) => problemOf(found, rangeOf(document, found), fixesOf(document, found, text))),
    ...graphProblems(document, outcome.findings),
  ]);
}

/**
 * What is wrong with a graph file: by itself, and on the devices of the placement that uses it, where the node or the group is
 * written that no device can hold. The placement's own file says the same at its devices.
 */
function problemsOfGraph(graph: GraphDocument, outcome: PreviewOutcome | undefined): Problem<InText>[] {
  if (graph.problems.some(({ severity }) => severity === 'error')) return [...graph.problems];
  const judged = (outcome?.findings ?? []).flatMap((found): Problem<InText>[] => {
    const range = rangeInGraph(graph, found);
    return range ? [problemOf(found, range, [])] : [];
  });
  return judged.length === 0 ? [...graph.problems] : inDocumentOrder([...graph.problems, ...judged]);
}

function rangeInGraph(graph: GraphDocument, found: Finding): Range | undefined {
  const nodes = writtenNodes(graph);
  if (found.code === 'BERTH3010') return nodes.find(({ name }) => name === found.params.node)?.nameRange;
  if (found.code !== 'BERTH3020') return undefined;
  for (const { node } of nodes) {
    const group = node.get('group')?.value;
    if (group?.scalar === found.params.group) return group.range;
  }
  return undefined;
}

/** Engines count devices one by one; the text counts entries. */
function rangeOf(document: SpecDocument, found: Finding): Range {
  // A pin to a node that does not exist is wrong in its key; its value may be right.
  const { path } = found;
  if (found.code === 'BERTH3012' && found.params.what === 'node')
    return document.root?.entryAt(path)?.keyRange ?? document.at(path);
  const [spec, devices, index, ...rest] = path;
  if (spec !== 'spec' || devices !== 'devices' || typeof index !== 'number') return document.at(path);
  const device = writtenDevices(document.root)[index];
  return device ? document.at(['spec', 'devices', device.item, ...rest]) : document.at(['spec', 'devices']);
}

function fixesOf(document: SpecDocument, found: Finding, text: string): Fix[] {
  const { root, kind } = document;
  if (!root) return [];
  return found.suggestions.flatMap(({ path, value, title }, i): Fix[] => {
    const edits = setValue({ text, root, kind }, path, value);
    return edits ? [{ title, edits, preferred: i === 0 }] : [];
  });
}

/** Mistakes in a graph file show where the spec names the file: the first one, and how many there are. */
function graphProblems(document: SpecDocument, findings: readonly Finding[]): Problem<InText>[] {
  const files = new Map<string, (Finding & InOtherFile)[]>();
  for (const found of findings) {
    if (found.file === undefined) continue;
    const others = files.get(found.file);
    if (others) others.push(found);
    else files.set(found.file, [found]);
  }
  return Array.from(files, ([file, [first, ...others]]) => {
    const reference = document.references.find(({ role, path }) => role === 'graph' && path === file);
    const written = reference?.written ?? file.replace(/^.*[\\/]/, '');
    const shown = problemOf(first!, reference?.range ?? document.at(['spec', 'graph']), []);
    const more =
      others.length === 0 ? '' : ` It has ${others.length} more ${others.length === 1 ? 'problem' : 'problems'}.`;
    return {
      ...shown,
      message: `${written}: ${shown.message}`,
      hint: `${shown.hint}${whereIn(written, first!)}${more}`,
    };
  });
}

function whereIn(written: string, { code, place }: Finding & InOtherFile): string {
  if (code === 'BERTH3009') return ''; // it says so itself
  return ` See ${place.line === undefined ? `byte ${place.range.start}` : `line ${place.line}`} of ${written}.`;
}

function problemOf(found: Finding, range: Range, fixes: readonly Fix[]): Problem<InText> {
  return problem(found.code, found.params, range, fixes);
}
