/**
 * What a spec means beyond its schema, as far as no engine is needed to judge it: names given twice, limits the wrong way
 * round, references. Works on the tree, so that one mistake does not hide another. What to look at says each kind's `check.ts`.
 */
import { problem } from '../problems/catalogue.ts';
import type { InText, Problem } from '../problems/catalogue.ts';
import { parseQuantity } from '../quantities/quantity.ts';
import { referenceProblem, resolveReference } from '../references/reference.ts';
import type { Files, Reference } from '../references/reference.ts';
import { schemaAt } from '../schema/schema-tree.ts';
import type { FileRole } from '../schema/schema-tree.ts';
import type { Kind } from '../types.ts';
import type { Lines } from '../yaml/outline.ts';
import type { Path, YamlNode } from '../yaml/tree.ts';

/** What the checks of one document share. */
export interface Surroundings {
  readonly document: number;
  readonly lines: Lines;
  readonly folder: string | undefined;
  readonly files: Files;
}

/** Machines of one document: each is placed on, drawn and counted by itself. */
const MOST_MACHINES = 10_000;
/** No schema admits a higher count of one entry. */
const MOST_COUNTED = 1024;

/** Collects what the check of one document finds. */
export class Check {
  readonly problems: Problem<InText>[] = [];
  readonly references: Reference[] = [];
  /** It is still being found out what some of them are: what the document means is not known until then. */
  isPending = false;
  readonly #kind: Kind;
  readonly around: Surroundings;

  constructor(kind: Kind, around: Surroundings) {
    this.#kind = kind;
    this.around = around;
  }

  /** Devices or nodes: not too many, each with a name of its own, and more than nothing of what it has. */
  distinctMachines(machines: YamlNode | undefined, what: string, path: Path): void {
    this.uniqueNames(machines, (name, line, node, first) =>
      problem('BERTH1010', { what, name, line }, node.range, [], [{ range: first.range, message: 'the first one' }]),
    );
    this.#numbered(machines, what);
    this.#notTooMany(machines, what);
    machines?.items.forEach((machine, i) => {
      for (const key of ['cpu', 'memory']) this.positive(machine.get(key)?.value, [...path, i, key]);
    });
  }

  /** `gpu` with count 2 makes `gpu0` and `gpu1`: another one may not have one of these names. */
  #numbered(machines: YamlNode | undefined, what: string): void {
    const items = machines?.items ?? [];
    const counted = new Map<string, { readonly name: YamlNode; readonly count: number }>();
    for (const device of items) {
      const name = device.get('name')?.value;
      const count = device.get('count')?.value.scalar;
      if (typeof name?.scalar !== 'string' || typeof count !== 'number' || count > MOST_COUNTED) continue;
      counted.set(name.scalar, { name, count });
    }
    /** `gpu10` is the eleventh of `gpu`, or the first of `gpu1`. */
    const numbered = (name: string): YamlNode | undefined => {
      for (let digits = 1; digits <= 4 && /^\d$/.test(name.at(-digits) ?? ''); digits++) {
        const number = name.slice(-digits);
        const found = digits > 1 && number.startsWith('0') ? undefined : counted.get(name.slice(0, -digits));
        if (found && Number(number) < found.count) return found.name;
      }
      return undefined;
    };
    for (const device of items) {
      const name = device.get('name')?.value;
      if (typeof name?.scalar !== 'string' || device.get('count')) continue;
      const first = numbered(name.scalar);
      if (first)
        this.problems.push(
          problem(
            'BERTH1010',
            { what, name: name.scalar, line: this.#line(first) },
            name.range,
            [],
            [{ range: first.range, message: 'numbered from this one' }],
          ),
        );
    }
  }

  #notTooMany(machines: YamlNode | undefined, what: string): void {
    let all = 0;
    for (const machine of machines?.items ?? []) {
      const count = machine.get('count')?.value.scalar;
      all += typeof count === 'number' && count > 1 && count <= MOST_COUNTED ? Math.floor(count) : 1;
    }
    if (machines && all > MOST_MACHINES)
      this.problems.push(problem('BERTH1041', { what, all, limit: MOST_MACHINES }, machines.range));
  }

  uniqueNames(
    list: YamlNode | undefined,
    say: (name: string, line: number, node: YamlNode, first: YamlNode) => Problem<InText>,
  ): void {
    const seen = new Map<string, YamlNode>();
    for (const item of list?.items ?? []) {
      const node = item.get('name')?.value;
      if (typeof node?.scalar !== 'string') continue;
      const first = seen.get(node.scalar);
      if (first) this.problems.push(say(node.scalar, this.#line(first), node, first));
      else seen.set(node.scalar, node);
    }
  }

  /** min ≤ median ≤ p99, with a median above the minimum wherever times differ. */
  times(node: YamlNode | undefined, path: Path): void {
    const key = String(path.at(-1));
    this.positive(node?.get('median')?.value, [...path, 'median']);
    const read = (name: string): { text: string; value: number; node: YamlNode } | undefined => {
      const part = node?.get(name)?.value;
      const quantity = typeof part?.scalar === 'string' ? parseQuantity(part.scalar, 'duration') : undefined;
      return quantity?.ok ? { text: String(part!.scalar), value: quantity.value, node: part! } : undefined;
    };
    const [min, median, p99] = [read('min') ?? { text: '0s', value: 0 }, read('median'), read('p99')];
    if (!median || median.value === 0) return;
    const disorder = (lower: string, below: string, upper: string, above: string, at: YamlNode): void => {
      this.problems.push(problem('BERTH2008', { key, lower, below, upper, above }, at.range));
    };
    if (min.value > median.value) disorder('min', min.text, 'median', median.text, median.node);
    else if (p99 && median.value > p99.value) disorder('median', median.text, 'p99', p99.text, p99.node);
    else if (p99 && min.value === median.value && p99.value > median.value)
      this.problems.push(problem('BERTH2009', { key, min: min.text, p99: p99.text }, median.node.range));
  }

  positive(node: YamlNode | undefined, path: Path): void {
    const schema = schemaAt(path, this.#kind);
    const unit = schema?.['x-berth-unit'];
    if (typeof node?.scalar !== 'string' || !unit || !schema['x-berth-positive']) return;
    const read = parseQuantity(node.scalar, unit);
    if (read.ok && read.value <= 0)
      this.problems.push(
        problem('BERTH1018', { key: String(path.at(-1)), value: node.scalar, rule: 'more than 0' }, node.range),
      );
  }

  /** A command whose first word is a path names a file; a bare word is looked up on the PATH when it is started. */
  command(node: YamlNode): void {
    const program = node.items[0];
    if (typeof program?.scalar === 'string' && /^\.{0,2}[\\/]/.test(program.scalar)) this.reference(program, 'command');
    for (const argument of node.items.slice(1)) {
      if (typeof argument.scalar === 'string' && /^[^-].*\.(?:[cm]?[jt]s|py)$/.test(argument.scalar))
        this.reference(argument, 'command');
    }
  }

  /** @param file what of the text names the file; all of it unless given. */
  reference(node: YamlNode, role: FileRole, file = node.scalar): Reference | undefined {
    if (typeof file !== 'string' || file === '') return undefined;
    const { folder, files, document } = this.around;
    const reference: Reference = {
      role,
      written: file,
      path: resolveReference(file, folder),
      range: node.range,
      document,
    };
    this.references.push(reference);
    const found = referenceProblem(reference, folder, files);
    if (found) this.problems.push(found);
    const isPending = reference.path !== undefined && files.pending?.(reference.path, role) === true;
    if (isPending) this.isPending = true;
    return found || isPending ? undefined : reference;
  }

  #line(node: YamlNode): number {
    return this.around.lines.at(node.range.start) + 1;
  }
}
