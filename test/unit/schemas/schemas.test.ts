import { describe, expect, it } from 'vitest';
import { validateDocument } from '../../../server/src/spec/generated/validators.js';
import { formatQuantity, parseQuantity, QUANTITY_KINDS } from '../../../server/src/spec/quantities/quantity.ts';
import {
  DOCUMENT_KINDS,
  placesOfKey,
  resolved,
  schemaAt,
  schemaOf,
} from '../../../server/src/spec/schema/schema-tree.ts';
import type { DocumentKind, SchemaNode } from '../../../server/src/spec/schema/schema-tree.ts';
import { readYaml } from '../../../server/src/spec/yaml/document.ts';
import { YamlNode } from '../../../server/src/spec/yaml/tree.ts';
import { random } from '../spec/random.ts';

/** Every schema of a kind that a value can have, with its place in words. */
function* nodesOf(kind: DocumentKind, node: SchemaNode = schemaOf(kind), place = ''): Generator<[string, SchemaNode]> {
  const own = resolved(node, kind);
  yield [place || kind, own];
  for (const [key, child] of Object.entries(own.properties ?? {}))
    yield* nodesOf(kind, child, place ? `${place}.${key}` : key);
  if (own.items) yield* nodesOf(kind, own.items, `${place}[]`);
  if (typeof own.additionalProperties === 'object') yield* nodesOf(kind, own.additionalProperties, `${place}.*`);
}

/** Keywords that the checks have words for. */
const KNOWN = new Set(
  '$schema $id $defs $ref title description type properties required additionalProperties items minItems maxItems minProperties enum const default examples minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength pattern oneOf anyOf'.split(
    ' ',
  ),
);

const UNIT_PATTERNS = new Map(
  DOCUMENT_KINDS.flatMap((kind) => Object.values(schemaOf(kind).$defs ?? {})).flatMap((node) =>
    node['x-berth-unit'] && node.pattern ? [[node['x-berth-unit'], new RegExp(node.pattern, 'u')] as const] : [],
  ),
);

describe.each(DOCUMENT_KINDS)('the schema of %s', (kind) => {
  const nodes = [...nodesOf(kind)];

  it('tells of every key what it is', () => {
    for (const [place, node] of nodes) {
      expect(node.title, place).toMatch(/^[A-Z]/);
      expect(node.description, place).toMatch(/^[A-Z`].*\.$/s);
    }
  });

  it('lets no unknown key pass', () => {
    for (const [place, node] of nodes) if (node.properties) expect(node.additionalProperties, place).toBe(false);
  });

  it('uses only keywords that there are words for', () => {
    for (const [place, node] of nodes) {
      expect(
        Object.keys(node).filter((key) => !KNOWN.has(key) && !key.startsWith('x-berth-')),
        place,
      ).toEqual([]);
    }
  });

  it('describes each choice', () => {
    for (const [place, node] of nodes)
      if (node.enum) expect(node['x-berth-enum-descriptions']?.length, place).toBe(node.enum.length);
  });

  it('gives quantities as defaults and examples that can be read', () => {
    for (const [place, node] of nodes) {
      const unit = node['x-berth-unit'];
      if (!unit) continue;
      const texts = [...(node.examples ?? []), ...(node.default === undefined ? [] : [node.default])];
      expect(texts.length, place).toBeGreaterThan(0);
      for (const text of texts) expect(parseQuantity(String(text), unit).ok, `${place} ${String(text)}`).toBe(true);
    }
  });

  it('begins with a snippet that is a valid document once its places are filled', () => {
    const text = (schemaOf(kind)['x-berth-snippet'] ?? '').replace(/\$\{\d+:([^}]*)\}/g, '$1');
    const [document] = readYaml(text).documents;
    expect(document?.slips).toEqual([]);
    const valid = validateDocument(new YamlNode(document!.root!, document!.base).plain());
    expect(validateDocument.errors ?? []).toEqual([]);
    expect(valid).toBe(true);
  });
});

describe('quantity patterns', () => {
  it('let pass only what is read', () => {
    const r = random(5);
    const pieces = [
      '1',
      '20',
      '.',
      '5',
      'e3',
      'E-2',
      'e99',
      'ms',
      's',
      'm',
      'us',
      'µs',
      'Gi',
      'GiB',
      'GB',
      'G',
      'B',
      'k',
      'K',
      'KiB',
      '/s',
      '/min',
      '-',
      ' ',
      '0',
      '9'.repeat(20),
    ];
    let passed = 0;
    for (let i = 0; i < 60_000; i++) {
      const text = Array.from({ length: 1 + r.int(4) }, () => r.pick(pieces)).join('');
      for (const [unit, pattern] of UNIT_PATTERNS) {
        if (!pattern.test(text)) continue;
        passed++;
        expect(parseQuantity(text, unit).ok, `${unit} ${text}`).toBe(true);
      }
    }
    expect(passed).toBeGreaterThan(300);
  });

  it('let pass whatever is written for people', () => {
    const r = random(9);
    for (let i = 0; i < 3000; i++) {
      for (const unit of QUANTITY_KINDS) {
        const value = 10 ** (r.next() * 12 - 3);
        const text = formatQuantity(unit === 'size' ? Math.ceil(value) : value, unit, { digits: i % 2 ? 3 : 'exact' });
        expect(text, unit).toMatch(UNIT_PATTERNS.get(unit)!);
      }
    }
  });
});

describe('the schema tree', () => {
  it('is walked by keys and indices', () => {
    expect(schemaAt(['spec', 'jobs', 3, 'slo', 'latency'], 'InferenceCluster')).toMatchObject({
      title: 'Latency',
      'x-berth-unit': 'duration',
      examples: ['720ms'],
    });
    expect(schemaAt(['spec', 'pins', 'conv1'], 'TrainingPlacement')).toMatchObject({ type: 'string' });
    expect(schemaAt(['spec', 'nope'], 'Federation')).toBeUndefined();
    expect(schemaAt(['spec', 'toString'], 'Federation')).toBeUndefined();
  });

  it('finds where a misplaced key belongs', () => {
    expect(placesOfKey('coldStart', ['spec'], 'InferenceCluster')).toEqual([
      { path: ['spec', 'autoscaler'], steps: 1 },
      { path: ['spec', 'simulation'], steps: 1 },
    ]);
    expect(placesOfKey('objective', ['spec', 'jobs', 2], 'InferenceCluster')).toEqual([{ path: ['spec'], steps: 2 }]);
    expect(placesOfKey('latency', ['spec', 'jobs', 2], 'InferenceCluster')[0]).toEqual({
      path: ['spec', 'jobs', 2, 'slo'],
      steps: 1,
    });
    expect(placesOfKey('nonsense', ['spec'], 'InferenceCluster')).toEqual([]);
  });
});
