/** The CustomResourceDefinitions hold to the rules of structural schemas, and take what Berth takes. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { structural } from '../../../scripts/structural-schema.mjs';
import { KINDS } from '../../../server/src/spec/types.ts';
import { readYaml } from '../../../server/src/spec/yaml/document.ts';
import { YamlNode } from '../../../server/src/spec/yaml/tree.ts';

const pathOf = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** A schema of Kubernetes, as far as it is looked at. */
interface Node {
  readonly type?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: unknown;
  readonly exclusiveMaximum?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly additionalProperties?: Node | false;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[];
}

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string; readonly shortNames: readonly string[] };
    readonly versions: readonly {
      readonly schema: { readonly openAPIV3Schema: Node };
      readonly additionalPrinterColumns: readonly { readonly type: string; readonly jsonPath: string }[];
    }[];
  };
}

interface Resource {
  readonly kind: string;
  readonly spec: { readonly jobs?: readonly object[] };
}

/** The documents of a YAML text as plain data. */
function documents(text: string): readonly unknown[] {
  return readYaml(text).documents.flatMap(({ root, base, slips }) => {
    expect(slips).toEqual([]);
    return root ? [new YamlNode(root, base).plain()] : [];
  });
}

const DEFINITIONS = readdirSync(pathOf('deploy/crds')).map((name) => {
  const [{ spec, metadata }] = documents(readFileSync(pathOf(`deploy/crds/${name}`), 'utf8')) as [Definition];
  expect(metadata.name).toBe(`${spec.names.plural}.${spec.group}`);
  const [version] = spec.versions;
  if (!version) throw new Error(`${name} has no version`);
  return { kind: spec.names.kind, names: spec.names, version, schema: version.schema.openAPIV3Schema };
});

/** Keywords of `JSONSchemaProps` that may stand in a structural schema; `$ref`, `definitions`, `patternProperties` … may not. */
const STRUCTURAL = new Set([
  ...['description', 'type', 'format', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum'],
  ...[
    'exclusiveMinimum',
    'exclusiveMaximum',
    'minItems',
    'maxItems',
    'minProperties',
    'maxProperties',
    'required',
    'not',
  ],
  ...['properties', 'additionalProperties', 'items', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
  ...['x-kubernetes-validations', 'x-kubernetes-int-or-string', 'x-kubernetes-preserve-unknown-fields'],
]);

/** What breaks the rules of https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema */
function* faults(node: Node, at: string): Generator<string> {
  for (const key of Object.keys(node)) if (!STRUCTURAL.has(key)) yield `${at}: ${key} is not allowed`;
  const untyped = node['x-kubernetes-int-or-string'] ?? node['x-kubernetes-preserve-unknown-fields'];
  if (node.type === undefined && untyped !== true) yield `${at}: has no type`;
  if (node.type !== undefined && typeof node.type !== 'string') yield `${at}: has several types`;
  for (const key of ['exclusiveMinimum', 'exclusiveMaximum'] as const)
    if (typeof (node[key] ?? false) !== 'boolean') yield `${at}: ${key} is no boolean`;
  if (node.exclusiveMinimum && node.minimum === undefined) yield `${at}: nothing is excluded`;
  if (node.properties && node.additionalProperties) yield `${at}: properties and additionalProperties`;
  if (node.additionalProperties === false) yield `${at}: additionalProperties are forbidden`;
  if (node.pattern !== undefined && /\(\?[=!<]|\\[1-9]/.test(node.pattern)) yield `${at}: a pattern that RE2 has not`;
  for (const key of node.required ?? [])
    if (!node.properties?.[key]) yield `${at}: requires "${key}", which it has not`;
  if (node['x-kubernetes-list-type'] === 'map')
    for (const key of node['x-kubernetes-list-map-keys'] ?? ['none']) {
      if (node.items?.properties?.[key]?.type !== 'string') yield `${at}: is found by "${key}", which is no text`;
      if (!node.items?.required?.includes(key)) yield `${at}: is found by "${key}", which may be missing`;
    }
  for (const { rule, message } of node['x-kubernetes-validations'] ?? []) {
    if (typeof message !== 'string' || message === '') yield `${at}: a rule without words`;
    for (const [, key] of rule.matchAll(/self\.(\w+)/g))
      if (!node.properties?.[key ?? '']) yield `${at}: a rule about "${key}", which it has not`;
  }
  if (node.type === 'object' && !node.properties && !node.additionalProperties && untyped !== true)
    yield `${at}: forgets what is in it`;
  if (node.type === 'array' && !node.items) yield `${at}: a list of what?`;
  for (const [key, child] of Object.entries(node.properties ?? {})) yield* faults(child, `${at}.${key}`);
  if (node.items) yield* faults(node.items, `${at}[]`);
  if (node.additionalProperties) yield* faults(node.additionalProperties, `${at}.*`);
}

/** As JSON Schema, in which an object has no other keys than those that it names: as the API server judges `kubectl apply`. */
function strict(node: Node): Record<string, unknown> {
  const { exclusiveMinimum, exclusiveMaximum, minimum, maximum, properties, items, additionalProperties, ...rest } =
    node;
  const said = Object.entries(rest).filter(([key]) => !/^(?:x-|description$|format$)/.test(key));
  const closed = node.type === 'object' && node['x-kubernetes-preserve-unknown-fields'] !== true;
  return {
    ...Object.fromEntries(said),
    ...(minimum === undefined ? {} : { [exclusiveMinimum ? 'exclusiveMinimum' : 'minimum']: minimum }),
    ...(maximum === undefined ? {} : { [exclusiveMaximum ? 'exclusiveMaximum' : 'maximum']: maximum }),
    ...(node['x-kubernetes-int-or-string'] ? { type: ['integer', 'string'] } : {}),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, child]) => [key, strict(child)])),
    }),
    ...(items && { items: strict(items) }),
    ...(additionalProperties
      ? { additionalProperties: strict(additionalProperties) }
      : closed && { additionalProperties: false }),
  };
}

const ajv = new Ajv({ allErrors: true, strict: false });
const CHECKS = new Map(DEFINITIONS.map(({ kind, schema }) => [kind, ajv.compile(strict(schema))]));

/** What is wrong with a resource. */
function refused(resource: unknown): readonly string[] {
  const check = CHECKS.get((resource as Resource).kind);
  if (!check) throw new Error('there is no such kind');
  check(resource);
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** With what stands in a snippet's places. */
const filledIn = (snippet: string): string => snippet.replace(/\$\{\d+:([^}]*)\}/g, '$1').replace(/\$\d/g, '');

const EXAMPLES = [
  ...readdirSync(pathOf('examples'))
    .filter((name) => name.endsWith('.berth.yaml'))
    .map((name) => [name, readFileSync(pathOf(`examples/${name}`), 'utf8')] as const),
  ...readdirSync(pathOf('media/templates')).map(
    (name) => [name, filledIn(readFileSync(pathOf(`media/templates/${name}`), 'utf8'))] as const,
  ),
];

const [CLUSTER] = documents(readFileSync(pathOf('examples/serving.berth.yaml'), 'utf8')) as [Resource];

describe('CustomResourceDefinitions', () => {
  it('are there for every kind', () => {
    expect(DEFINITIONS.map(({ kind }) => kind).sort()).toEqual([...KINDS].sort());
  });

  it.each(DEFINITIONS)('of $kind are structural', ({ kind, schema }) => {
    expect([...faults(schema, kind)]).toEqual([]);
    expect(Object.keys(schema.properties?.metadata?.properties ?? {})).toEqual(['name']);
  });

  it.each(DEFINITIONS)(
    'of $kind show columns that there are, and have a status of its own',
    ({ names, version, schema }) => {
      expect(version).toMatchObject({ served: true, storage: true, subresources: { status: {} } });
      for (const { jsonPath, type } of version.additionalPrinterColumns) {
        if (!jsonPath.startsWith('.spec.')) continue;
        const keys = jsonPath.slice(1).split('.');
        const found = keys.reduce<Node | undefined>((node, key) => node?.properties?.[key], schema);
        expect(found?.type, jsonPath).toBe(type);
      }
      expect(names.shortNames).toHaveLength(1);
    },
  );

  it.each(EXAMPLES)('take %s', (_, text) => {
    for (const resource of documents(text)) expect(refused(resource)).toEqual([]);
  });

  it('refuse a key that is misspelt', () => {
    const { jobs = [], ...others } = CLUSTER.spec;
    const misspelt = { ...CLUSTER, spec: { ...others, jobs: jobs.map((job) => ({ ...job, prioritty: 2 })) } };
    expect(new Set(refused(misspelt).map((one) => one.replace(/^\S+ /, '')))).toEqual(
      new Set(['must NOT have additional properties {"additionalProperty":"prioritty"}']),
    );
    expect(refused({ ...CLUSTER, spec: others })).toEqual([expect.stringContaining('"missingProperty":"jobs"')]);
  });

  it.each([
    [0.5, true],
    ['250m', true],
    [2, true],
    ['2 cores', false],
    [0, false],
    [{ cores: 2 }, false],
    [[2], false],
    [true, false],
  ])('take a cpu of %j: %s', (cpu, fits) => {
    const spec = { ...CLUSTER.spec, capacity: { cpu } };
    expect(refused({ ...CLUSTER, spec }).length === 0).toBe(fits);
  });

  it('have words for a word or a mapping, and for a mapping in which anything may stand', () => {
    const mapping = { type: 'object', required: ['ray'], properties: { ray: { type: 'object' } } };
    const either = structural({ oneOf: [{ type: 'string', enum: ['local', 'other'] }, mapping] }, {});
    expect([...faults(either as Node, 'target')]).toEqual([]);
    const check = ajv.compile(strict(either as Node));
    expect(['local', { ray: {} }, 'lokal', {}, [], ['local'], true].map((value) => check(value))).toEqual(
      [true, true, false, false, true, false, false], // nothing can be said of a list without items
    );
    expect(structural({ type: 'object' }, {})).toEqual({
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
    });
    expect(() => structural({ type: ['string', 'boolean'] }, {})).toThrow('no words for the types');
  });

  it('find jobs, nodes, devices and sites by their names', () => {
    const lists = DEFINITIONS.flatMap(({ schema }) =>
      Object.entries(schema.properties?.spec?.properties ?? {})
        .filter(([, node]) => node['x-kubernetes-list-type'] === 'map')
        .map(([key, node]) => [key, node['x-kubernetes-list-map-keys']] as const),
    );
    expect(Object.fromEntries(lists)).toEqual({
      nodes: ['name'],
      jobs: ['name'],
      devices: ['name'],
      sites: ['name'],
    });
  });
});
