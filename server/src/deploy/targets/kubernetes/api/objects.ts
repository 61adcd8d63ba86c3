/** Objects of a cluster: read one, read all in pages, apply, scale, delete. Each is what the server says, checked by whoever asks. */
import { problemError } from '../../../../spec/problems/problem-error.ts';
import { checkShape, listOf, natural, object, optional, text, trusted, type Shape } from '../../../shape.ts';
import type { ApiServer, Call } from './connection.ts';

/** A kind as the API's paths name it. */
export interface Resource {
  /** Empty for the core. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export const FIELD_MANAGER = 'berth';

export interface ApplyOptions {
  /** The server checks and answers as if it did it, and does nothing. */
  readonly dryRun?: boolean;
  /** Takes fields over from other managers: only where a person has seen which. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

/** What must hold for an object to be deleted. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export interface ListOptions {
  /** Undefined for all namespaces, or a kind that has none. */
  readonly namespace?: string | undefined;
  readonly labels?: string | undefined;
  /** Objects of one page. */
  readonly pageSize?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Of the whole list: where a watch goes on. */
  readonly resourceVersion: string;
}

/** The path of a kind, or of one object of it. */
export function pathOf({ group, version, plural }: Resource, namespace?: string, name?: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${within}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** Asks, and checks what is answered. @throws ProblemError as `Connection.ask`; BERTH5627 where the answer has another form. */
export async function askFor<T>(connection: ApiServer, call: Call, shape: Shape<T>): Promise<T> {
  const checked = checkShape(shape, await connection.ask(call));
  if (checked.ok) return checked.value;
  throw problemError('BERTH5627', { server: connection.server, detail: checked.detail });
}

/** One object. @throws ProblemError BERTH5625 where there is none. */
export function getObject<T>(
  connection: ApiServer,
  resource: Resource,
  at: { readonly namespace?: string | undefined; readonly name: string },
  shape: Shape<T>,
  signal?: AbortSignal,
): Promise<T> {
  return askFor(connection, { method: 'GET', path: pathOf(resource, at.namespace, at.name), signal }, shape);
}

const page = object<{
  metadata: { resourceVersion: string; continue?: string | undefined };
  items: readonly unknown[];
}>({
  metadata: object<{ resourceVersion: string; continue?: string | undefined }>({
    resourceVersion: text,
    continue: optional(text),
  }),
  items: listOf(trusted<unknown>(() => undefined)),
});

/** All objects of a kind, page by page: no more than one page of them is in memory. */
export async function* pagesOf<T>(
  connection: ApiServer,
  resource: Resource,
  shape: Shape<T>,
  { namespace, labels, pageSize = 500, signal }: ListOptions = {},
): AsyncGenerator<Page<T>, void> {
  let next: string | undefined;
  do {
    const query = queryOf({ limit: String(pageSize), labelSelector: labels, continue: next });
    const call: Call = { method: 'GET', path: `${pathOf(resource, namespace)}?${query}`, signal };
    const { metadata, items } = await askFor(connection, call, page);
    const checked = checkShape(listOf(shape), items);
    if (!checked.ok) throw problemError('BERTH5627', { server: connection.server, detail: checked.detail });
    yield { items: checked.value, resourceVersion: metadata.resourceVersion };
    next = metadata.continue || undefined;
  } while (next !== undefined);
}

/**
 * Server-side apply: what is given becomes ours and true; what others manage stays theirs.
 *
 * @throws ProblemError BERTH5623 where another manages a field to be changed and `force` is not given.
 */
export function applyObject<T>(
  connection: ApiServer,
  resource: Resource,
  wanted: { readonly metadata: { readonly name: string; readonly namespace?: string } } & Readonly<
    Record<string, unknown>
  >,
  shape: Shape<T>,
  { dryRun = false, force = false, signal }: ApplyOptions = {},
): Promise<T> {
  const query = queryOf({
    fieldManager: FIELD_MANAGER,
    fieldValidation: 'Strict',
    force: force ? 'true' : 'false',
    dryRun: dryRun ? 'All' : undefined,
  });
  const { name, namespace } = wanted.metadata;
  const path = `${pathOf(resource, namespace, name)}?${query}`;
  const contentType = 'application/apply-patch+yaml';
  return askFor(connection, { method: 'PATCH', path, body: wanted, contentType, signal }, shape);
}

/** Deletes an object if it is still the one that was seen. @throws ProblemError BERTH5624 where it is another, BERTH5625 where it is gone. */
export async function deleteObject(
  connection: ApiServer,
  resource: Resource,
  at: { readonly namespace?: string; readonly name: string },
  preconditions: Preconditions,
  signal?: AbortSignal,
): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: 'Background' };
  await connection.ask({ method: 'DELETE', path: pathOf(resource, at.namespace, at.name), body, signal });
}

const scaled = object<{ spec: { replicas?: number | undefined } }>({
  spec: object<{ replicas?: number | undefined }>({ replicas: optional(natural) }),
});

/** Sets the replicas of whatever has the subresource `scale`. @returns how many the server then wants. */
export async function scaleObject(
  connection: ApiServer,
  resource: Resource,
  at: { readonly namespace: string; readonly name: string },
  replicas: number,
  signal?: AbortSignal,
): Promise<number> {
  const path = `${pathOf(resource, at.namespace, at.name)}/scale?${queryOf({ fieldManager: FIELD_MANAGER })}`;
  const call: Call = {
    method: 'PATCH',
    path,
    body: { spec: { replicas } },
    contentType: 'application/merge-patch+json',
    signal,
  };
  // A server leaves a zero out.
  return (await askFor(connection, call, scaled)).spec.replicas ?? 0;
}

export function queryOf(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(given).toString();
}
