import type { Connection, Location } from 'vscode-languageserver/node';
import type { DiskFiles } from '../host/disk-files.ts';
import type { Knowledge, OpenDocument } from '../language/document.ts';
import type { FilePlace } from '../language/named.ts';
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
  /** A text as it is read now. */
  read(open: OpenText): OpenDocument;
  knowledge(open: OpenText): Knowledge;
  /** A place in a file that may be open or not. */
  location(from: OpenText, place: FilePlace): Location;
}
