/**
 * Layers that are kept whole: basic blocks such as a convolution with its normalisation, which a profiler or a person names.
 *
 * A pattern is a path of layers in which `*` stands for any part of one name: `encoder/block*` names `encoder/block0` and
 * `encoder/block1`, each with all that lies in it. The outermost layer that a pattern names counts.
 *
 * @returns for a node's layer the path of the whole that it belongs to, undefined where it belongs to none.
 */
export function inWhole(patterns: readonly string[]): (layer: string) => string | undefined {
  const expressions = patterns.map((pattern) => {
    const body = pattern
      .split('*')
      .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^/]*');
    return new RegExp(`^${body}(?=/|$)`);
  });
  const known = new Map<string, string | undefined>();
  return (layer) => {
    if (known.has(layer)) return known.get(layer);
    const wholes = expressions.flatMap((expression) => expression.exec(layer)?.[0] ?? []);
    const outermost = wholes.sort((a, b) => a.length - b.length)[0];
    known.set(layer, outermost);
    return outermost;
  };
}
