/**
 * JSON Schema 2020-12, as Berth's own schemas use it, in the words of a structural schema of Kubernetes (apiextensions v1), and in CEL what that has
 * no words for. Defaults are told in descriptions alone, so that a stored resource holds what was written, and who reads it fills in the
 * rest as everywhere. What it does not know it refuses, so that no rule of a schema is lost unseen.
 */

/**
 * @typedef {object} Schema
 * @property {string} [$ref]
 * @property {string} [title]
 * @property {string} [description]
 * @property {unknown} [default]
 * @property {string | string[]} [type]
 * @property {string[]} [enum]
 * @property {unknown} [const]
 * @property {number} [minimum]
 * @property {number} [exclusiveMinimum]
 * @property {number} [exclusiveMaximum]
 * @property {string[]} [required]
 * @property {Record<string, Schema>} [properties]
 * @property {boolean | Schema} [additionalProperties]
 * @property {Schema} [items]
 * @property {Schema[]} [oneOf]
 * @property {Schema[]} [anyOf]
 */

/** @typedef {Record<string, Schema>} Definitions */

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

/** @param {Schema} schema @param {Definitions} defs @returns {Record<string, unknown>} a structural schema */
export function structural(schema, defs) {
  const node = resolved(schema, defs);
  const entries = Object.entries(node);
  const unknown = entries.find(([key]) => !SAME.includes(key) && !LEFT_OUT.test(key) && !TRANSLATED.has(key));
  if (unknown) throw new Error(`no words for "${unknown[0]}" in a CustomResourceDefinition`);
  const description = describedWithDefault(node);
  return {
    ...(description === undefined ? {} : { description }),
    ...Object.fromEntries(entries.filter(([key]) => SAME.includes(key))),
    ...typesOf(node),
    ...formsOf(node),
    ...('const' in node ? { enum: [node.const] } : {}),
    ...('exclusiveMinimum' in node ? { minimum: node.exclusiveMinimum, exclusiveMinimum: true } : {}),
    ...('exclusiveMaximum' in node ? { maximum: node.exclusiveMaximum, exclusiveMaximum: true } : {}),
    ...(node.items ? listOf(node.items, defs) : {}),
    ...fieldsOf(node, defs),
    ...rulesOf(node),
  };
}

/**
 * What stands beside a reference goes before what it refers to.
 *
 * @param {Schema} schema @param {Definitions} defs @returns {Schema}
 */
export function resolved(schema, defs) {
  if (schema.$ref === undefined) return schema;
  const found = defs[schema.$ref.replace('#/$defs/', '')];
  if (!found) throw new Error(`${schema.$ref} leads nowhere`);
  return { ...resolved(found, defs), ...schema };
}

/** @param {Schema} node */
function describedWithDefault({ description, default: value }) {
  if (value === undefined || description === undefined) return description;
  return `${description} Default: ${typeof value === 'string' ? value : JSON.stringify(value)}.`;
}

/** What may be anything but a list or a truth value; `undefined` takes away what was said of types. */
const OF_ANY_TYPE = {
  type: undefined,
  'x-kubernetes-preserve-unknown-fields': true,
  maxItems: 0,
  not: { enum: [true, false] },
};

/**
 * Several types have words of their own: a whole number or a text; and where fractions are among them, anything, narrowed by the rest.
 *
 * @param {Schema} node
 */
function typesOf({ type }) {
  if (!Array.isArray(type)) return {};
  const types = [...type].sort().join();
  if (types === 'integer,string') return { type: undefined, 'x-kubernetes-int-or-string': true };
  if (types === 'number,string') return { ...OF_ANY_TYPE, maxProperties: 0 };
  throw new Error(`no words for the types ${types}`);
}

/**
 * A word or a mapping, as `target` may be: no structural schema has an alternative of types. What is said of texts holds for texts alone, so that the
 * words are said; what stands in the mapping is left to who reads it.
 *
 * @param {Schema} node
 */
function formsOf({ oneOf }) {
  if (!oneOf?.every((form) => 'type' in form)) return {};
  const words = oneOf.flatMap((form) => form.enum ?? []);
  const types = [...new Set(oneOf.map(({ type }) => type))].sort().join();
  if (types !== 'object,string' || words.some((word) => !/^\w+$/.test(word)))
    throw new Error('no words for these forms of a value');
  return { ...OF_ANY_TYPE, pattern: `^(${words.join('|')})$`, minProperties: 1 };
}

/**
 * Things with names are found by them, so that two who write different ones do not meet.
 *
 * @param {Schema} items @param {Definitions} defs
 */
function listOf(items, defs) {
  const { type, required } = resolved(items, defs);
  const named = type === 'object' && required?.includes('name');
  return {
    items: structural(items, defs),
    'x-kubernetes-list-type': named ? 'map' : 'atomic',
    ...(named ? { 'x-kubernetes-list-map-keys': ['name'] } : {}),
  };
}

/**
 * Keys that are not known are refused by the server itself; where any may stand, it must be told to keep them.
 *
 * @param {Schema} node @param {Definitions} defs
 */
function fieldsOf({ type, properties, additionalProperties }, defs) {
  if (properties) {
    const fields = Object.entries(properties).map(([key, value]) => [key, structural(value, defs)]);
    return { properties: Object.fromEntries(fields) };
  }
  if (typeof additionalProperties === 'object') return { additionalProperties: structural(additionalProperties, defs) };
  return type === 'object' && additionalProperties !== false ? { 'x-kubernetes-preserve-unknown-fields': true } : {};
}

/**
 * In CEL, which can say in words what was meant.
 *
 * @param {Schema} node
 */
function rulesOf({ oneOf, anyOf, properties }) {
  const rules = [];
  if (oneOf && !oneOf.every((form) => 'type' in form)) {
    if (oneOf.length !== 2) throw new Error('one of more than two forms has no words');
    rules.push({ rule: oneOf.map(hasAll).join(' != '), message: `give either ${titles(oneOf)}` });
  }
  if (anyOf) rules.push({ rule: anyOf.map(hasAll).join(' || '), message: `give ${titles(anyOf)}` });
  const { min, max } = properties ?? {};
  if (min?.type === 'integer' && max?.type === 'integer')
    rules.push({
      rule: `!has(self.max) || self.max >= (has(self.min) ? self.min : ${String(min.default ?? min.minimum)})`,
      message: 'max is less than min',
    });
  return rules.length > 0 ? { 'x-kubernetes-validations': rules } : {};
}

/** @param {Schema} form */
function hasAll({ required = [] }) {
  if (required.length === 0) throw new Error('a form that requires nothing has no words');
  const all = required.map((key) => `has(self.${key})`).join(' && ');
  return required.length === 1 ? all : `(${all})`;
}

/** @param {Schema[]} forms */
function titles(forms) {
  return forms.map(({ title, required = [] }) => `${title} (${required.join(', ')})`).join(' or ');
}
