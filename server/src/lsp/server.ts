/**
 * The language server: documents in, protocol out. It holds no logic of its own: texts are read by `spec`, asked about in
 * `language`, previewed and deployed by the rooms below.
 */
import { dirname } from 'node:path';
import {
  DidChangeConfigurationNotification,
  TextDocuments,
  TextDocumentSyncKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { DeploymentId } from '../deploy/types.ts';
import { DiskFiles } from '../host/disk-files.ts';
import type { OpenDocument } from '../language/document.ts';
import type { PreviewOutcome } from '../preview/compute.ts';
import { VERSION } from '../host/version.ts';
import type { Files } from '../spec/spec-file.ts';
import { ClientAbilities } from './client-abilities.ts';
import { Deployments } from './deployments.ts';
import { Diagnostics } from './diagnostics.ts';
import { registerFeatures, SEMANTIC_TOKENS } from './features.ts';
import { OpenText, pathOf, uriOf } from './open-text.ts';
import { registerPanel } from './panel.ts';
import { Previewer } from './previewer.ts';
import { TEXT_SYNC } from './text-sync.ts';
import { watchFiles } from './watched-files.ts';
import type { Workspace } from './workspace.ts';
import { stackOf } from '../host/stack-of.ts';

export function startServer(connection: Connection): void {
  const texts = new TextDocuments(TEXT_SYNC);
  const opened = new Map<string, OpenText>();
  const byPath = new Map<string, OpenText>();
  let abilities = new ClientAbilities({});
  let filesVersion = 0;
  const files = new DiskFiles({
    open: (path) => {
      const open = byPath.get(path);
      return open && { text: open.textDocument.getText(), version: `open-${open.version}` };
    },
    within: () => {
      if (abilities.trusted) return undefined;
      return abilities.folders.length > 0 ? abilities.folders : [...byPath.keys()].map((path) => dirname(path));
    },
    onChange: (path) => {
      filesVersion++;
      if (changed.size === 0) setImmediate(refreshChanged);
      changed.add(path);
    },
  });
  /** Paths of which something else is known than when the open texts were read. */
  const changed = new Set<string>();

  const workspace: Workspace = {
    connection,
    files,
    open: (uri) => opened.get(uri),
    all: () => opened.values(),
    read: (open) => open.document(files, filesVersion),
    settled: (open, signal) => files.settled((known) => askForReferences(workspace.read(open), known), signal),
    soon: (open) => files.soon((known) => askForReferences(workspace.read(open), known)),
    knowledge: (open) => ({
      outcome: (document) =>
        workspace.read(open).type === 'spec' ? open.outcomes.get(document) : outcomeWith(open.path),
      status: (document) => {
        const read = workspace.read(open);
        const part = read.type === 'spec' ? read.spec.documents[document] : undefined;
        return part?.kind === undefined || part.name === undefined
          ? undefined
          : deployments.statusOf({ target: part.target, id: `${part.kind}/${part.name}` as DeploymentId });
      },
      files,
    }),
    location: (from, { path, range }) => {
      const open = path === from.path ? from : byPath.get(path);
      if (open) return { uri: open.uri, range: open.range(range) };
      const uri = uriOf(path);
      // For a file as a whole nothing of it is read: it may be no text.
      const read = range.end === 0 ? '' : files.read(path)?.text;
      if (read === undefined) return undefined;
      const text = TextDocument.create(uri, 'yaml', 0, read);
      return { uri, range: { start: text.positionAt(range.start), end: text.positionAt(range.end) } };
    },
    placementOf: (graphPath) => placementOf(graphPath),
    abilities: () => abilities,
  };
  /** The first open placement that uses a graph file. */
  function placementOf(graphPath: string): ReturnType<Workspace['placementOf']> {
    for (const open of opened.values()) {
      const read = workspace.read(open);
      const part =
        read.type === 'spec'
          ? read.spec.documents.find(({ spec }) => spec?.kind === 'TrainingPlacement' && spec.graphPath === graphPath)
          : undefined;
      if (part) return { open, part };
    }
    return undefined;
  }
  function outcomeWith(graphPath: string): PreviewOutcome | undefined {
    const used = placementOf(graphPath);
    return used?.open.outcomes.get(used.part.index);
  }

  const diagnostics = new Diagnostics(workspace);
  const previewer = new Previewer({
    files,
    read: (open) => workspace.read(open),
    onChanged: (open) => {
      diagnostics.changed(open);
      // What a placement makes of its graph is said in the graph's file, too.
      for (const other of opened.values())
        if (other !== open && refersTo(workspace.read(open), other.path)) diagnostics.changed(other);
      void abilities.refreshHints(connection);
      deployments.lenses.renew();
      if (abilities.berth)
        void connection.sendNotification('berth/previewChanged', { uri: open.uri, version: open.version });
    },
    onError: (error) => connection.console.error(`preview: ${stackOf(error)}`),
  });

  const deployments = new Deployments(workspace, { previewer, diagnostics });

  connection.onInitialize((params: InitializeParams): InitializeResult => {
    abilities = new ClientAbilities(params);
    deployments.configure(abilities);
    return {
      capabilities: { ...CAPABILITIES, ...diagnostics.capability(abilities) },
      serverInfo: { name: 'berth', version: VERSION },
    };
  });
  connection.onInitialized(() => {
    if (abilities.dynamicConfiguration) void connection.client.register(DidChangeConfigurationNotification.type);
    void watchFiles(connection, abilities);
    files.warmUp();
    // Loading the layout engine takes a moment, on a thread of its own: begun now, it is there when the first preview is asked for.
    previewer.warmUp();
    deployments.start();
  });

  texts.onDidOpen(({ document }) => {
    const open = new OpenText(document);
    opened.set(document.uri, open);
    byPath.set(pathOf(document.uri), open);
  });
  texts.onDidChangeContent(({ document }) => {
    const open = opened.get(document.uri);
    if (!open) return;
    open.update(document);
    diagnostics.changed(open);
    previewer.schedule(open);
    // A spec that refers to this text (a graph file that is being edited) is out of date too.
    for (const other of opened.values())
      if (other !== open && refersTo(workspace.read(other), open.path)) refresh(other);
  });
  texts.onDidClose(({ document }) => {
    const open = opened.get(document.uri);
    if (!open) return;
    previewer.cancel(open.uri);
    opened.delete(document.uri);
    byPath.delete(open.path);
    diagnostics.closed(open);
  });
  connection.onDidChangeWatchedFiles(() => files.recheck());
  connection.onNotification('berth/trustGranted', () => {
    abilities.trusted = true;
    deployments.start();
    // Files outside of the workspace are read from now on.
    for (const open of opened.values()) refresh(open);
  });
  connection.onShutdown(() => {
    previewer.dispose();
    deployments.dispose();
    files.dispose();
  });

  function refresh(open: OpenText): void {
    filesVersion++;
    diagnostics.changed(open);
    previewer.schedule(open);
  }

  /** The open texts that refer to files of which something else is known now, or might: a name close to a wrong one. */
  function refreshChanged(): void {
    const paths = [...changed];
    changed.clear();
    for (const open of opened.values()) {
      const read = workspace.read(open);
      if (paths.some((path) => path === dirname(open.path) || refersTo(read, path))) refresh(open);
    }
  }

  registerFeatures(workspace, { previewer, diagnostics, lenses: deployments.lenses });
  registerPanel(workspace, { previewer, diagnostics });
  deployments.register();
  texts.listen(connection);
  connection.listen();
}

function askForReferences(document: OpenDocument, files: Files): void {
  if (document.type !== 'spec') return;
  for (const { path, role } of document.spec.references) if (path !== undefined) files.pending?.(path, role);
}

function refersTo(document: OpenDocument, path: string): boolean {
  return document.type === 'spec' && document.spec.references.some((reference) => reference.path === path);
}

const CAPABILITIES: InitializeResult['capabilities'] = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  hoverProvider: true,
  completionProvider: { triggerCharacters: [':', ' ', '-', '{', ',', '/', '"'], resolveProvider: false },
  codeLensProvider: { resolveProvider: false },
  inlayHintProvider: true,
  codeActionProvider: { codeActionKinds: ['quickfix', 'source.fixAll.berth'] },
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  renameProvider: { prepareProvider: true },
  documentLinkProvider: { resolveProvider: false },
  selectionRangeProvider: true,
  ...SEMANTIC_TOKENS,
  workspace: { workspaceFolders: { supported: true } },
};
