/** The two ends of what is asked of the process that reads files: its messages, and how it answers them. */
import {
  entriesOf,
  kindOfPath,
  readRegular,
  UnreadableFile,
  type FileSystem,
  type FolderEntry,
  type PathKind,
  type ReadRequest,
  type RegularFile,
} from './regular-file.ts';
import { stackOf } from './stack-of.ts';

export type FileRequest =
  | ({ readonly ask: 'read' } & ReadRequest)
  | { readonly ask: 'kind'; readonly path: string }
  | { readonly ask: 'entries'; readonly path: string };

/** A request, or that nobody waits for one any more. */
export type ToReader = { readonly id: number; readonly request: FileRequest } | { readonly cancelled: number };

/** What came of a request in the end. */
export type FileAnswer =
  | { readonly found: 'file'; readonly file: RegularFile }
  | { readonly found: 'kind'; readonly kind: PathKind }
  | { readonly found: 'entries'; readonly entries: readonly FolderEntry[] }
  | { readonly found: 'nothing' }
  | { readonly found: 'unreadable'; readonly why: string };

/** `ready` comes once, before all else; bytes come in pieces, before their answer. */
export type FromReader =
  | { readonly ready: true }
  | { readonly id: number; readonly bytes: Uint8Array; readonly size: number }
  | { readonly id: number; readonly answer: FileAnswer };

/** Makes this process one that reads files for the process that forked it, for as long as that lives. */
export function answerFileRequests(system: FileSystem): void {
  const cancelled = new Set<number>();
  process.on('message', (message: ToReader) => {
    if ('cancelled' in message) cancelled.add(message.cancelled);
    else
      void answer(system, message.id, message.request, cancelled)
        .finally(() => cancelled.delete(message.id))
        .catch(failed);
  });
  process.on('disconnect', end);
  // Ctrl-C reaches every process at a terminal: this one ends with the one that it reads for.
  process.on('SIGINT', () => {});
  send({ ready: true }).catch(failed);
}

async function answer(
  system: FileSystem,
  id: number,
  request: FileRequest,
  cancelled: ReadonlySet<number>,
): Promise<void> {
  const unlessCancelled = async (message: FromReader): Promise<void> => {
    if (cancelled.has(id)) throw new UnreadableFile('nobody waits for it');
    await send(message);
  };
  const found = async (): Promise<FileAnswer> => {
    switch (request.ask) {
      case 'read': {
        const file = await readRegular(system, request, (bytes, size) => unlessCancelled({ id, bytes, size }));
        return file ? { found: 'file', file } : { found: 'nothing' };
      }
      case 'kind': {
        const kind = await kindOfPath(system, request.path);
        return kind ? { found: 'kind', kind } : { found: 'nothing' };
      }
      case 'entries':
        return { found: 'entries', entries: await entriesOf(system, request.path) };
    }
  };
  const refused = (error: unknown): FileAnswer => {
    if (error instanceof UnreadableFile) return { found: 'unreadable', why: error.message };
    throw error;
  };
  await send({ id, answer: await found().catch(refused) });
}

/** Resolves when the other end has taken it, so that no more than a piece of each file is in this process. */
function send(message: FromReader): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!process.send) throw new Error('only a forked process reads files for another');
    process.send(message, undefined, {}, (error) => (error ? reject(error) : resolve()));
  });
}

/** The one that is to be answered is gone, or there is a mistake of ours to be seen. */
function failed(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  if (process.connected && code !== 'EPIPE' && code !== 'ERR_IPC_CHANNEL_CLOSED')
    process.stderr.write(`${stackOf(error)}\n`);
  end();
}

/** At once, whatever waits for a disk: an ordinary exit would wait for it too. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}
