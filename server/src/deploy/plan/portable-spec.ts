/** A spec as every checkout of it reads it: paths in it are absolute where it was read, and relative to its file in what is deployed. */
import { isAbsolute, relative, sep } from 'node:path';
import { withPaths } from '../../spec/kinds.ts';
import type { Spec } from '../../spec/types.ts';

/** @param folder absolute path of the folder in which the spec file lies. */
export function portableSpec<S extends Spec>(spec: S, folder: string): S {
  return withPaths(spec, (path) => relativeTo(folder, path));
}

/** With `/` on every system; what is no path of this machine stays as it is. */
function relativeTo(folder: string, path: string): string {
  return isAbsolute(path) ? relative(folder, path).replaceAll(sep, '/') : path;
}
