/** Whose a deployment is: the file that it comes from, named so that every checkout names it alike. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { readRegular } from '../../host/regular-file.ts';
import { canonicalJson } from '../../spec/serialise.ts';
import type { Origin, Wanted } from '../live.ts';

/** @param source absolute path of the spec file, which need not be there any more. */
export function originOf(source: string, document: string): Origin {
  const root = repositoryRoot(dirname(source));
  const repository = root === undefined ? null : repositoryId(join(root, '.git'));
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

function repositoryRoot(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** Of a file of a repository: more is no configuration, and no log that begins with the first commit. */
const LARGEST_BYTES = 16 * 2 ** 20;

/** Read from its files, without running git; null where they do not tell. */
function repositoryId(dotGit: string): string | null {
  const folder = gitFolder(dotGit);
  if (folder === undefined) return null;
  const remote = remoteAddress(textOf(join(folder, 'config')) ?? '');
  if (remote !== undefined) return withoutCredentials(remote);
  const first = /^\S+ ([0-9a-f]{40,64}) .*\tcommit \(initial\)/.exec(textOf(join(folder, 'logs', 'HEAD')) ?? '');
  return first ? `commit:${first[1]!}` : null;
}

/** Where the shared part of a repository lies, also from one of its further worktrees, whose `.git` is a file. */
function gitFolder(dotGit: string): string | undefined {
  let own = dotGit;
  try {
    if (!statSync(dotGit).isDirectory()) {
      const link = /^gitdir: (.+)$/m.exec(textOf(dotGit) ?? '')?.[1];
      if (link === undefined) return undefined;
      own = resolve(dirname(dotGit), link.trim());
    }
  } catch {
    return undefined;
  }
  const common = textOf(join(own, 'commondir'))?.trim();
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
  const bare = address.replace(/\/+$/, '').replace(/\.git$/, '');
  if (isAbsolute(bare)) return bare;
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?([^/]*)(\/.*)?$/i.exec(bare);
  if (url) return `${url[1]!.toLowerCase()}${url[2] ?? ''}`;
  const scp = /^(?:[^@/]*@)?([^:/]+):(.+)$/.exec(bare);
  return scp ? `${scp[1]!.toLowerCase()}/${scp[2]!.replace(/^\/+/, '')}` : bare;
}

function textOf(path: string): string | undefined {
  try {
    const file = readRegular(path, LARGEST_BYTES);
    return file && new TextDecoder().decode(file.bytes);
  } catch {
    return undefined;
  }
}
