/** Texts for new keys, items and documents, in the style that surrounds them. */
import { yamlText } from '../../spec/yaml/edit.ts';
import { resolved, type DocumentKind, type SchemaNode } from '../../spec/schema/schema-tree.ts';
import { literal, placeholder } from '../completion-item.ts';

/** How the place is written where a template goes. */
export interface Style {
  /** Inside brackets, where everything stays on its line. */
  readonly flow: boolean;
  /** Column of the key or the dash. */
  readonly column: number;
  /** Spaces of one level more. */
  readonly step: number;
}

export interface Template {
  /** In snippet syntax. */
  readonly text: string;
  /** There is something to choose where the cursor comes to stand. */
  readonly retriggers: boolean;
}

/** What follows `key:`, blank or line break first. */
export function valueTemplate(schema: SchemaNode, kind: DocumentKind, style: Style): Template {
  if (schema.const !== undefined) return { text: ` ${schema.const}`, retriggers: false };
  if (
    schema.enum ||
    schema['x-berth-file'] === 'trace' ||
    schema['x-berth-file'] === 'graph' ||
    schema['x-berth-file'] === 'forecast' ||
    schema['x-berth-file'] === 'module'
  )
    return { text: ' $0', retriggers: true };
  const types = [schema.type].flat();
  if (types.includes('object')) return objectTemplate(schema, kind, style);
  if (types.includes('array')) return listTemplate(schema, kind, style);
  const shown = schema.examples?.[0] ?? schema.default ?? schema.minimum;
  return { text: shown === undefined ? ' $0' : ` ${placeholder(1, yamlText(shown))}`, retriggers: false };
}

function objectTemplate(schema: SchemaNode, kind: DocumentKind, style: Style): Template {
  const shown = schema.examples?.[0] ?? (isMapping(schema.default) ? schema.default : undefined);
  if (isMapping(shown) && Object.keys(shown).length > 0)
    return { text: ` { ${flowEntries(shown)} }`, retriggers: false };
  const required = exampleOfRequired(schema, kind);
  if (required) return { text: ` { ${flowEntries(required)} }`, retriggers: false };
  if (style.flow) return { text: ' { $0 }', retriggers: true };
  return { text: `\n${' '.repeat(style.column + style.step)}$0`, retriggers: true };
}

function listTemplate(schema: SchemaNode, kind: DocumentKind, style: Style): Template {
  const items = schema.items ? resolved(schema.items, kind) : {};
  const snippet = items['x-berth-snippet'];
  if (snippet !== undefined) {
    if (style.flow) return { text: ` [${flowItem(snippet)}]`, retriggers: false };
    const column = style.column + style.step;
    return { text: `\n${' '.repeat(column)}- ${indented(snippet, column + 2)}`, retriggers: false };
  }
  const [shown] = schema.examples ?? [];
  if (!Array.isArray(shown)) return { text: ' [$0]', retriggers: true };
  return { text: ` [${shown.map((value, i) => placeholder(i + 1, yamlText(value))).join(', ')}]`, retriggers: false };
}

/** One new item, without its dash. */
export function itemTemplate(schema: SchemaNode, style: Style): string | undefined {
  const snippet = schema['x-berth-snippet'];
  if (snippet === undefined) return undefined;
  return style.flow ? flowItem(snippet) : indented(snippet, style.column);
}

/** A template's lines with those after the first indented. */
export function indented(snippet: string, column: number): string {
  return snippet.replaceAll('\n', `\n${' '.repeat(column)}`);
}

/** A template of one entry a line, in braces. */
function flowItem(snippet: string): string {
  return `{ ${snippet.split('\n').join(', ')} }`;
}

function flowEntries(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(
      ([key, value], i) =>
        `${literal(yamlText(key))}: ${isMapping(value) ? literal(yamlText(value)) : placeholder(i + 1, yamlText(value))}`,
    )
    .join(', ');
}

/** Values for the keys that must be there, where all of them have one that fits on a line. */
function exampleOfRequired(schema: SchemaNode, kind: DocumentKind): Record<string, unknown> | undefined {
  const values: Record<string, unknown> = {};
  for (const key of schema.required ?? []) {
    const property = schema.properties?.[key];
    const node = property ? resolved(property, kind) : {};
    const value = node.examples?.[0] ?? node.default;
    const long = isMapping(value) || (Array.isArray(value) && value.some((item) => typeof item === 'object'));
    if (value === undefined || long) return undefined;
    values[key] = value;
  }
  return Object.keys(values).length > 0 ? values : undefined;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
