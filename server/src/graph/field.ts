/** Reads one value out of parsed data, or says what is wrong with it: the readers of graph files share these doors. */
import { parseQuantity } from '../spec/quantities/quantity.ts';
import { pathText, type GraphFindings, type Path } from './graph-finding.ts';

export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One value's place: where it is and what it is; `problems` receives what is wrong with it. */
export class Field {
  readonly value: unknown;
  readonly #problems: GraphFindings;
  /** The field above; a path is made when it is asked for, which is only where something is wrong. */
  readonly #above: Field | Path;
  readonly #key: string | number;

  /** @param above the field that this one is in, or the path of that. @param key in it; a field of a path alone has none. */
  constructor(value: unknown, above: Field | Path, problems: GraphFindings, key: string | number = '') {
    this.value = value;
    this.#above = above;
    this.#problems = problems;
    this.#key = key;
  }

  get path(): Path {
    return this.#above instanceof Field ? [...this.#above.path, this.#key] : this.#above;
  }

  get missing(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** The field below, also of a value that is no mapping: then it is missing. */
  at(key: string): Field {
    const value = isMapping(this.value) && Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    return new Field(value, this, this.#problems, key);
  }

  /** The elements of a list; a missing list is empty. */
  list(): Field[] {
    if (this.missing) return [];
    if (!Array.isArray(this.value)) {
      this.#wrongType('a list');
      return [];
    }
    return this.value.map((element: unknown, i) => new Field(element, this, this.#problems, i));
  }

  mapping(): Mapping | undefined {
    if (isMapping(this.value)) return this.value;
    if (!this.missing) this.#wrongType('a mapping');
    return undefined;
  }

  /** Says that a mapping was needed here, unless there is one. */
  requireMapping(): boolean {
    if (isMapping(this.value)) return true;
    this.#wrongType('a mapping');
    return false;
  }

  /** A text. YAML reads a name such as `12` as a number: it is taken as the text it was written as. */
  text(): string | undefined {
    if (typeof this.value === 'string' && this.value !== '') return this.value;
    if (typeof this.value === 'number' && Number.isFinite(this.value)) return String(this.value);
    this.#wrongType('a name');
    return undefined;
  }

  optionalText(): string | undefined {
    return this.missing ? undefined : this.text();
  }

  /** A finite number, not negative. */
  number(): number | undefined {
    if (typeof this.value !== 'number') return this.#wrongType('a number');
    return Number.isFinite(this.value) && this.value >= 0 ? this.value : this.#notFinite();
  }

  /** A position in another list: a whole number, 0 or more. */
  index(): number | undefined {
    const value = this.number();
    return value === undefined || Number.isInteger(value) ? value : this.#wrongType('a whole number');
  }

  /** Microseconds, from a text such as `120us` or `1.5ms`. */
  duration(): number | undefined {
    const milliseconds = this.#quantity('duration', 'a duration such as 120us');
    return milliseconds === undefined ? undefined : milliseconds * 1000;
  }

  /** Bytes, from a text such as `4Mi`. */
  size(): number | undefined {
    return this.#quantity('size', 'a size such as 4Mi');
  }

  #quantity(kind: 'duration' | 'size', expected: string): number | undefined {
    if (typeof this.value === 'number' && !(Number.isFinite(this.value) && this.value >= 0)) return this.#notFinite();
    if (typeof this.value !== 'string') return this.#wrongType(expected);
    const read = parseQuantity(this.value, kind);
    return read.ok ? read.value : this.#wrongType(expected);
  }

  #wrongType(expected: string): undefined {
    const detail = this.missing ? `${expected} is missing` : `${shown(this.value)} is not ${expected}`;
    this.#problems.add({ code: 'BERTH3008', path: this.path, params: { where: pathText(this.path), detail } });
  }

  #notFinite(): undefined {
    const params = { where: pathText(this.path), value: shown(this.value) };
    this.#problems.add({ code: 'BERTH3004', path: this.path, params });
  }
}

function shown(value: unknown): string {
  if (typeof value === 'number') return String(value); // JSON has no text for NaN and infinity
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
