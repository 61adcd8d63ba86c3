import type { Connection, Location } from 'vscode-languageserver/node';
import type { DiskFiles } from '../host/disk-files.ts';
import type { Knowledge, OpenDocument } from '../language/document.ts';
import type { FilePlace } from '../language/named.ts';
import type { SpecDocument } from '../spec/spec-file.ts';
import type { ClientAbilities } from './client-abilities.ts';
import type { OpenText } from './open-text.ts';

/** The client and its open texts: what every feature of the server may ask. Whatever else one needs, it is given beside this. */
export interface Workspace {
  readonly connection: Connection;
  readonly files: DiskFiles;
  readonly abilities: () => ClientAbilities;
  /** The open text of a URI; undefined where it is not open or not ours. */
  open(uri: string): OpenText | undefined;
  all(): Iterable<OpenText>;
  /** A text as it is read now, from what is known of the files that it refers to. */
  read(open: OpenText): OpenDocument;
  /** Resolves when all files are known that a text refers to. @throws the signal's reason when it fires. */
  settled(open: OpenText, signal: AbortSignal): Promise<void>;
  /** As `settled`, but after a moment at the latest: what takes longer is told later. */
  soon(open: OpenText): Promise<void>;
  knowledge(open: OpenText): Knowledge;
  /** The first open placement that uses a graph file. */
  placementOf(graphPath: string): { readonly open: OpenText; readonly part: SpecDocument } | undefined;
  /** A place in a file that may be open or not; undefined where its text is not known. */
  location(from: OpenText, place: FilePlace): Location | undefined;
}
