/** A hint beside the text: what it says, and where it stands. */
import type { YamlNode } from '../spec/yaml/tree.ts';

export interface InlayHint {
  readonly offset: number;
  readonly label: string;
  /** Plain words. */
  readonly tooltip: string;
}

/** Stands before what is not as it should be: the first sign to be seen where the rest is cut. */
export const MISSED = '✗';

/** An entry on one line that is longer than this leaves no room behind it in an editor with the panel beside it. */
const LONG = 60;

/** Where the hint of an entry stands: behind its name, or behind all of it where it is a short one on one line. */
export function behind(entry: YamlNode, name: YamlNode): number {
  const { start, end } = entry.range;
  return entry.flow && end - start <= LONG ? end : name.range.end;
}
