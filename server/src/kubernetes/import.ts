/** What a file of Kubernetes resources says that an InferenceCluster can say too. */
import type { InText, Problem } from '../spec/problems/catalogue.ts';
import { importDeployment } from './deployment.ts';
import { Found } from './found.ts';
import { clusterText, type ImportedCluster } from './imported.ts';
import { readManifests, type ManifestNode } from './manifest.ts';
import { Names } from './names.ts';
import { importRayService } from './ray-service.ts';
import { Reader } from './reader.ts';

export interface ImportedFile {
  /** The spec, a document for each resource; undefined where an error leaves none. */
  readonly spec: string | undefined;
  /** At their places in the file: errors, what is to be filled in, what is lost. */
  readonly problems: readonly Problem<InText>[];
  /** Of the resources that are not read. */
  readonly otherKinds: readonly string[];
  /** Whether there is a resource that is read. */
  readonly found: boolean;
}

/** Never throws, whatever the text. */
export function importKubernetes(text: string): ImportedFile {
  const found = new Found();
  const roots = readManifests(text, found);
  // What is meant by a text that is no YAML is anybody's guess.
  if (found.errors > 0) return { spec: undefined, problems: found.problems, otherKinds: [], found: true };
  const reader = new Reader(found);
  const names = new Names();
  const otherKinds = new Set<string>();
  const clusters: ImportedCluster[] = [];
  let some = false;
  for (const resource of roots.flatMap(resourcesOf)) {
    const read = importerOf(resource);
    if (!read) {
      otherKinds.add(kindOf(resource) ?? 'something without a kind');
      continue;
    }
    some = true;
    const cluster = read(resource, { text, names, reader });
    if (cluster) clusters.push(cluster);
  }
  const spec = found.errors > 0 || clusters.length === 0 ? undefined : clusters.map(clusterText).join('---\n');
  return { spec, problems: found.problems, otherKinds: [...otherKinds], found: some };
}

/** What the reading of a resource is given. */
export interface Import {
  /** Of the file. */
  readonly text: string;
  /** Of the clusters of this file. */
  readonly names: Names;
  readonly reader: Reader;
}

/** @returns undefined where an error leaves nothing to say. */
type Importer = (resource: ManifestNode, around: Import) => ImportedCluster | undefined;

function importerOf(resource: ManifestNode): Importer | undefined {
  const group = String(resource.at('apiVersion').scalar).split('/')[0];
  const kind = kindOf(resource);
  if (kind === 'RayService' && group === 'ray.io') return importRayService;
  return kind === 'Deployment' && group === 'apps' ? importDeployment : undefined;
}

function resourcesOf(root: ManifestNode): readonly ManifestNode[] {
  return root.at('kind').scalar === 'List' ? root.at('items').items : [root];
}

function kindOf(resource: ManifestNode): string | undefined {
  const { scalar } = resource.at('kind');
  return typeof scalar === 'string' ? scalar : undefined;
}
