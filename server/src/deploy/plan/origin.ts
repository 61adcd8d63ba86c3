/** Whose a deployment is: the file that it comes from, named so that every checkout names it alike. */
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { FileReader } from '../../host/file-reader.ts';
import { SilentFolder, UnreadableFile } from '../../host/regular-file.ts';
import { problemError } from '../../spec/problems/problem-error.ts';
import { canonicalJson } from '../../spec/serialise.ts';
import type { Origin, Wanted } from '../live.ts';

/** @param source absolute path of the spec file. @throws ProblemError where the disk does not answer. */
export async function originBy(
  reader: Pick<FileReader, 'kind' | 'read'>,
  source: string,
  document: string,
  signal?: AbortSignal,
): Promise<Origin> {
  const found = async ({ path, as }: Look): Promise<string | undefined> => {
    try {
      if (as === 'kind') return await reader.kind(path, signal);
      const file = await reader.read(path, { most: LARGEST_BYTES, signal });
      return typeof file === 'object' ? new TextDecoder().decode(file.bytes) : undefined;
    } catch (error) {
      if (error instanceof SilentFolder)
        throw problemError('BERTH1027', { what: 'repository', path, detail: error.message });
      if (error instanceof UnreadableFile) return undefined;
      throw error;
    }
  };
  const looks = looksForOrigin(source, document);
  let next = looks.next();
  while (!next.done) next = looks.next(await found(next.value));
  return next.value;
}

/** Of what a former version stored, read where it is needed at once. @param source absolute path of a spec that may be gone. */
export function originOf(source: string, document: string): Origin {
  const found = ({ path, as }: Look): string | undefined => {
    const kind = statSync(path, { throwIfNoEntry: false });
    if (as === 'kind') return kind && (kind.isDirectory() ? 'folder' : 'file');
    return kind?.isFile() && kind.size <= LARGEST_BYTES ? readFileSync(path, 'utf8') : undefined;
  };
  const looks = looksForOrigin(source, document);
  let next = looks.next();
  while (!next.done) next = looks.next(orUndefined(found, next.value));
  return next.value;
}

function orUndefined(found: (look: Look) => string | undefined, look: Look): string | undefined {
  try {
    return found(look);
  } catch {
    return undefined;
  }
}

/** What must be looked at: what lies at a path, or its text. */
interface Look {
  readonly path: string;
  readonly as: 'kind' | 'text';
}

/** Gives what it looks at, is given what was found there. Undefined where there is nothing, or nothing that can be read. */
type Looks<T> = Generator<Look, T, string | undefined>;

function* looksForOrigin(source: string, document: string): Looks<Origin> {
  const root = yield* repositoryRoot(dirname(source));
  const repository = root === undefined ? null : yield* repositoryId(join(root, '.git'));
  return root === undefined || repository === null
    ? { repository: null, path: source.replaceAll(sep, '/'), document }
    : { repository, path: relative(root, source).replaceAll(sep, '/'), document };
}

/** As a person would name it. */
export function originText({ repository, path }: Origin): string {
  return repository === null ? path : `${path} of ${repository}`;
}

/**
 * Whether two come from the same file: by name, or because they come from the same place on the same machine, whose repository may
 * have got another name meanwhile.
 */
export function isSameOwner(a: Omit<Wanted, 'desired'>, b: Omit<Wanted, 'desired'>): boolean {
  if (canonicalJson(a.origin) === canonicalJson(b.origin)) return true;
  return (
    Object.keys(a.particulars).length > 0 &&
    canonicalJson(a.particulars) === canonicalJson(b.particulars) &&
    basename(a.origin.path) === basename(b.origin.path) &&
    a.origin.document === b.origin.document
  );
}

function* repositoryRoot(folder: string): Looks<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    if (yield { path: join(at, '.git'), as: 'kind' }) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** Of a file of a repository: more is no configuration, and no log that begins with the first commit. */
const LARGEST_BYTES = 16 * 2 ** 20;

/** Read from its files, without running git; null where they do not tell. */
function* repositoryId(dotGit: string): Looks<string | null> {
  const folder = yield* gitFolder(dotGit);
  if (folder === undefined) return null;
  const remote = remoteAddress((yield { path: join(folder, 'config'), as: 'text' }) ?? '');
  if (remote !== undefined) return withoutCredentials(remote);
  const log = (yield { path: join(folder, 'logs', 'HEAD'), as: 'text' }) ?? '';
  const first = /^\S+ ([0-9a-f]{40,64}) .*\tcommit \(initial\)/.exec(log);
  return first ? `commit:${first[1]!}` : null;
}

/** Where the shared part of a repository lies, also from one of its further worktrees, whose `.git` is a file. */
function* gitFolder(dotGit: string): Looks<string | undefined> {
  let own = dotGit;
  if ((yield { path: dotGit, as: 'kind' }) !== 'folder') {
    const link = /^gitdir: (.+)$/m.exec((yield { path: dotGit, as: 'text' }) ?? '')?.[1];
    if (link === undefined) return undefined;
    own = resolve(dirname(dotGit), link.trim());
  }
  const common = (yield { path: join(own, 'commondir'), as: 'text' })?.trim();
  return common === undefined ? own : resolve(own, common);
}

/** The address of the remote `origin`, else of the first that there is. */
function remoteAddress(config: string): string | undefined {
  const addresses = new Map<string, string>();
  let remote: string | undefined;
  for (const line of config.split('\n')) {
    const section = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (section) remote = section[1]!.toLowerCase() === 'remote' ? section[2] : undefined;
    const url = /^\s*url\s*=\s*(.*?)\s*$/.exec(line)?.[1];
    if (remote !== undefined && url !== undefined && url !== '') addresses.set(remote, url);
  }
  return addresses.get('origin') ?? addresses.values().next().value;
}

/** `git@github.com:team/models.git` and `https://user:token@github.com/team/models` are both `github.com/team/models`. */
function withoutCredentials(address: string): string {
  // A password goes wherever it stands, also in what is no address.
  const bare = address
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .replaceAll(/[^/@]*:[^/@]*@/g, '');
  if (isAbsolute(bare)) return bare;
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?([^/]*)(\/.*)?$/i.exec(bare);
  if (url) return `${url[1]!.toLowerCase()}${url[2] ?? ''}`;
  const scp = /^(?:[^@/]*@)?([^:/]+):(.+)$/.exec(bare);
  return scp ? `${scp[1]!.toLowerCase()}/${scp[2]!.replace(/^\/+/, '')}` : bare;
}
