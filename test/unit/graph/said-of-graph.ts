import { readGraphFile, type GraphContent } from '../../../server/src/graph/source.ts';
import { explain } from '../../../server/src/spec/problems/catalogue.ts';

/** What is said of a graph file, problems or notes, each as `CODE line 3: message` or `CODE byte 17: message`. */
export function saidOf(file: GraphContent): string[] {
  const source = readGraphFile(file);
  return (source.ok ? (source.notes ?? []) : source.problems).map(({ code, params, path }) => {
    const { range, line } = source.place(path);
    const place = line === undefined ? `byte ${range.start}` : `line ${line}`;
    return `${code} ${place}: ${explain(code, params as never).message}`;
  });
}
