/** One handler per request: positions to offsets on the way in, plain values to protocol types on the way out. Nothing is decided here. */
import {
  CodeActionKind,
  CompletionItemKind,
  FoldingRangeKind,
  InlayHintKind,
  InsertTextFormat,
  InsertTextMode,
  LSPErrorCodes,
  MarkupKind,
  ResponseError,
  SemanticTokensBuilder,
  SymbolKind,
  type CodeAction,
  type CodeLens,
  type CompletionItem,
  type DocumentSymbol,
  type FoldingRange,
  type Location,
  type MarkupContent,
  type Range as LspRange,
  type SelectionRange,
  type SemanticTokens,
  type SymbolInformation,
} from 'vscode-languageserver/node';
import { codeActions } from '../language/code-actions.ts';
import { codeLenses } from '../language/code-lens.ts';
import { completion, withoutPlaceholders, type CompletionKind } from '../language/completion.ts';
import { definition } from '../language/definition.ts';
import type { Knowledge, OpenDocument } from '../language/document.ts';
import { documentLinks } from '../language/document-links.ts';
import { foldings } from '../language/folding.ts';
import { hover } from '../language/hover.ts';
import { inlayHints } from '../language/inlay-hints.ts';
import type { FilePlace } from '../language/named.ts';
import { references } from '../language/references.ts';
import { prepareRename, rename } from '../language/rename.ts';
import { selectionRanges } from '../language/selection-ranges.ts';
import { semanticTokens, TOKEN_TYPES } from '../language/semantic-tokens.ts';
import { symbols, type OutlineSymbol, type SymbolSort } from '../language/symbols.ts';
import { explain, type TextEdit } from '../spec/problems/catalogue.ts';
import { toDiagnostic, type Diagnostics } from './diagnostics.ts';
import type { LensRenewal } from './lens-renewal.ts';
import { aboutNode } from './node-hover.ts';
import { uriOf, type OpenText } from './open-text.ts';
import type { Previewer } from './previewer.ts';
import { signalOf } from './requests.ts';
import type { Workspace } from './workspace.ts';

const COMPLETION_KIND: Readonly<Record<CompletionKind, CompletionItemKind>> = {
  key: CompletionItemKind.Property,
  enum: CompletionItemKind.EnumMember,
  value: CompletionItemKind.Value,
  unit: CompletionItemKind.Unit,
  file: CompletionItemKind.File,
  reference: CompletionItemKind.Reference,
  snippet: CompletionItemKind.Snippet,
};

const SYMBOL_KIND: Readonly<Record<SymbolSort, SymbolKind>> = {
  document: SymbolKind.Module,
  group: SymbolKind.Namespace,
  value: SymbolKind.Property,
  job: SymbolKind.Class,
  device: SymbolKind.Struct,
  site: SymbolKind.Interface,
  node: SymbolKind.Function,
  edge: SymbolKind.Event,
  pin: SymbolKind.Key,
};

/** What a handler works on: the text, what it was read into, and what is known of it. */
interface At {
  readonly open: OpenText;
  readonly document: OpenDocument;
  readonly knowledge: Knowledge;
}

interface FeatureNeeds {
  readonly previewer: Pick<Previewer, 'about'>;
  readonly diagnostics: Pick<Diagnostics, 'problems'>;
  readonly lenses: Pick<LensRenewal, 'asked'>;
}

export function registerFeatures(workspace: Workspace, { previewer, diagnostics, lenses }: FeatureNeeds): void {
  const { connection } = workspace;
  /** Runs a handler for an open text; anything else has an empty answer. */
  const at = <T>(uri: string, empty: T, answer: (at: At) => T): T => {
    const open = workspace.open(uri);
    return open ? answer({ open, document: workspace.read(open), knowledge: workspace.knowledge(open) }) : empty;
  };
  /** As `at`, for answers that depend on other files: those that are being read are waited for a moment. */
  const amongFiles = <T>(uri: string, empty: T, answer: (at: At) => T): Promise<T> =>
    workspace.files.soon(() => at(uri, empty, answer));

  const locations = (open: OpenText, places: readonly FilePlace[]): Location[] =>
    places.flatMap((place) => workspace.location(open, place) ?? []);

  connection.onHover(async ({ textDocument, position }, token) => {
    const facts = await aboutNode(workspace, previewer, textDocument.uri, position, signalOf(token));
    return amongFiles(textDocument.uri, null, ({ open, document, knowledge }) => {
      const known = facts
        ? { ...knowledge, node: (name: string) => (name === facts.node ? facts : undefined) }
        : knowledge;
      const shown = hover(document, open.offsetAt(position), known);
      return (
        shown && {
          range: open.range(shown.range),
          contents: markdown(workspace.abilities().berth ? shown.markdown : withoutCommands(shown.markdown)),
        }
      );
    });
  });

  connection.onCompletion(({ textDocument, position }) =>
    amongFiles(textDocument.uri, [], ({ open, document, knowledge }) => {
      const { snippets } = workspace.abilities();
      return completion(document, open.offsetAt(position), knowledge).map((item): CompletionItem => {
        const asSnippet = item.snippet && snippets;
        const newText = item.snippet && !snippets ? withoutPlaceholders(item.insertText) : item.insertText;
        return {
          label: item.label,
          kind: COMPLETION_KIND[item.kind],
          detail: item.detail,
          documentation: markdown(item.documentation),
          textEdit: { range: open.range(item.range), newText },
          insertTextFormat: asSnippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
          insertTextMode: InsertTextMode.asIs,
          sortText: item.sortText,
          ...(item.filterText === undefined ? {} : { filterText: item.filterText }),
          ...(item.retriggers ? { command: { title: 'Suggest', command: 'editor.action.triggerSuggest' } } : {}),
        };
      });
    }),
  );

  connection.onCodeLens(({ textDocument }) =>
    at(textDocument.uri, [], ({ open, document, knowledge }) => {
      lenses.asked();
      // The commands are the extension's: another editor could not run them.
      if (!workspace.abilities().berth) return [];
      return codeLenses(document, knowledge).map((lens): CodeLens => ({
        range: open.range(lens.range),
        command: {
          title: lens.title,
          command: lens.command ?? '', // a client shows one without a command as plain words
          ...(lens.tooltip === undefined ? {} : { tooltip: lens.tooltip }),
          arguments: [{ uri: open.uri, document: lens.document }],
        },
      }));
    }),
  );

  connection.languages.inlayHint.on(({ textDocument, range }) =>
    at(textDocument.uri, [], ({ open, document, knowledge }) =>
      inlayHints(document, knowledge, open.offsets(range)).map(({ offset, label, tooltip }) => ({
        position: open.textDocument.positionAt(offset),
        label,
        tooltip,
        kind: InlayHintKind.Type,
        paddingLeft: true,
      })),
    ),
  );

  connection.onCodeAction(({ textDocument, range, context }) =>
    at(textDocument.uri, [], ({ open, document }) => {
      const wanted = (kind: string): boolean =>
        !context.only || context.only.some((only) => kind === only || kind.startsWith(`${only}.`));
      return codeActions(document, open.offsets(range), diagnostics.problems(open))
        .map((action): CodeAction => ({
          title: action.title,
          kind: action.kind === 'fixAll' ? `${CodeActionKind.SourceFixAll}.berth` : CodeActionKind.QuickFix,
          edit: { changes: { [open.uri]: protocolEdits(open, action.edits) } },
          ...(action.preferred ? { isPreferred: true } : {}),
          ...(action.problem ? { diagnostics: [toDiagnostic(open, action.problem)] } : {}),
        }))
        .filter((action) => wanted(action.kind ?? ''));
    }),
  );

  connection.onDocumentSymbol(({ textDocument }): DocumentSymbol[] | SymbolInformation[] =>
    at(textDocument.uri, [] as DocumentSymbol[] | SymbolInformation[], ({ open, document }) => {
      const outline = symbols(document).map((symbol) => protocolSymbol(open, symbol));
      return workspace.abilities().hierarchicalSymbols
        ? outline
        : outline.flatMap((symbol) => flattened(open.uri, symbol));
    }),
  );

  connection.onFoldingRanges(({ textDocument }) =>
    at(textDocument.uri, [], ({ open, document }) =>
      foldings(document).map(({ range, kind }): FoldingRange => {
        const { start, end } = open.range(range);
        return {
          startLine: start.line,
          endLine: end.line,
          kind: kind === 'comment' ? FoldingRangeKind.Comment : FoldingRangeKind.Region,
        };
      }),
    ),
  );

  connection.onSelectionRanges(({ textDocument, positions }) =>
    at(textDocument.uri, [], ({ open, document }) =>
      positions.map((position) => {
        const ranges = selectionRanges(document, open.offsetAt(position));
        // From the innermost outwards; the protocol wants each inside its parent.
        return ranges.reduceRight<SelectionRange | undefined>(
          (parent, range) => ({ range: open.range(range), ...(parent ? { parent } : {}) }),
          undefined,
        )!;
      }),
    ),
  );

  connection.onDocumentLinks(({ textDocument }) =>
    at(textDocument.uri, [], ({ open, document }) =>
      documentLinks(document).map(({ range, path, tooltip }) => ({
        range: open.range(range),
        target: uriOf(path),
        tooltip,
      })),
    ),
  );

  connection.onDefinition(({ textDocument, position }) =>
    amongFiles(textDocument.uri, [], ({ open, document, knowledge }) =>
      locations(open, definition(document, open.offsetAt(position), knowledge)),
    ),
  );

  connection.onReferences(({ textDocument, position, context }) =>
    amongFiles(textDocument.uri, [], ({ open, document, knowledge }) =>
      locations(open, references(document, open.offsetAt(position), knowledge, context.includeDeclaration)),
    ),
  );

  connection.onPrepareRename(({ textDocument, position }) =>
    amongFiles(textDocument.uri, null, ({ open, document, knowledge }) => {
      const name = prepareRename(document, open.offsetAt(position), knowledge);
      return name && { range: open.range(name.range), placeholder: name.placeholder };
    }),
  );

  connection.onRenameRequest(({ textDocument, position, newName }) =>
    amongFiles(textDocument.uri, null, ({ open, document, knowledge }) => {
      const renaming = rename(document, open.offsetAt(position), newName, knowledge);
      if (!renaming) return null;
      if (!renaming.ok)
        return new ResponseError(LSPErrorCodes.RequestFailed, `${renaming.refusal.message} ${renaming.refusal.hint}`);
      const changes: [uri: string, edits: { range: LspRange; newText: string }[]][] = [];
      for (const { path, edits } of renaming.files) {
        const places = locations(
          open,
          edits.map(({ range }) => ({ path, range })),
        );
        // A name that is changed in one of two files is wrong in both: better in neither.
        if (places.length < edits.length) return new ResponseError(LSPErrorCodes.RequestFailed, notRead(path));
        changes.push([
          places[0]?.uri ?? uriOf(path),
          edits.map(({ newText }, i) => ({ range: places[i]!.range, newText })),
        ]);
      }
      return { changes: Object.fromEntries(changes) };
    }),
  );

  const tokens = (open: OpenText, document: OpenDocument, range?: LspRange): SemanticTokens => {
    const builder = new SemanticTokensBuilder();
    for (const token of semanticTokens(document, range && open.offsets(range))) {
      const { line, character } = open.textDocument.positionAt(token.range.start);
      builder.push(line, character, token.range.end - token.range.start, TOKEN_TYPES.indexOf(token.type), 0);
    }
    return builder.build();
  };
  connection.languages.semanticTokens.on(({ textDocument }) =>
    at(textDocument.uri, { data: [] }, ({ open, document }) => tokens(open, document)),
  );
  connection.languages.semanticTokens.onRange(({ textDocument, range }) =>
    at(textDocument.uri, { data: [] }, ({ open, document }) => tokens(open, document, range)),
  );
}

/** Announced at the start: the numbers of tokens are places in this list. */
export const SEMANTIC_TOKENS = {
  semanticTokensProvider: { legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [] }, full: true, range: true },
};

function notRead(path: string): string {
  const { message, hint } = explain('BERTH1027', { what: 'input', path, detail: 'it is not known yet what it holds' });
  return `${message} ${hint}`;
}

function markdown(value: string): MarkupContent {
  return { kind: MarkupKind.Markdown, value };
}

/** The text of links to commands of the extension, for editors that do not have them. */
function withoutCommands(text: string): string {
  return text.replace(/\[[^\]]*\]\(command:[^)]*\)\s*/g, '').trimEnd();
}

function protocolEdits(
  open: OpenText,
  edits: readonly TextEdit[],
): { range: ReturnType<OpenText['range']>; newText: string }[] {
  return edits.map(({ range, newText }) => ({ range: open.range(range), newText }));
}

function protocolSymbol(
  open: OpenText,
  { name, detail, sort, range, selection, children }: OutlineSymbol,
): DocumentSymbol {
  return {
    name: name === '' ? '(no name)' : name,
    detail,
    kind: SYMBOL_KIND[sort],
    range: open.range(range),
    selectionRange: open.range(selection),
    children: children.map((child) => protocolSymbol(open, child)),
  };
}

function flattened(uri: string, { name, kind, range, children = [] }: DocumentSymbol): SymbolInformation[] {
  return [{ name, kind, location: { uri, range } }, ...children.flatMap((child) => flattened(uri, child))];
}
