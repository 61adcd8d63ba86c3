/** The JSON Schemas as a tree that is walked along the path of a value: for checks, hover, completion and the reference. */
import { SCHEMAS } from '../generated/schemas.ts';
import type { DocumentKind } from '../generated/validators.js';
import type { QuantityKind } from '../quantities/quantity.ts';
import type { Path } from '../yaml/tree.ts';

export type { DocumentKind } from '../generated/validators.js';

export const DOCUMENT_KINDS = Object.keys(SCHEMAS) as DocumentKind[];

/** What a text that names a file refers to. */
export type FileRole = 'trace' | 'graph' | 'module' | 'command' | 'forecast';

/** The part of JSON Schema that our schemas use, and our own notes in it (`x-berth-…`). */
export interface SchemaNode {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly minItems?: number;
  readonly enum?: readonly (string | number)[];
  readonly const?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly pattern?: string;
  /** Alternatives, of which exactly one holds. */
  readonly oneOf?: readonly SchemaNode[];
  /** Alternatives, of which one at least holds; the first is the usual one. */
  readonly anyOf?: readonly SchemaNode[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
  /** The kind of quantity that a text holds. */
  readonly 'x-berth-unit'?: QuantityKind;
  /** A quantity that must be more than nothing. */
  readonly 'x-berth-positive'?: boolean;
  readonly 'x-berth-file'?: FileRole;
  /** What to insert for a new one, in the snippet syntax of editors. */
  readonly 'x-berth-snippet'?: string;
  /** What each value of `enum` means, in its order. */
  readonly 'x-berth-enum-descriptions'?: readonly string[];
}

/** The schema of a whole document. */
export function schemaOf(kind: DocumentKind): SchemaNode {
  return SCHEMAS[kind] as SchemaNode;
}

/** The schemas never change: each reference is followed once. */
const followed = new WeakMap<SchemaNode, SchemaNode>();

/** A node with its `$ref` followed; what stands beside the `$ref` wins. @param kind whose schema the node is part of. */
export function resolved(node: SchemaNode, kind: DocumentKind): SchemaNode {
  if (node.$ref === undefined) return node;
  let known = followed.get(node);
  if (!known) followed.set(node, (known = follow(node, kind)));
  return known;
}

function follow(node: SchemaNode, kind: DocumentKind): SchemaNode {
  const target = schemaOf(kind).$defs?.[node.$ref!.replace('#/$defs/', '')];
  const { $ref: _, ...own } = node;
  return target ? { ...resolved(target, kind), ...own } : own;
}

/** The schema of the value at a path of keys and indices; undefined where the schema knows no such place. */
export function schemaAt(path: Path, kind: DocumentKind): SchemaNode | undefined {
  let node: SchemaNode | undefined = schemaOf(kind);
  for (const step of path) {
    const parent: SchemaNode = resolved(node, kind);
    if (typeof step === 'number') node = parent.items;
    else if (parent.properties && Object.hasOwn(parent.properties, step)) node = parent.properties[step];
    else node = typeof parent.additionalProperties === 'object' ? parent.additionalProperties : undefined;
    if (!node) return undefined;
  }
  return resolved(node, kind);
}

/** A place that has a key, as seen from another place: its path, and how many steps away it is. */
export interface KeyPlace {
  /** Path of the mapping that takes the key. */
  readonly path: Path;
  readonly steps: number;
}

/**
 * Mappings near `from` (the path of a mapping) in which `key` is known: those above it, and those reached from them without
 * entering a list. Nearest first, and of equally near ones the schema's first.
 */
export function placesOfKey(key: string, from: Path, kind: DocumentKind): KeyPlace[] {
  const found: KeyPlace[] = [];
  const seen = new Set<string>();
  for (let up = 0; up <= from.length; up++) {
    const top = from.slice(0, from.length - up);
    const visit = (path: Path, steps: number): void => {
      const name = JSON.stringify(path);
      if (seen.has(name)) return;
      seen.add(name);
      const schema = schemaAt(path, kind);
      if (!schema?.properties) return;
      if (steps > 0 && Object.hasOwn(schema.properties, key)) found.push({ path, steps });
      for (const child of Object.keys(schema.properties)) visit([...path, child], steps + 1);
    };
    visit(top, up);
  }
  return found.sort((a, b) => a.steps - b.steps);
}
