/** The files beside specs whose changes on disk concern what is open: those that a spec may refer to, and specs. */
import { DidChangeWatchedFilesNotification, type Connection } from 'vscode-languageserver/node';
import { GRAPH_ENDINGS } from '../spec/references/graph-file.ts';
import type { ClientAbilities } from './client-abilities.ts';

const ENDINGS = ['.csv', '.yaml', '.yml', '.json'];

/** Asks the client to tell of their changes. One that cannot be asked watches what it was set up to watch. */
export async function watchFiles(connection: Connection, abilities: ClientAbilities): Promise<void> {
  if (!abilities.dynamicWatching) return;
  const graphs = GRAPH_ENDINGS.filter((graph) => !ENDINGS.some((ending) => graph.endsWith(ending)));
  const watchers = [...ENDINGS, ...graphs].map((ending) => ({ globPattern: `**/*${ending}` }));
  await connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
}
