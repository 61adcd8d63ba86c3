/** Values as text that is the same for the same meaning: what plans are compared and sealed by. */

/**
 * JSON with the keys of every object in code point order, no blanks and no absent values, so that equal values have equal texts.
 *
 * @throws TypeError for what JSON cannot carry (NaN, infinities, functions): a mistake in the code, never a user's.
 */
export function canonicalJson(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'boolean' || typeof value === 'string')
    return JSON.stringify(value ?? null);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`JSON cannot carry the number ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  throw new TypeError(`JSON cannot carry a ${typeof value}`);
}
