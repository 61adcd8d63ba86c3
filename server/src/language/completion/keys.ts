/** Keys that a mapping still lacks, those it must have first, each in the order in which a person writes them. */
import { resolved, type DocumentKind, type SchemaNode } from '../../spec/schema/schema-tree.ts';
import { inOrder, type CompletionItem } from '../completion-item.ts';
import type { Cursor } from '../cursor.ts';
import { documentation, facts } from '../hover/documentation.ts';
import { valueTemplate, type Style } from './template.ts';

/**
 * @param present keys that the mapping has, without the one being typed.
 * @param lead what must stand before the key: a dash, a blank.
 */
export function keyCompletions(
  schema: SchemaNode,
  kind: DocumentKind,
  present: ReadonlySet<string>,
  cursor: Cursor,
  style: Style,
  lead: string,
): CompletionItem[] {
  const { required, excluded } = alternatives(schema, present);
  return Object.entries(schema.properties ?? {}).flatMap(([key, property], position): CompletionItem[] => {
    if (present.has(key) || excluded.has(key)) return [];
    const node = resolved(property, kind);
    const needed = required.has(key);
    const template = cursor.colon ? { text: '', retriggers: false } : valueTemplate(node, kind, style);
    const after = cursor.colon ? '' : `:${template.text}`;
    return [
      {
        label: key,
        kind: 'key',
        detail: needed ? `required · ${short(node)}` : short(node),
        documentation: documentation(node, key, needed),
        insertText: `${lead}${key}${after}`,
        snippet: true,
        range: cursor.word,
        sortText: inOrder(needed ? 0 : 1, position),
        retriggers: template.retriggers,
      },
    ];
  });
}

function short(node: SchemaNode): string {
  const summary = facts(node)
    .replaceAll('`', '')
    .replace(/\([^)]*\)/, '')
    .trim();
  return summary === '' || summary.length > 60 ? (node.title ?? '') : summary;
}

/** Of two alternatives, the one that is begun needs its other keys, and the keys of the other one are out of question. */
function alternatives(
  schema: SchemaNode,
  present: ReadonlySet<string>,
): { required: Set<string>; excluded: Set<string> } {
  const required = new Set(schema.required ?? []);
  const excluded = new Set<string>();
  const usual = schema.anyOf ?? [];
  if (!usual.some((branch) => branch.required?.every((key) => present.has(key))))
    for (const key of usual[0]?.required ?? []) required.add(key);
  const branches = (schema.oneOf ?? []).map((branch) => ({
    needs: branch.required ?? [],
    keys: [...(branch.required ?? []), ...Object.keys(branch.properties ?? {})],
  }));
  const begun = branches.find(({ keys }) => keys.some((key) => present.has(key)));
  for (const branch of branches) {
    if (!begun || branch === begun) for (const key of branch.needs) required.add(key);
    else for (const key of branch.keys) if (!begun.keys.includes(key)) excluded.add(key);
  }
  return { required, excluded };
}
