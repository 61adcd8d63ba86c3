/** What a kubeconfig says, and what several of them say together. */
import { parse } from 'yaml';
import { problemError } from '../../../../spec/problems/problem-error.ts';
import {
  checkShape,
  isObject,
  listOf,
  mapOf,
  nullable,
  object,
  optional,
  text,
  truth,
  type OptionalShape,
  type Shape,
} from '../../../shape.ts';

/** Keys as the file has them; `null` is what YAML makes of a key without a value. */
export interface ClusterEntry {
  readonly server: string;
  readonly 'certificate-authority'?: string | null | undefined;
  readonly 'certificate-authority-data'?: string | null | undefined;
  readonly 'insecure-skip-tls-verify'?: boolean | null | undefined;
  readonly 'tls-server-name'?: string | null | undefined;
  readonly 'proxy-url'?: string | null | undefined;
}

export interface ExecEntry {
  readonly apiVersion: string;
  readonly command: string;
  readonly args?: readonly string[] | null | undefined;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null | undefined;
}

export interface UserEntry {
  readonly token?: string | null | undefined;
  readonly tokenFile?: string | null | undefined;
  readonly 'client-certificate'?: string | null | undefined;
  readonly 'client-certificate-data'?: string | null | undefined;
  readonly 'client-key'?: string | null | undefined;
  readonly 'client-key-data'?: string | null | undefined;
  readonly username?: string | null | undefined;
  readonly exec?: ExecEntry | null | undefined;
  readonly 'auth-provider'?: { readonly name: string } | null | undefined;
}

export interface ContextEntry {
  readonly cluster: string;
  readonly user?: string | null | undefined;
  readonly namespace?: string | null | undefined;
}

/** An entry, and the file that it comes from: paths in it are relative to that file. */
export interface FromFile<T> {
  readonly entry: T;
  readonly file: string;
}

export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, FromFile<ClusterEntry>>;
  readonly users: ReadonlyMap<string, FromFile<UserEntry>>;
  readonly contexts: ReadonlyMap<string, FromFile<ContextEntry>>;
}

const maybe = <T>(shape: Shape<T>): OptionalShape<T | null | undefined> => optional(nullable(shape));

const cluster = object<ClusterEntry>({
  server: text,
  'certificate-authority': maybe(text),
  'certificate-authority-data': maybe(text),
  'insecure-skip-tls-verify': maybe(truth),
  'tls-server-name': maybe(text),
  'proxy-url': maybe(text),
});

const exec = object<ExecEntry>({
  apiVersion: text,
  command: text,
  args: maybe(listOf(text)),
  env: maybe(listOf(object<{ name: string; value: string }>({ name: text, value: text }))),
});

const user = object<UserEntry>({
  token: maybe(text),
  tokenFile: maybe(text),
  'client-certificate': maybe(text),
  'client-certificate-data': maybe(text),
  'client-key': maybe(text),
  'client-key-data': maybe(text),
  username: maybe(text),
  exec: maybe(exec),
  'auth-provider': maybe(object<{ name: string }>({ name: text })),
});

const context = object<ContextEntry>({ cluster: text, user: maybe(text), namespace: maybe(text) });

/** A plain kubeconfig has some of these, and one with thousands of aliases is made to exhaust its reader. */
const MOST_ALIASES = 100;

/**
 * Reads a kubeconfig.
 *
 * @param file its path, for messages and for the paths in it.
 * @throws ProblemError BERTH5601 where it is none; no value of it is quoted, since any could be a secret.
 */
export function readKubeconfig(content: string, file: string): Kubeconfig {
  const refuse = (detail: string): never => {
    throw problemError('BERTH5601', { path: file, detail });
  };
  let value: unknown;
  try {
    value = parse(content, { maxAliasCount: MOST_ALIASES, logLevel: 'error' });
  } catch (error) {
    const at =
      isObject(error) && Array.isArray(error.linePos) ? (error.linePos[0] as { line?: number }).line : undefined;
    return refuse(at === undefined ? 'it is no YAML' : `line ${at} is no YAML`);
  }
  // An empty file is one without entries: so says kubectl.
  if (value !== null && !isObject(value)) return refuse('it holds no keys');
  const named = <T>(list: string, key: string, shape: Shape<T>): ReadonlyMap<string, FromFile<T>> => {
    const entries = value === null ? null : (value as Record<string, unknown>)[list];
    const found = new Map<string, FromFile<T>>();
    if (entries === null || entries === undefined) return found;
    const checked = checkShape(listOf(mapOf<unknown>(() => undefined)), entries);
    if (!checked.ok) return refuse(`${list} ${checked.detail}`);
    for (const [i, item] of checked.value.entries()) {
      const { name } = item;
      if (typeof name !== 'string' || name === '') return refuse(`${list}.${i}.name is missing`);
      const inner = checkShape(shape, item[key] ?? {});
      if (!inner.ok) return refuse(`${list}.${i}.${key}.${inner.detail}`);
      if (!found.has(name)) found.set(name, { entry: inner.value, file });
    }
    return found;
  };
  return {
    clusters: named('clusters', 'cluster', cluster),
    users: named('users', 'user', user),
    contexts: named('contexts', 'context', context),
  };
}

/** What several files say together: of two entries of one name the first counts, as for kubectl. */
export function mergedKubeconfig(files: readonly Kubeconfig[]): Kubeconfig {
  const merged = <T>(maps: readonly ReadonlyMap<string, T>[]): ReadonlyMap<string, T> =>
    new Map(maps.toReversed().flatMap((map) => [...map]));
  return {
    clusters: merged(files.map(({ clusters }) => clusters)),
    users: merged(files.map(({ users }) => users)),
    contexts: merged(files.map(({ contexts }) => contexts)),
  };
}
