/**
 * Writes the CustomResourceDefinitions of Kubernetes (`deploy/crds/`) from the schemas of the kinds: what those say in JSON Schema 2020-12 in
 * the words of a structural schema, and in CEL what it has no words for. Defaults are told in descriptions alone, so that a
 * stored resource holds what was written, and who reads it fills in the rest as everywhere.
 */
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { readSchemas } from './validators.mjs';

export const owns = ['deploy/crds'];

const GROUP = 'berth.dev';

/** What a kind is called on a command line, and what `kubectl get` shows of one beside its name. */
const KINDS = {
  InferenceCluster: {
    shortNames: ['icl'],
    columns: [
      { name: 'Objective', type: 'string', jsonPath: '.spec.objective' },
      { name: 'Policy', type: 'string', jsonPath: '.spec.autoscaler.policy' },
    ],
  },
  TrainingPlacement: {
    shortNames: ['tpl'],
    columns: [
      { name: 'Algorithm', type: 'string', jsonPath: '.spec.algorithm' },
      { name: 'Graph', type: 'string', jsonPath: '.spec.graph' },
    ],
  },
  Federation: {
    shortNames: ['fed'],
    columns: [{ name: 'Group size', type: 'integer', jsonPath: '.spec.pattern.groupSize' }],
  },
};

/** Keywords that mean the same in a structural schema. */
const SAME = [
  ...['type', 'pattern', 'enum', 'minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems'],
  ...['minProperties', 'maxProperties', 'required'],
];

/** Keywords that say nothing there, or nothing that the rest does not say. */
const LEFT_OUT = /^(?:\$schema|\$id|\$defs|\$ref|title|examples|default|description|x-berth-.*)$/;

const TRANSLATED = new Set([
  ...['const', 'properties', 'items', 'additionalProperties', 'exclusiveMinimum', 'exclusiveMaximum', 'oneOf', 'anyOf'],
]);

/** @param {any} schema @param {Record<string, any>} defs @returns {any} a structural schema */
function structural(schema, defs) {
  const node = resolved(schema, defs);
  const unknown = Object.keys(node).find((key) => !SAME.includes(key) && !LEFT_OUT.test(key) && !TRANSLATED.has(key));
  if (unknown !== undefined) throw new Error(`no words for "${unknown}" in a CustomResourceDefinition`);
  const description = describedWithDefault(node);
  return {
    ...(description === undefined ? {} : { description }),
    ...Object.fromEntries(SAME.filter((key) => key in node).map((key) => [key, node[key]])),
    ...typesOf(node),
    ...('const' in node ? { enum: [node.const] } : {}),
    ...('exclusiveMinimum' in node ? { minimum: node.exclusiveMinimum, exclusiveMinimum: true } : {}),
    ...('exclusiveMaximum' in node ? { maximum: node.exclusiveMaximum, exclusiveMaximum: true } : {}),
    ...(node.items ? listOf(node, defs) : {}),
    ...fieldsOf(node, defs),
    ...rulesOf(node),
  };
}

/** What stands beside a reference goes before what it refers to. */
function resolved(schema, defs) {
  if (!schema.$ref) return schema;
  const name = schema.$ref.replace('#/$defs/', '');
  return { ...resolved(defs[name], defs), ...schema };
}

function describedWithDefault({ description, default: value }) {
  if (value === undefined || description === undefined) return description;
  return `${description} Default: ${typeof value === 'string' ? value : JSON.stringify(value)}.`;
}

/** Several types have words of their own: a whole number or a text; and where fractions are among them, anything, narrowed by the rest. */
function typesOf({ type }) {
  if (!Array.isArray(type)) return {};
  if ([...type].sort().join() === 'integer,string') return { type: undefined, 'x-kubernetes-int-or-string': true };
  if ([...type].sort().join() !== 'number,string') throw new Error(`no words for the types ${type.join()}`);
  return {
    ...{ type: undefined, 'x-kubernetes-preserve-unknown-fields': true },
    ...{ maxProperties: 0, maxItems: 0, not: { enum: [true, false] } },
  };
}

/** Things with names are found by them, so that two who write different ones do not meet. */
function listOf({ items }, defs) {
  const item = structural(items, defs);
  const named = item.type === 'object' && item.required?.includes('name');
  return {
    items: item,
    'x-kubernetes-list-type': named ? 'map' : 'atomic',
    ...(named ? { 'x-kubernetes-list-map-keys': ['name'] } : {}),
  };
}

/** Keys that are not known are refused by the server itself where all keys are. */
function fieldsOf({ properties, additionalProperties }, defs) {
  if (properties)
    return {
      properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, structural(value, defs)])),
    };
  return typeof additionalProperties === 'object'
    ? { additionalProperties: structural(additionalProperties, defs) }
    : {};
}

/** In CEL, which can say in words what was meant. */
function rulesOf({ oneOf, anyOf, properties }) {
  const rules = [];
  const has = (/** @type {{required: string[]}} */ { required }) =>
    required.length === 1 ? `has(self.${required[0]})` : `(${required.map((key) => `has(self.${key})`).join(' && ')})`;
  const titles = (/** @type {{title: string, required: string[]}[]} */ forms) =>
    forms.map(({ title, required }) => `${title} (${required.join(', ')})`).join(' or ');
  if (oneOf) {
    if (oneOf.length !== 2) throw new Error('one of more than two forms has no words');
    rules.push({ rule: oneOf.map(has).join(' != '), message: `give either ${titles(oneOf)}` });
  }
  if (anyOf) rules.push({ rule: anyOf.map(has).join(' || '), message: `give ${titles(anyOf)}` });
  const { min, max } = properties ?? {};
  if (min?.type === 'integer' && max?.type === 'integer')
    rules.push({
      rule: `!has(self.max) || self.max >= (has(self.min) ? self.min : ${min.default ?? min.minimum})`,
      message: 'max is less than min',
    });
  return rules.length > 0 ? { 'x-kubernetes-validations': rules } : {};
}

/** What an operator says of a resource. */
const STATUS = {
  description: 'What is live, as the operator of Berth saw it last.',
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    observedGeneration: { description: 'Of the spec that the rest is about.', type: 'integer', format: 'int64' },
    conditions: {
      description: 'What holds of the deployment, and why.',
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
        properties: {
          type: { type: 'string', maxLength: 316 },
          status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
          observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
          lastTransitionTime: { type: 'string', format: 'date-time' },
          reason: { type: 'string', minLength: 1, maxLength: 1024 },
          message: { type: 'string', maxLength: 32768 },
        },
      },
    },
  },
};

/** Of the root only `metadata.name` may be narrowed; version and kind are the server's own. */
function rootOf(schema) {
  const { description, properties, $defs } = schema;
  const { name } = properties.metadata.properties;
  const { type, pattern, maxLength } = resolved(name, $defs);
  return {
    description,
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: properties.apiVersion.description },
      kind: { type: 'string', description: properties.kind.description },
      metadata: { type: 'object', properties: { name: { type, pattern, maxLength } } },
      spec: structural(properties.spec, $defs),
      status: STATUS,
    },
  };
}

function definition(kind, schema) {
  const { shortNames, columns } = KINDS[kind];
  const singular = kind.toLowerCase();
  const version = schema.properties.apiVersion.const.replace(`${GROUP}/`, '');
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural: `${singular}s`, singular, shortNames, categories: ['berth'] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            ...columns,
            { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
            { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
          ],
          schema: { openAPIV3Schema: rootOf(schema) },
        },
      ],
    },
  };
}

export default async function generate() {
  const style = await resolveConfig(new URL('../../package.json', import.meta.url).pathname);
  const files = {};
  for (const { kind, schema } of await readSchemas()) {
    if (!schema.$defs?.target) continue; // a file, which nobody deploys
    const text = stringify(withoutUndefined(definition(kind, schema)), { lineWidth: 0, aliasDuplicateObjects: false });
    const path = `deploy/crds/${kind.toLowerCase()}s.yaml`;
    files[path] = await format(`# Generated by scripts/generate/crds.mjs from schemas/. Do not edit.\n${text}`, {
      ...style,
      parser: 'yaml',
    });
  }
  return files;
}

/** @param {object} value */
function withoutUndefined(value) {
  return JSON.parse(JSON.stringify(value));
}
