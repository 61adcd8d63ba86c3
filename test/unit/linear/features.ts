/** Everything that the editor asks of a text, one after the other. */
import { codeActions } from '../../../server/src/language/code-actions.ts';
import { codeLenses } from '../../../server/src/language/code-lens.ts';
import { completion } from '../../../server/src/language/completion.ts';
import { definition } from '../../../server/src/language/definition.ts';
import { diagnostics } from '../../../server/src/language/diagnostics.ts';
import type { Knowledge, OpenDocument } from '../../../server/src/language/document.ts';
import { documentLinks } from '../../../server/src/language/document-links.ts';
import { foldings } from '../../../server/src/language/folding.ts';
import { readGraphDocument } from '../../../server/src/language/graph-document.ts';
import { hover } from '../../../server/src/language/hover.ts';
import { inlayHints } from '../../../server/src/language/inlay-hints.ts';
import { rangeOfSelection, selectionAt } from '../../../server/src/language/locate.ts';
import { references } from '../../../server/src/language/references.ts';
import { prepareRename, rename } from '../../../server/src/language/rename.ts';
import { selectionRanges } from '../../../server/src/language/selection-ranges.ts';
import { semanticTokens } from '../../../server/src/language/semantic-tokens.ts';
import { symbols } from '../../../server/src/language/symbols.ts';
import { isGraphFile } from '../../../server/src/spec/references/graph-file.ts';
import { readSpecFile, type Files } from '../../../server/src/spec/spec-file.ts';

const FILES: Files = {
  read: (path) =>
    path.endsWith('day.csv') ? { text: 'minute,c0,c1\n0,1,2\n1,2,3\n2,3,4\n', version: '1' } : undefined,
  list: () => ['day.csv', 'night.csv'],
};
const KNOWN: Knowledge = { outcome: () => undefined, status: () => undefined, files: FILES };

function read(text: string, path: string, previous?: OpenDocument): OpenDocument {
  if (isGraphFile(path)) {
    const before = previous?.type === 'graph' ? previous.graph : undefined;
    return { type: 'graph', path, text, graph: readGraphDocument(text, { path, previous: before }) };
  }
  const before = previous?.type === 'spec' ? previous.spec : undefined;
  return { type: 'spec', path, text, spec: readSpecFile(text, { uri: path, files: FILES, previous: before }) };
}

/** A text is opened, looked at in five places, and a key is typed in its middle. @returns the codes of its problems. */
export function everyFeature(text: string, path: string): string[] {
  const doc = read(text, path);
  const problems = diagnostics(doc, KNOWN);
  const whole = { start: 0, end: text.length };
  codeActions(doc, whole, problems);
  codeLenses(doc, KNOWN);
  inlayHints(doc, KNOWN, whole);
  symbols(doc);
  foldings(doc);
  documentLinks(doc);
  semanticTokens(doc);
  for (const share of [0, 0.25, 0.5, 0.95, 1]) {
    const offset = Math.floor(share * text.length);
    hover(doc, offset, KNOWN);
    completion(doc, offset, KNOWN);
    selectionRanges(doc, offset);
    definition(doc, offset, KNOWN);
    references(doc, offset, KNOWN, true);
    prepareRename(doc, offset, KNOWN);
    rename(doc, offset, 'another', KNOWN);
    const selected = selectionAt(doc, offset);
    if (selected) rangeOfSelection(doc, selected.document, selected.selection);
  }
  const middle = text.length >> 1;
  read(`${text.slice(0, middle)}x${text.slice(middle)}`, path, doc);
  return problems.map(({ code }) => code);
}
