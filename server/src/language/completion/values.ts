/** Values that a place can hold: choices, units behind a number, defaults and examples, names and files that exist. */
import { yamlText } from '../../spec/yaml/edit.ts';
import type { QuantityKind } from '../../spec/quantities/quantity.ts';
import type { SchemaNode } from '../../spec/schema/schema-tree.ts';
import { inOrder, type CompletionItem, type CompletionKind } from '../completion-item.ts';
import type { Cursor } from '../cursor.ts';
import { documentation } from '../hover/documentation.ts';
import { otherUnits } from '../hover/other-units.ts';
import { code } from '../markdown.ts';

/** A value with its documentation. */
export interface Offer {
  readonly value: string;
  readonly kind: CompletionKind;
  readonly detail: string;
  readonly documentation?: string;
}

const UNITS: Readonly<Record<QuantityKind, readonly (readonly [unit: string, meaning: string])[]>> = {
  duration: [
    ['ms', 'milliseconds'],
    ['s', 'seconds'],
    ['m', 'minutes'],
    ['h', 'hours'],
    ['us', 'microseconds'],
    ['d', 'days'],
  ],
  size: [
    ['Gi', '2³⁰ bytes'],
    ['Mi', '2²⁰ bytes'],
    ['Ki', '2¹⁰ bytes'],
    ['GB', '10⁹ bytes'],
    ['MB', '10⁶ bytes'],
    ['kB', '10³ bytes'],
    ['B', 'bytes'],
  ],
  rate: [
    ['/s', 'a second'],
    ['/min', 'a minute'],
    ['/h', 'an hour'],
  ],
  bandwidth: [
    ['GB/s', '10⁹ bytes a second'],
    ['MB/s', '10⁶ bytes a second'],
    ['GiB/s', '2³⁰ bytes a second'],
    ['kB/s', '10³ bytes a second'],
  ],
  cpu: [['m', 'thousandths of a core']],
};

/** What the schema offers for a value, given what is typed of it. */
export function schemaOffers(schema: SchemaNode, typed: string): Offer[] {
  const number = /^\d+(?:\.\d*)?|^\.\d+/.exec(typed)?.[0];
  const unit = schema['x-berth-unit'];
  if (unit && number !== undefined) {
    return UNITS[unit].map(([name, meaning]) => {
      const value = `${number}${name}`;
      const others = otherUnits(value, unit);
      return {
        value,
        kind: 'unit',
        detail: meaning,
        ...(others === '' ? {} : { documentation: `${code(value)} ${others}` }),
      };
    });
  }
  if (schema.const !== undefined) return [{ value: schema.const, kind: 'enum', detail: schema.title ?? '' }];
  if (schema.enum) return choices(schema);
  if ([schema.type].flat().includes('boolean'))
    return ['true', 'false'].map((value) => ({ value, kind: 'enum', detail: schema.title ?? '' }));
  return known(schema);
}

function choices(schema: SchemaNode): Offer[] {
  const meanings = schema['x-berth-enum-descriptions'] ?? [];
  return (schema.enum ?? []).map((value, i) => ({
    value: String(value),
    kind: 'enum',
    detail: value === schema.default ? 'default' : '',
    documentation: meanings[i] ?? '',
  }));
}

/** The default and the examples, where they fit on a line. */
function known(schema: SchemaNode): Offer[] {
  if ([schema.type].flat().some((type) => type === 'object' || type === 'array')) return [];
  const values = new Map<string, string>();
  if (schema.default !== undefined) values.set(yamlText(schema.default), 'default');
  for (const example of schema.examples ?? [])
    if (!values.has(yamlText(example))) values.set(yamlText(example), 'example');
  return Array.from(values, ([value, detail]) => ({
    value,
    kind: 'value',
    detail,
    documentation: documentation(schema, undefined, false),
  }));
}

/** Offers at the cursor, in their order; quotes that were opened stay. */
export function valueCompletions(
  offers: readonly Offer[],
  cursor: Cursor,
  typed: string,
  lead: string,
  rank: number,
): CompletionItem[] {
  const quote = /^["']/.exec(typed)?.[0] ?? '';
  return offers.map(({ value, kind, detail, documentation = '' }, position) => {
    const written = quote === '' ? value : `${quote}${value.replace(/^"(.*)"$/, '$1')}${quote}`;
    return {
      label: value,
      kind,
      detail,
      documentation,
      insertText: `${lead}${written}`,
      snippet: false,
      range: cursor.word,
      sortText: inOrder(rank, position),
      ...(quote === '' ? {} : { filterText: written }),
      retriggers: false,
    };
  });
}
