/** What the schema says of a key or a value, for hovers and for completion. */
import { yamlText } from '../../spec/yaml/edit.ts';
import type { QuantityKind } from '../../spec/quantities/quantity.ts';
import type { SchemaNode } from '../../spec/schema/schema-tree.ts';
import { code, paragraphs, yamlBlock } from '../markdown.ts';

const UNITS: Readonly<Record<QuantityKind, string>> = {
  duration: 'a duration (`us`, `ms`, `s`, `m`, `h`, `d`)',
  size: 'a size (`B`, `kB`, `MB`, `GB`, `Ki`, `Mi`, `Gi`)',
  rate: 'a rate (`/s`, `/min`, `/h`)',
  bandwidth: 'a bandwidth (`MB/s`, `GB/s`, `GiB/s`)',
  cpu: 'CPU cores (`2`, `250m`)',
};

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a mapping',
};

/** Title, description, facts and an example of a place in the schema. */
export function documentation(schema: SchemaNode, key: string | undefined, required: boolean): string {
  const title = schema.title ?? key ?? '';
  return paragraphs([
    `**${title}**${required ? ' (required)' : ''}`,
    schema.description,
    facts(schema),
    choices(schema),
    example(schema, key),
  ]);
}

/** Type or unit, default and range in one line. */
export function facts(schema: SchemaNode): string {
  const unit = schema['x-berth-unit'];
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  const type = unit ? UNITS[unit] : types.map((name) => TYPES[name] ?? name).join(' or ');
  const parts = [schema.const === undefined && !schema.enum ? type : '', range(schema)];
  if (schema.default !== undefined && !isEmpty(schema.default)) parts.push(`default ${code(yamlText(schema.default))}`);
  return capital(parts.filter((part) => part !== '').join(' · '));
}

function range(schema: SchemaNode): string {
  const least = schema.minimum ?? schema.exclusiveMinimum;
  const limit = schema.maximum ?? schema.exclusiveMaximum;
  // As large as a number can be is no limit that anyone meets.
  const most = limit !== undefined && limit < Number.MAX_SAFE_INTEGER ? limit : undefined;
  if (schema['x-berth-unit'] || (least === undefined && most === undefined)) {
    return schema['x-berth-positive'] ? 'more than 0' : '';
  }
  const from = least === undefined ? '' : `${schema.minimum === undefined ? 'above' : 'at least'} ${least}`;
  const to = most === undefined ? '' : `${schema.maximum === undefined ? 'below' : 'at most'} ${most}`;
  return [from, to].filter((part) => part !== '').join(', ');
}

function choices(schema: SchemaNode): string {
  const meanings = schema['x-berth-enum-descriptions'] ?? [];
  return (schema.enum ?? [])
    .map((value, i) => `- ${code(String(value))}${meanings[i] ? ` – ${meanings[i]}` : ''}`)
    .join('\n');
}

function example(schema: SchemaNode, key: string | undefined): string {
  const [first] = schema.examples ?? [];
  if (first === undefined || key === undefined) return '';
  return yamlBlock(`${key}: ${yamlText(first)}`);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
