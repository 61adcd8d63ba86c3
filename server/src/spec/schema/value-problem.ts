/** What is wrong with one value, in the words of its schema: type, unit, choice, name or range. */
import { didYouMean } from '../problems/did-you-mean.ts';
import { yamlText } from '../yaml/edit.ts';
import type { Editable } from '../yaml/edit.ts';
import type { SchemaViolation } from '../generated/validators.js';
import { problem, replaceFix } from '../problems/catalogue.ts';
import type { Fix, InText, Problem, Range } from '../problems/catalogue.ts';
import { parseQuantity } from '../quantities/quantity.ts';
import type { QuantityKind } from '../quantities/quantity.ts';
import { schemaAt } from './schema-tree.ts';
import type { DocumentKind, SchemaNode } from './schema-tree.ts';
import type { Path, YamlNode } from '../yaml/tree.ts';

/** The units that a person is told of; others are read, too. */
const UNITS: Readonly<Record<QuantityKind, string>> = {
  duration: 'us, ms, s, m, h or d',
  size: 'B, kB, MB, GB, Ki, Mi or Gi',
  rate: '/s, /min or /h',
  bandwidth: 'B/s, kB/s, MB/s, GB/s or GiB/s',
  cpu: 'm (thousandths of a core), or none',
};

const EXAMPLES: Readonly<Record<QuantityKind, string>> = {
  duration: '720ms',
  size: '8Gi',
  rate: '25/s',
  bandwidth: '5.7GB/s',
  cpu: '250m',
};

interface Place {
  readonly key: string;
  readonly schema: SchemaNode;
  readonly node: YamlNode;
  /** The value as it is written. */
  readonly source: string;
  /** What is marked. */
  readonly range: Range;
  /** What another value would replace. */
  readonly whole: Range;
  readonly keyRange: Range;
}

export function valueProblem(
  document: Editable,
  kind: DocumentKind,
  path: Path,
  node: YamlNode,
  violation: SchemaViolation,
): Problem<InText> {
  const entry = document.root.entryAt(path);
  const list = path.findLast((step) => typeof step === 'string');
  const place: Place = {
    key: entry?.key ?? (list === undefined ? 'document' : String(list)),
    schema: schemaAt(path, kind) ?? {},
    node,
    source: isBlock(node) ? String(node.scalar) : document.text.slice(node.range.start, node.range.end),
    range: valueRange(document.text, node, entry?.keyRange),
    whole: node.type === 'scalar' && !node.missing ? node.range : valueRange(document.text, node, entry?.keyRange),
    keyRange: entry?.keyRange ?? node.range,
  };
  switch (violation.keyword) {
    case 'type':
      return wrongType(place, String(violation.params['type']));
    case 'enum':
      return wrongChoice(place);
    case 'const':
      return problem('BERTH1015', { version: String(node.scalar), expected: String(place.schema.const) }, place.range, [
        replaceFix(`Change to "${String(place.schema.const)}"`, place.whole, String(place.schema.const)),
      ]);
    case 'pattern':
      return place.schema['x-berth-unit'] ? wrongQuantity(place, place.schema['x-berth-unit']) : wrongName(place);
    case 'minLength':
    case 'maxLength':
      return place.schema.pattern === undefined ? outOfRange(place, violation) : wrongName(place);
    case 'minItems':
    case 'minProperties': {
      const item = place.schema.items?.title?.toLowerCase() ?? 'key';
      const got = node.type === 'mapping' ? node.entries.length : node.items.length;
      return problem(
        'BERTH1021',
        { key: place.key, least: Number(violation.params['limit']), got, item },
        place.keyRange,
      );
    }
    default:
      return outOfRange(place, violation);
  }
}

function isBlock({ green }: YamlNode): boolean {
  return green.type === 'scalar' && green.style === 'block';
}

/** A scalar's own text, or the first line of it, without the sign of a block; a key where the value has parts or is not there. */
function valueRange(text: string, node: YamlNode, key: Range | undefined): Range {
  const { start, end } = node.range;
  const written = text.slice(start, end);
  const long = written.includes('\n');
  if ((node.missing || (long && node.type !== 'scalar')) && key) return key;
  if (!long) return node.range;
  const [before = ''] = /^[|>][^\n]*\n\s*/.exec(written) ?? [];
  const [line = ''] = /^[^\r\n]*/.exec(written.slice(before.length)) ?? [];
  return line === ''
    ? { start, end: start + 1 }
    : { start: start + before.length, end: start + before.length + line.trimEnd().length };
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
};

function wrongType(place: Place, type: string): Problem<InText> {
  const { key, schema, node, source, range, whole } = place;
  const unit = schema['x-berth-unit'];
  const expected = unit
    ? `a text such as ${EXAMPLES[unit]}`
    : type
        .split(',')
        .map((t) => TYPES[t] ?? t)
        .join(' or ');
  if (node.scalar === null) return problem('BERTH1029', { key, expected }, range);
  if (unit && typeof node.scalar === 'number') return wrongQuantity(place, unit);
  if (
    type === 'object' &&
    typeof node.scalar === 'string' &&
    didYouMean(node.scalar, Object.keys(schema.properties ?? {}))
  ) {
    return problem('BERTH1001', { detail: 'a ":" is missing after the key' }, range);
  }
  const fixes: Fix[] = [];
  if (type === 'string' && node.type === 'scalar')
    fixes.push(replaceFix(`Write it as the text "${source}"`, whole, JSON.stringify(source)));
  const meant = typeof node.scalar === 'string' ? meantAs(type, node.scalar) : undefined;
  if (meant !== undefined && meant !== node.scalar) fixes.push(replaceFix(`Change to ${meant}`, whole, meant));
  else if (meant !== undefined) {
    fixes.push(replaceFix(isBlock(node) ? `Write it as ${meant}` : 'Remove the quotes', whole, meant));
  }
  if (type === 'array' && typeof node.scalar === 'string' && schema['x-berth-file'] === 'command') {
    const words = node.scalar.split(/\s+/).filter((word) => word !== '');
    fixes.push(replaceFix(`Write it as the list ${yamlText(words)}`, whole, yamlText(words)));
  }
  const example = schema.examples?.[0] ?? schema.default;
  return problem(
    'BERTH1006',
    {
      key,
      expected,
      got: meant !== undefined && meant !== node.scalar ? `the text "${node.scalar}"` : kindOf(node, source),
      example: example === undefined ? undefined : `${key}: ${yamlText(example)}`,
    },
    range,
    fixes,
  );
}

/** The number or the truth value that a text was meant to be: quoted, in the words of YAML 1.1, or with signs between its digits. */
function meantAs(type: string, text: string): string | undefined {
  if (type === 'boolean') {
    if (/^(?:y|yes|on|true)$/i.test(text)) return 'true';
    return /^(?:n|no|off|false)$/i.test(text) ? 'false' : undefined;
  }
  if (type !== 'number' && type !== 'integer') return undefined;
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return text;
  const grouped = /^-?\d{1,3}(?:[_,' ]\d{3})+$/.test(text) ? text.replace(/[_,' ]/g, '') : undefined;
  return grouped ?? (type === 'number' && /^-?\d+,\d+$/.test(text) ? text.replace(',', '.') : undefined);
}

function kindOf(node: YamlNode, source: string): string {
  if (node.type !== 'scalar') return node.type === 'mapping' ? 'a mapping' : 'a list';
  if (typeof node.scalar === 'number')
    return Number.isFinite(node.scalar) ? (Number.isInteger(node.scalar) ? 'a whole number' : 'a number') : source; // .nan and .inf are numbers to YAML only
  return typeof node.scalar === 'boolean' ? `${String(node.scalar)}` : node.scalar === null ? 'nothing' : 'a text';
}

function wrongQuantity({ key, node, source, range, whole, schema }: Place, unit: QuantityKind): Problem<InText> {
  const text = typeof node.scalar === 'string' ? node.scalar : source;
  const read = parseQuantity(text, unit);
  const tooSmall = typeof node.scalar === 'number' && unit === 'cpu';
  if (tooSmall) return problem('BERTH1018', { key, value: text, rule: 'more than 0' }, range);
  const [shown] = schema.examples ?? [];
  const example = typeof shown === 'string' || typeof shown === 'number' ? String(shown) : EXAMPLES[unit];
  if (read.ok) return problem('BERTH1022', { key, value: text, unit, example }, range);
  const { suggestion } = read;
  const fixes = suggestion === undefined ? [] : [replaceFix(`Change to "${suggestion}"`, whole, suggestion)];
  switch (read.reason) {
    case 'missing-unit':
      return problem('BERTH1007', { key, value: text, unit, suggestion }, range, fixes);
    case 'wrong-unit':
      return problem('BERTH1008', { key, value: text, unit, units: UNITS[unit], suggestion }, range, fixes);
    case 'malformed':
      return problem('BERTH1022', { key, value: text, unit, example, suggestion }, range, fixes);
  }
}

function wrongChoice({ key, node, source, range, whole, schema }: Place): Problem<InText> {
  const allowed = (schema.enum ?? []).map(String);
  const value = node.type === 'scalar' ? String(node.scalar) : source;
  const suggestion = didYouMean(value, allowed);
  const fixes = suggestion === undefined ? [] : [replaceFix(`Change to "${suggestion}"`, whole, yamlText(suggestion))];
  return problem('BERTH1009', { key, value, allowed, suggestion }, range, fixes);
}

function wrongName({ key, node, range, whole }: Place): Problem<InText> {
  const value = String(node.scalar);
  const slug = value
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z\d]+/g, '-')
    .slice(0, 58)
    .replace(/^-+|-+$/g, '');
  const suggestion = slug === '' ? undefined : slug;
  return problem(
    'BERTH1019',
    { key, value, suggestion },
    range,
    suggestion === undefined ? [] : [replaceFix(`Change to "${suggestion}"`, whole, yamlText(suggestion))],
  );
}

function outOfRange({ key, source, range, whole }: Place, violation: SchemaViolation): Problem<InText> {
  const limit = Number(violation.params['limit']);
  const rules: Readonly<Record<string, string>> = {
    minimum: `at least ${limit}`,
    maximum: `at most ${limit}`,
    exclusiveMinimum: `more than ${limit}`,
    exclusiveMaximum: `less than ${limit}`,
    minLength: limit === 1 ? 'a text that is not empty' : `at least ${limit} characters long`,
    maxLength: `at most ${limit} characters long`,
    maxItems: `a list of at most ${limit}`,
  };
  const inclusive = violation.keyword === 'minimum' || violation.keyword === 'maximum';
  const fixes = inclusive ? [replaceFix(`Change to ${limit}`, whole, String(limit))] : [];
  return problem(
    'BERTH1018',
    { key, value: source, rule: rules[violation.keyword] ?? 'as its description tells' },
    range,
    fixes,
  );
}
