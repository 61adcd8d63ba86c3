/** What an editor says of a Federation beyond its schema. */
import type { FederationPreview } from '../../preview/model.ts';
import { figureOf } from '../../preview/words.ts';
import type { Path, YamlNode } from '../../spec/yaml/tree.ts';
import type { InlayHint } from '../hint.ts';
import { patternHover, siteHover } from '../hover/pattern.ts';
import type { KindInEditor } from '../kinds.ts';
import { startsWith } from '../place.ts';

export const federation: KindInEditor<'Federation'> = {
  answer: leakOf,
  hints: patternHint,
  hover: ({ path }, root, preview) => {
    if (!preview) return undefined;
    if (startsWith(path, 'spec', 'pattern') || startsWith(path, 'spec', 'privacy')) return patternHover(preview);
    const site = siteOf(root, path, preview.sites);
    return site === undefined ? undefined : siteHover(preview, site);
  },
};

/** `leaks only the mean`, `leaks the weights of north`, `leaks 2 sums beyond the mean`. */
function leakOf({ meanOnly, leaks: found }: FederationPreview): string {
  if (meanOnly) return 'leaks only the mean';
  const owners = new Set(found.flatMap(({ learns }) => learns));
  const [first] = owners;
  if (first !== undefined) return `leaks the weights of ${owners.size === 1 ? first : `${owners.size} sites`}`;
  const most = Math.max(0, ...found.map(({ beyondMean }) => beyondMean));
  return `leaks ${figureOf(most, 'sum')} beyond the mean`;
}

function patternHint(root: YamlNode, preview: FederationPreview): InlayHint[] {
  const entry = root.entryAt(['spec', 'pattern']);
  if (!entry) return [];
  const offset = entry.value.flow ? entry.value.range.end : entry.keyRange.end + 1;
  return [{ offset, label: `→ ${leakOf(preview)}`, tooltip: preview.sentence }];
}

function siteOf(root: YamlNode, path: Path, sites: readonly string[]): string | undefined {
  if (!startsWith(path, 'spec', 'sites', '*')) return undefined;
  const name = root.at([...path.slice(0, 3), 'name'])?.scalar;
  return sites.find((site) => site === name);
}
