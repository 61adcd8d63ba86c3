/**
 * Checks of plain data that comes from outside, against the type that it is said to have: the compiler compares the two, so that a
 * key that one of them lacks does not compile.
 */

/** What is wrong with a value, with the path to it in front; undefined where nothing is. The type is what the value is then. */
export interface Shape<T> {
  (value: unknown): string | undefined;
  readonly type?: T;
}

/** Of a key that may be absent: told apart, so that a shape which insists on the key does not compile where the type does not. */
export interface OptionalShape<T> extends Shape<T> {
  readonly optional: true;
}

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string };

export function checkShape<T>(shape: Shape<T>, value: unknown): Checked<T> {
  const detail = shape(value);
  // The one place where data from outside gets its type: the shape has just looked at all of it.
  return detail === undefined ? { ok: true, value: value as T } : { ok: false, detail };
}

const no = (what: string): string => `is no ${what}`;

export const text: Shape<string> = (value) => (typeof value === 'string' ? undefined : no('text'));
export const number: Shape<number> = (value) => (typeof value === 'number' ? undefined : no('number'));
export const whole: Shape<number> = (value) => (Number.isSafeInteger(value) ? undefined : no('whole number'));
export const natural: Shape<number> = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : no('number that counts something');
export const truth: Shape<boolean> = (value) => (typeof value === 'boolean' ? undefined : no('truth value'));

export function oneOf<const T extends string | number | null>(...values: readonly T[]): Shape<T> {
  return (value) => (values.some((one) => one === value) ? undefined : `is none of ${values.map(String).join(', ')}`);
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value) => (value === null ? undefined : shape(value));
}

/** For a key that may be absent. */
export function optional<T>(shape: Shape<T>): OptionalShape<T | undefined> {
  const allowsAbsence = (value: unknown): string | undefined => (value === undefined ? undefined : shape(value));
  return Object.assign(allowsAbsence, { optional: true } as const);
}

export function listOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return no('list');
    for (const [i, item] of value.entries()) {
      const detail = shape(item);
      if (detail !== undefined) return below(String(i), detail);
    }
    return undefined;
  };
}

/** A list of one at least. */
export function someOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  const list = listOf(shape);
  return (value) => list(value) ?? ((value as readonly T[]).length > 0 ? undefined : 'is empty');
}

/** An object whose keys are names of things. */
export function mapOf<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value) => {
    if (!isObject(value)) return no('object');
    for (const [key, item] of Object.entries(value)) {
      const detail = shape(item);
      if (detail !== undefined) return below(key, detail);
    }
    return undefined;
  };
}

/** Further keys are allowed: a newer writer may have more to say. */
export function object<T extends object>(fields: {
  readonly [K in keyof T]-?: undefined extends T[K] ? OptionalShape<T[K]> : Shape<T[K]>;
}): Shape<T> {
  const entries = Object.entries<Shape<unknown>>(fields);
  return (value) => {
    if (!isObject(value)) return no('object');
    for (const [key, shape] of entries) {
      const detail = shape(value[key]);
      if (detail !== undefined) return below(key, value[key] === undefined ? 'is missing' : detail);
    }
    return undefined;
  };
}

/** One of several objects, told apart by a key. */
export function taggedBy<T extends object, K extends keyof T & string>(
  tag: K,
  shapes: { readonly [V in T[K] & string]: Shape<Extract<T, Readonly<Record<K, V>>>> },
): Shape<T> {
  const known = new Map(Object.entries<Shape<unknown>>(shapes));
  return (value) => {
    if (!isObject(value)) return no('object');
    const shape = known.get(String(value[tag]));
    return shape ? shape(value) : below(tag, `is none of ${[...known.keys()].join(', ')}`);
  };
}

/** A value that another check is in charge of, whose type is taken on trust beyond this one. */
export function trusted<T>(shape: Shape<unknown>): Shape<T> {
  return (value) => shape(value);
}

function below(key: string, detail: string): string {
  return `${key}${detail.startsWith('is ') ? ' ' : '.'}${detail}`;
}

/** In which version of its format a value was written; 1 where it does not say, as the first versions did not. */
export function formatOf(value: unknown): number {
  return isObject(value) && value.format !== undefined ? Number(value.format) : 1;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
