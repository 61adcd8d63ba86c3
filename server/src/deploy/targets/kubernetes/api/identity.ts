/** Who answers: a cluster and a namespace in it, by the ids that the cluster itself gave them. */
import { object, text } from '../../../shape.ts';
import type { ApiServer } from './connection.ts';
import { getObject, type Resource } from './objects.ts';

export interface ClusterIdentity {
  /** Of the namespace kube-system, which lives as long as the cluster. */
  readonly cluster: string;
  /** Another namespace of the same name has another. */
  readonly namespace: string;
}

const NAMESPACES: Resource = { group: '', version: 'v1', plural: 'namespaces' };

const withUid = object<{ metadata: { uid: string } }>({ metadata: object<{ uid: string }>({ uid: text }) });

/** @throws ProblemError BERTH5625 where there is no such namespace, and as `Connection.ask`. */
export async function identityOf(
  connection: ApiServer,
  namespace: string,
  signal?: AbortSignal,
): Promise<ClusterIdentity> {
  const [cluster, own] = await Promise.all(
    ['kube-system', namespace].map((name) => getObject(connection, NAMESPACES, { name }, withUid, signal)),
  );
  return { cluster: cluster!.metadata.uid, namespace: own!.metadata.uid };
}
