/** Graph files by their name; which there are is generated from the registry of graph formats. */
import { GRAPH_ENDINGS } from '../generated/graph-files.ts';

export { GRAPH_ENDINGS } from '../generated/graph-files.ts';

/** Whether a file is a graph file by its name, as an editor and a command line judge it. */
export function isGraphFile(path: string): boolean {
  return endingOf(path) !== undefined;
}

/** The name of a graph whose file does not tell one: the file's, without folder and ending. */
export function graphName(path: string): string {
  return path.slice(0, path.length - (endingOf(path)?.length ?? 0)).replace(/^.*[\\/]/, '');
}

function endingOf(path: string): string | undefined {
  const lower = path.toLowerCase();
  return GRAPH_ENDINGS.find((ending) => lower.endsWith(ending));
}
