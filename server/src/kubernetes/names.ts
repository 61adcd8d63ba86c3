/** Names for a spec (RFC 1123, at most 63 characters) of those that resources have, each once. */

const LONGEST = 63;

export class Names {
  readonly #taken = new Set<string>();
  readonly #numbers = new Map<string, number>();

  of(written: string): string {
    const base = cut(written.toLowerCase().replace(/[^a-z0-9]+/g, '-'), LONGEST) || 'job';
    let name = base;
    while (this.#taken.has(name)) {
      const number = (this.#numbers.get(base) ?? 1) + 1;
      this.#numbers.set(base, number);
      const ending = `-${number}`;
      name = cut(base, LONGEST - ending.length) + ending;
    }
    this.#taken.add(name);
    return name;
  }
}

/** Begins and ends with a letter or a digit. */
function cut(name: string, longest: number): string {
  return name.replace(/^-+/, '').slice(0, longest).replace(/-+$/, '');
}
