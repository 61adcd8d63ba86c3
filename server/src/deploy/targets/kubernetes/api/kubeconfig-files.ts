/** Where kubeconfigs lie, and what they say together. */
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { FileReader } from '../../../../host/file-reader.ts';
import { isInside, UnreadableFile } from '../../../../host/regular-file.ts';
import { problemError } from '../../../../spec/problems/problem-error.ts';
import { mergedKubeconfig, readKubeconfig, type Kubeconfig } from './kubeconfig.ts';

/** Bytes: kubeconfigs of hundreds of clusters have less. */
const LARGEST_KUBECONFIG = 2 ** 22;

export interface KubeconfigPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folders of a workspace that is not trusted: no kubeconfig that lies in them is used. */
  readonly untrusted: readonly string[];
}

/** The files that KUBECONFIG lists, or else the one in the home folder. */
export function kubeconfigPaths(env: KubeconfigPlace['env']): readonly string[] {
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0
    ? [...new Set(listed.map((path) => resolve(path)))]
    : [join(env.HOME || homedir(), '.kube', 'config')];
}

/**
 * Reads all kubeconfigs of a person. Of a list, files that are not there are passed over, as kubectl does, so long as there is one.
 *
 * @throws ProblemError BERTH5600, BERTH5601, BERTH5610.
 */
export async function kubeconfigOf(
  place: KubeconfigPlace,
  reader: FileReader,
  signal?: AbortSignal,
): Promise<Kubeconfig> {
  const paths = kubeconfigPaths(place.env);
  const found = await Promise.all(
    paths.map(async (path) => {
      if (place.untrusted.some((folder) => isInside(path, resolve(folder)))) throw problemError('BERTH5610', { path });
      const content = await textOf(path, reader, signal);
      return content === undefined ? [] : [readKubeconfig(content, path)];
    }),
  );
  const files = found.flat();
  if (files.length === 0) throw problemError('BERTH5600', { path: paths[0]! });
  return mergedKubeconfig(files);
}

async function textOf(path: string, reader: FileReader, signal?: AbortSignal): Promise<string | undefined> {
  try {
    const read = await reader.read(path, { most: LARGEST_KUBECONFIG, signal });
    return read === undefined || read === 'as known' ? undefined : Buffer.from(read.bytes).toString();
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw problemError('BERTH5601', { path, detail: error.message }, { cause: error });
  }
}
