/** Values as a JSON Schema describes them, now and then beside it, and texts in which YAML writes them, in every style that people use. */
import { SCHEMAS } from '../../server/src/spec/generated/schemas.ts';
import type { DocumentKind } from '../../server/src/spec/generated/validators.js';
import target from '../../schemas/target.json' with { type: 'json' };
import { oddValue } from './mutate.ts';
import type { Random } from './target.ts';

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly 'x-berth-unit'?: keyof typeof UNITS;
  readonly 'x-berth-file'?: keyof typeof FILES;
}

const UNITS = {
  duration: ['ms', 's', 'm', 'h', 'us', 'ns', 'd'],
  size: ['B', 'Gi', 'GB', 'Ki', 'M', 'TiB'],
  rate: ['/s', '/min', '/h'],
  bandwidth: ['GB/s', 'MB/s', 'Gi/s'],
  cpu: ['', 'm'],
} as const;

/** What `FILES_THERE` (in `targets/files.ts`) holds, and what it does not. */
const FILES = {
  trace: ['day.csv', 'day.csv', 'absent.csv', 'net.graph.yaml'],
  graph: ['net.graph.yaml', 'net.graph.yaml', 'recorded.graph.json', 'absent.graph.yaml', 'day.csv'],
  forecast: ['day.forecast.json', 'absent.forecast.json'],
  module: ['digits.mjs'],
  command: ['node', './serve.sh'],
} as const;

const NAMES = ['a', 'web', 'gpu0', 'n1', 'search-images', 'north', 'x-1'];

/** Keys and choices of all schemas: the words of the language. */
export const SPEC_WORDS: readonly string[] = [
  ...new Set([
    ...wordsOf(SCHEMAS),
    ...Object.values(UNITS)
      .flat()
      .map((unit) => `1${unit}`),
  ]),
];

function wordsOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(wordsOf);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => [
    ...(key === 'properties' ? Object.keys(value as object) : []),
    ...(key === 'enum' || key === 'examples' ? (value as unknown[]).map((one) => JSON.stringify(one)) : []),
    ...(key === 'const' ? [String(value)] : []),
    ...(key.startsWith('x-') ? [] : wordsOf(value)),
  ]);
}

export function documentOf(kind: DocumentKind, random: Random): unknown {
  const root = SCHEMAS[kind] as unknown as Schema;
  return valueOf(root, { ...root.$defs, target: target }, random, 0);
}

function valueOf(schema: Schema, defs: Readonly<Record<string, Schema>>, random: Random, depth: number): unknown {
  if (random.next() < 0.01) return oddValue(random, SPEC_WORDS);
  const referred = schema.$ref === undefined ? undefined : defs[schema.$ref.replace('#/$defs/', '')];
  if (referred) return valueOf({ ...referred, ...without(schema, '$ref') }, defs, random, depth);
  const branches = schema.oneOf ?? schema.anyOf;
  if (branches && random.next() < 0.9)
    return valueOf({ ...without(schema, 'oneOf', 'anyOf'), ...random.pick(branches) }, defs, random, depth);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  if (schema['x-berth-unit'])
    return `${numberWithin(schema, random)}${random.pick<string>(UNITS[schema['x-berth-unit']])}`;
  if (schema['x-berth-file']) return random.pick<string>(FILES[schema['x-berth-file']]);
  if (schema.examples && random.next() < 0.3) return random.pick(schema.examples);
  const type =
    typeof schema.type === 'object'
      ? random.pick(schema.type)
      : (schema.type ?? (schema.properties ? 'object' : 'string'));
  switch (type) {
    case 'object':
      return objectOf(schema, defs, random, depth);
    case 'array': {
      const least = schema.minItems ?? 0;
      const length = least + random.int(depth > 4 ? 1 : 3);
      return Array.from({ length }, () => valueOf(schema.items ?? {}, defs, random, depth + 1));
    }
    case 'integer':
      return Math.round(numberWithin(schema, random));
    case 'number':
      return numberWithin(schema, random);
    case 'boolean':
      return random.next() < 0.5;
    default:
      return random.pick(NAMES);
  }
}

function without(schema: Schema, ...keys: readonly string[]): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));
}

function objectOf(
  schema: Schema,
  defs: Readonly<Record<string, Schema>>,
  random: Random,
  depth: number,
): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    const wanted = schema.required?.includes(key) ? 0.98 : depth > 5 ? 0.1 : 0.4;
    if (random.next() < wanted) made[key] = valueOf(inner, defs, random, depth + 1);
  }
  const more = schema.additionalProperties;
  if (typeof more === 'object')
    for (let left = random.int(3); left > 0; left--) made[random.pick(NAMES)] = valueOf(more, defs, random, depth + 1);
  else if (random.next() < 0.03) made[random.pick(SPEC_WORDS)] = random.pick(NAMES);
  return made;
}

function numberWithin({ minimum = 0, maximum = 100 }: Schema, random: Random): number {
  const chance = random.next();
  if (chance < 0.1) return minimum;
  if (chance < 0.2) return Math.min(maximum, 1e15);
  if (chance < 0.25) return minimum - 1;
  const most = Math.min(maximum, minimum + 50);
  return random.next() < 0.7
    ? Math.round(minimum + random.next() * (most - minimum))
    : Number((minimum + random.next() * (most - minimum)).toPrecision(3));
}

/** Writes a value as people do: blocks, brackets, quotes, comments, lines between. */
export function yamlOf(value: unknown, random: Random, indent = 0): string {
  const pad = ' '.repeat(indent);
  if (typeof value !== 'object' || value === null) return scalarText(value, random, indent);
  const isEmpty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  if (isEmpty || random.next() < (indent === 0 ? 0.02 : 0.25)) return flowText(value, random);
  const lines = Array.isArray(value)
    ? value.map((item) => `${pad}-${blockValue(item, random, indent)}`)
    : Object.entries(value).map(([key, inner]) => `${pad}${keyText(key, random)}:${blockValue(inner, random, indent)}`);
  return lines
    .map((line) => (random.next() < 0.03 ? `${line}\n${random.pick(['', pad + '# note', '#'])}` : line))
    .join('\n');
}

function blockValue(value: unknown, random: Random, indent: number): string {
  const written = yamlOf(value, random, indent + 2);
  const isBlock = typeof value === 'object' && value !== null && !/^[[{]/.test(written);
  return isBlock ? `\n${written}` : ` ${written}${random.next() < 0.03 ? ' # why' : ''}`;
}

function flowText(value: unknown, random: Random): string {
  if (Array.isArray(value)) return `[${value.map((item) => flowText(item, random)).join(', ')}]`;
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' && /[[\]{},\n]/.test(value)
      ? JSON.stringify(value)
      : scalarText(value, random, -1);
  const entries = Object.entries(value).map(([key, inner]) => `${keyText(key, random)}: ${flowText(inner, random)}`);
  return `{ ${entries.join(', ')} }`;
}

function keyText(key: string, random: Random): string {
  return random.next() < 0.05 || !/^[\w-]+$/.test(key) ? JSON.stringify(key) : key;
}

function scalarText(value: unknown, random: Random, indent: number): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'null';
  const chance = random.next();
  if (chance < 0.1) return JSON.stringify(value);
  if (chance < 0.2) return `'${value.replaceAll("'", "''")}'`;
  if (chance < 0.23 && indent > 0) return `${random.pick(['|', '>', '|-', '>-'])}\n${' '.repeat(indent)}${value}`;
  return value === '' ? '""' : value;
}
