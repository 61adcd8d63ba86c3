/** JSON from a disk or a socket. */

/** What a text says. @throws SyntaxError where it is no JSON, or holds a number beyond those that JSON can carry on. */
export function jsonOf(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // Numbers such as 1e400 become Infinity, of which no hash can be made. They are so rare that only texts with an exponent are looked through.
  if (/\d[eE]\+?\d{3}|\d{300}/.test(text)) mustBeFinite(value);
  return value;
}

function mustBeFinite(value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new SyntaxError('a number is beyond all numbers');
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(mustBeFinite);
}
