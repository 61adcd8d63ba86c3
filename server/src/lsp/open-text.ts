import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Range as LspRange } from 'vscode-languageserver-protocol';
import { URI } from 'vscode-uri';
import type { OpenDocument } from '../language/document.ts';
import { readGraphDocument } from '../language/graph-document.ts';
import type { PreviewOutcome } from '../preview/compute.ts';
import type { Range } from '../spec/problems/catalogue.ts';
import { isGraphFile } from '../spec/references/graph-file.ts';
import { readSpecFile, type Files } from '../spec/spec-file.ts';

/** A document of the editor: its text, what it was read into (once a version), and what the engines said of it last. */
export class OpenText {
  readonly uri: string;
  readonly path: string;
  /** What the engines said, by position of the `---` document; kept while the text is half typed. */
  readonly outcomes = new Map<number, PreviewOutcome>();
  #text: TextDocument;
  #read: { readonly version: number; readonly filesVersion: number; readonly document: OpenDocument } | undefined;

  constructor(text: TextDocument) {
    this.uri = text.uri;
    this.path = pathOf(text.uri);
    this.#text = text;
  }

  get version(): number {
    return this.#text.version;
  }

  get textDocument(): TextDocument {
    return this.#text;
  }

  update(text: TextDocument): void {
    this.#text = text;
  }

  /** The document as it is now, read from the last reading on. @param filesVersion changes whenever a file on disk does. */
  document(files: Files, filesVersion: number): OpenDocument {
    const known = this.#read;
    if (known && known.version === this.version && known.filesVersion === filesVersion) return known.document;
    const text = this.#text.getText();
    const previous = known?.document;
    const document: OpenDocument = isGraphFile(this.path)
      ? {
          type: 'graph',
          path: this.path,
          text,
          graph: readGraphDocument(text, {
            path: this.path,
            previous: previous?.type === 'graph' ? previous.graph : undefined,
          }),
        }
      : {
          type: 'spec',
          path: this.path,
          text,
          spec: readSpecFile(text, {
            uri: this.uri,
            files,
            previous: previous?.type === 'spec' ? previous.spec : undefined,
          }),
        };
    this.#read = { version: this.version, filesVersion, document };
    return document;
  }

  offsetAt(position: { readonly line: number; readonly character: number }): number {
    return this.#text.offsetAt(position);
  }

  range({ start, end }: Range): LspRange {
    return { start: this.#text.positionAt(start), end: this.#text.positionAt(end) };
  }

  offsets({ start, end }: LspRange): Range {
    return { start: this.#text.offsetAt(start), end: this.#text.offsetAt(end) };
  }
}

/** The path on disk of a file URI; other URIs stand for themselves, so that nothing is looked for on disk. */
export function pathOf(uri: string): string {
  const parsed = URI.parse(uri);
  return parsed.scheme === 'file' ? parsed.fsPath : uri;
}

export function uriOf(path: string): string {
  return URI.file(path).toString();
}
