/** A spec as every checkout of it reads it: paths in it are absolute where it was read, and relative to its file in what is deployed. */
import { isAbsolute, relative, sep } from 'node:path';
import type { InferenceCluster, Spec, TrainingPlacement, Workload } from '../../spec/types.ts';

/** @param folder absolute path of the folder in which the spec file lies. */
export function portableSpec<S extends Spec>(spec: S, folder: string): S {
  // What a generic type narrows to is not followed by the compiler: each function gives back the kind that it takes.
  return portable(spec, (path) => relativeTo(folder, path)) as S;
}

function portable(spec: Spec, path: (path: string) => string): Spec {
  switch (spec.kind) {
    case 'InferenceCluster':
      return portableCluster(spec, path);
    case 'TrainingPlacement':
      return { ...spec, graphPath: path(spec.graphPath) } satisfies TrainingPlacement;
    case 'Federation':
      return spec;
  }
}

function portableCluster(spec: InferenceCluster, path: (path: string) => string): InferenceCluster {
  const { forecast } = spec.autoscaler;
  const workload = (load: Workload): Workload => (load.type === 'trace' ? { ...load, path: path(load.path) } : load);
  return {
    ...spec,
    autoscaler: { ...spec.autoscaler, ...(forecast && { forecast: { ...forecast, path: path(forecast.path) } }) },
    jobs: spec.jobs.map((job) => ({ ...job, workload: workload(job.workload) })),
  };
}

/** With `/` on every system; what is no path of this machine stays as it is. */
function relativeTo(folder: string, path: string): string {
  return isAbsolute(path) ? relative(folder, path).replaceAll(sep, '/') : path;
}
