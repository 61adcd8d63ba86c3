/** Whole documents, for an empty file or below the last one. */
import { schemaOf, type DocumentKind } from '../../spec/schema/schema-tree.ts';
import { inOrder, type CompletionItem } from '../completion-item.ts';
import type { Range } from '../../spec/problems/catalogue.ts';
import { yamlBlock } from '../markdown.ts';
import { withoutPlaceholders } from '../completion-item.ts';

/** @param separator puts the document below another one. */
export function documentCompletions(
  kinds: readonly DocumentKind[],
  range: Range,
  separator: boolean,
): CompletionItem[] {
  return kinds.flatMap((kind, position): CompletionItem[] => {
    const schema = schemaOf(kind);
    const snippet = schema['x-berth-snippet'];
    if (snippet === undefined) return [];
    const documentation = `${schema.description ?? ''}\n\n${yamlBlock(withoutPlaceholders(snippet))}`;
    return [
      {
        label: separator ? `--- ${kind}` : kind,
        kind: 'snippet',
        detail: separator ? 'another document' : 'new document',
        documentation,
        insertText: `${separator ? '---\n' : ''}${snippet}\n`,
        snippet: true,
        range,
        sortText: inOrder(separator ? 8 : 0, position),
        retriggers: false,
      },
    ];
  });
}
