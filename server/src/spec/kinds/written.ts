/** What the readers of all kinds share: what a reference stands for, defaults of the schema, quantities. */
import { parseQuantity, type QuantityKind, type QuantityValue } from '../quantities/quantity.ts';
import { schemaAt } from '../schema/schema-tree.ts';
import type { TraceUnit } from '../references/trace.ts';
import type { Kind } from '../types.ts';

/** Gives what a reference stands for. */
export interface Resolver {
  /** Absolute path of a file beside the spec. */
  path(written: string): string;
  /** A trace's column, minute by minute. */
  requestsPerMinute(path: string, column: string, as: TraceReading): readonly number[];
  /** What a file says. */
  text(path: string): string;
}

/** How a spec says that a trace is read. */
export interface TraceReading {
  /** What its cells are; what the column's name says where it is left out. */
  readonly unit?: TraceUnit | undefined;
  /** Of times that name none. */
  readonly timezone?: string | undefined;
}

/** The schema's default at a path: the one place where defaults are told. */
export function standard<T>(kind: Kind, ...path: (string | number)[]): T {
  const schema = schemaAt(path, kind);
  if (schema?.default === undefined) throw new Error(`the schema of ${kind} has no default at ${path.join('.')}`);
  return schema.default as T;
}

export function quantity<K extends QuantityKind>(text: string, kind: K): QuantityValue[K] {
  const read = parseQuantity(text, kind);
  if (!read.ok) throw new Error(`the schema let "${text}" pass as a ${kind}`);
  return read.value;
}
