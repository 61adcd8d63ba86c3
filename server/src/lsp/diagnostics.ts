import {
  DiagnosticSeverity,
  DocumentDiagnosticReportKind,
  type Diagnostic,
  type InitializeResult,
} from 'vscode-languageserver/node';
import { diagnostics } from '../language/diagnostics.ts';
import { explain, type InText, type Problem } from '../spec/problems/catalogue.ts';
import type { ClientAbilities } from './client-abilities.ts';
import type { OpenText } from './open-text.ts';
import type { Workspace } from './workspace.ts';
import { stackOf } from '../host/stack-of.ts';

const SEVERITY = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
} as const;

/** Problems to the client: asked for where it can ask (and told to ask again when an engine has spoken), sent where it cannot. */
export class Diagnostics {
  readonly #workspace: Workspace;
  /** What was last found, by URI: quick fixes are made from these. */
  readonly #found = new Map<string, { readonly version: number; readonly problems: readonly Problem<InText>[] }>();
  readonly #due = new Map<string, NodeJS.Immediate>();
  #refresh: NodeJS.Timeout | undefined;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    workspace.connection.languages.diagnostics.on(async ({ textDocument }) => {
      const open = workspace.open(textDocument.uri);
      if (open) await this.#soon(open);
      return { kind: DocumentDiagnosticReportKind.Full, items: open ? this.#items(open) : [] };
    });
  }

  capability(abilities: ClientAbilities): Partial<InitializeResult['capabilities']> {
    if (!abilities.pullDiagnostics) return {};
    return { diagnosticProvider: { identifier: 'berth', interFileDependencies: true, workspaceDiagnostics: false } };
  }

  /** The text changed, or what is known of it. */
  changed(open: OpenText): void {
    const { connection, abilities } = this.#workspace;
    if (abilities().pullDiagnostics) {
      if (!abilities().refreshDiagnostics || this.#found.get(open.uri)?.version !== open.version) return;
      // The client asked for this version already: it must ask again. Several documents at once make one request.
      if (this.#refresh !== undefined) return;
      this.#refresh = setTimeout(() => {
        this.#refresh = undefined;
        connection.languages.diagnostics.refresh().catch(() => {}); // the client may be going away
      }, 10);
      return;
    }
    if (this.#due.has(open.uri)) return;
    // After the messages that are already here: of ten keystrokes in one packet only the last is checked.
    const due = setImmediate(() => void this.#send(open, due));
    this.#due.set(open.uri, due);
  }

  /** Files that are being read are waited for a moment, so that what is sent first is not half of it. */
  async #send(open: OpenText, due: NodeJS.Immediate): Promise<void> {
    await this.#soon(open);
    if (this.#due.get(open.uri) !== due) return; // it was closed meanwhile
    this.#due.delete(open.uri);
    await this.#workspace.connection.sendDiagnostics({
      uri: open.uri,
      version: open.version,
      diagnostics: this.#items(open),
    });
  }

  async #soon(open: OpenText): Promise<void> {
    try {
      await this.#workspace.soon(open);
    } catch {
      // A text that cannot be read is said to be so by `#check`.
    }
  }

  closed(open: OpenText): void {
    this.#found.delete(open.uri);
    clearImmediate(this.#due.get(open.uri));
    this.#due.delete(open.uri);
    if (!this.#workspace.abilities().pullDiagnostics)
      void this.#workspace.connection.sendDiagnostics({ uri: open.uri, diagnostics: [] });
  }

  problems(open: OpenText): readonly Problem<InText>[] {
    const problems = this.#check(open);
    this.#found.set(open.uri, { version: open.version, problems });
    return problems;
  }

  /** A check that fails is said where the text begins: silence would look like a text without problems. */
  #check(open: OpenText): readonly Problem<InText>[] {
    try {
      return diagnostics(this.#workspace.read(open), this.#workspace.knowledge(open));
    } catch (error) {
      this.#workspace.connection.console.error(stackOf(error));
      const detail = error instanceof Error ? error.message : String(error);
      return [{ ...explain('BERTH1042', { detail }), range: { start: 0, end: 1 }, fixes: [] }];
    }
  }

  #items(open: OpenText): Diagnostic[] {
    return this.problems(open).map((problem) => toDiagnostic(open, problem));
  }
}

export function toDiagnostic(open: OpenText, problem: Problem<InText>): Diagnostic {
  const { range, severity, code, message, hint, related } = problem;
  return {
    range: open.range(range),
    severity: SEVERITY[severity],
    code,
    source: 'berth',
    message: `${message}\n${hint}`,
    ...(related
      ? {
          relatedInformation: related.map((other) => ({
            location: { uri: open.uri, range: open.range(other.range) },
            message: other.message,
          })),
        }
      : {}),
  };
}
