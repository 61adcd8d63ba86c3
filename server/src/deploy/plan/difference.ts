/**
 * The differences between two plain values, as a person sees them: lists of named things are compared by name, so moving one is no
 * change; a number that only lost its last digits is none either. What is passed over is counted, never dropped silently.
 */

export interface Difference {
  readonly path: readonly string[];
  /** Undefined where it was not there, or is there no more. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface Differences {
  readonly differences: readonly Difference[];
  /** Differences that mean nothing. */
  readonly meaningless: number;
}

/** Relative difference below which two numbers are written the same by anyone. */
const SAME_NUMBER = 1e-9;

/**
 * @param whole paths (dots between keys, `*` for any key) below which is not looked: the value there is one thing.
 */
export function differencesOf(before: unknown, after: unknown, whole: readonly string[] = []): Differences {
  const differences: Difference[] = [];
  let meaningless = 0;
  const patterns = whole.map((pattern) => pattern.split('.'));
  const isWhole = (path: readonly string[]): boolean =>
    patterns.some(
      (pattern) => pattern.length === path.length && pattern.every((part, i) => part === '*' || part === path[i]),
    );

  const visit = (a: unknown, b: unknown, path: readonly string[]): void => {
    if (equal(a, b)) return;
    if (
      typeof a === 'number' &&
      typeof b === 'number' &&
      Math.abs(a - b) <= SAME_NUMBER * Math.max(Math.abs(a), Math.abs(b))
    ) {
      meaningless += 1;
      return;
    }
    const [mapA, mapB] = [asMap(a), asMap(b)];
    if (!mapA || !mapB || isWhole(path)) {
      differences.push({ path, before: a, after: b });
      return;
    }
    const found = differences.length + meaningless;
    for (const key of new Set([...mapA.keys(), ...mapB.keys()])) visit(mapA.get(key), mapB.get(key), [...path, key]);
    // Equal in every part and yet not equal: only the order differs.
    if (differences.length + meaningless === found) meaningless += 1;
  };
  visit(before, after, []);
  return { differences, meaningless };
}

/** The parts of a value by name; undefined for what has no named parts. */
function asMap(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value)) {
    const named = value.every(
      (item): item is { name: string } => typeof (item as { name?: unknown } | null)?.name === 'string',
    );
    return named && value.length > 0 ? new Map(value.map((item: { name: string }) => [item.name, item])) : undefined;
  }
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

function equal(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
