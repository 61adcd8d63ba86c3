/**
 * What a spec means beyond its schema, as far as no engine is needed to judge it: names given twice, limits the wrong way
 * round, references. Works on the tree, so that one mistake does not hide another.
 */
import { didYouMean } from './problems/did-you-mean.ts';
import { yamlText } from './yaml/edit.ts';
import { problem, replaceFix } from './problems/catalogue.ts';
import type { InText, Problem } from './problems/catalogue.ts';
import { parseQuantity } from './quantities/quantity.ts';
import { referenceProblem, resolveReference } from './references/reference.ts';
import type { Files, Reference } from './references/reference.ts';
import { schemaAt } from './schema/schema-tree.ts';
import type { DocumentKind, FileRole } from './schema/schema-tree.ts';
import { traceOf } from './references/trace.ts';
import type { Trace } from './references/trace.ts';
import type { Lines } from './yaml/outline.ts';
import type { Path, YamlNode } from './yaml/tree.ts';

/** What the checks of one document share. */
export interface Surroundings {
  readonly document: number;
  readonly lines: Lines;
  readonly folder: string | undefined;
  readonly files: Files;
}

export interface Meaning {
  readonly problems: readonly Problem<InText>[];
  readonly references: readonly Reference[];
}

export function checkMeaning(root: YamlNode, kind: DocumentKind, around: Surroundings): Meaning {
  const check = new MeaningCheck(root, kind, around);
  const spec = root.get('spec')?.value;
  if (!spec) return check;
  if (kind === 'InferenceCluster') check.cluster(spec);
  else if (kind === 'TrainingPlacement') check.placement(spec);
  else if (kind === 'Federation') check.federation(spec);
  return check;
}

/**
 * Jobs that nothing was said about and that refer to no file, with the resources that the capacity counted: one that is in a piece of
 * the text that did not change is the same green node as before, and is not judged again.
 */
const blameless = new WeakMap<YamlNode['green'], string>();

class MeaningCheck implements Meaning {
  readonly problems: Problem<InText>[] = [];
  readonly references: Reference[] = [];
  private readonly root: YamlNode;
  private readonly kind: DocumentKind;
  private readonly around: Surroundings;

  constructor(root: YamlNode, kind: DocumentKind, around: Surroundings) {
    this.root = root;
    this.kind = kind;
    this.around = around;
  }

  cluster(spec: YamlNode): void {
    this.uniqueNames(spec.get('jobs')?.value, (name, line, node, first) =>
      problem(
        'BERTH1010',
        { what: 'job', name, line },
        node.range,
        [],
        [{ range: first.range, message: 'the first one' }],
      ),
    );
    const capacity = spec.get('capacity')?.value;
    for (const key of ['cpu', 'memory']) this.positive(capacity?.get(key)?.value, ['spec', 'capacity', key]);
    const nodes = spec.get('nodes')?.value;
    this.distinctMachines(nodes, 'node', ['spec', 'nodes']);
    this.times(spec.at(['simulation', 'router']), ['spec', 'simulation', 'router']);
    const counted = ['cpu', 'memory'].filter(
      (resource) => capacity?.get(resource) ?? nodes?.items.some((node) => node.get(resource)),
    );
    for (const key of ['interval', 'reactiveInterval', 'horizon'])
      this.positive(spec.at(['autoscaler', key]), ['spec', 'autoscaler', key]);
    const forecast = spec.at(['autoscaler', 'forecast']);
    if (forecast) this.reference(forecast, 'forecast');
    spec.get('jobs')?.value.items.forEach((job, i) => {
      this.job(job, i, counted);
    });
  }

  /** @param counted resources of which a replica must say what it takes. */
  private job(job: YamlNode, i: number, counted: readonly string[]): void {
    const judged = counted.join();
    if (blameless.get(job.green) === judged) return;
    const before = this.problems.length + this.references.length;
    this.judgeJob(job, i, counted);
    if (this.problems.length + this.references.length === before) blameless.set(job.green, judged);
  }

  private judgeJob(job: YamlNode, i: number, counted: readonly string[]): void {
    const path: Path = ['spec', 'jobs', i];
    this.positive(job.at(['slo', 'latency']), [...path, 'slo', 'latency']);
    this.positive(job.get('processingTime')?.value, [...path, 'processingTime']);
    this.times(job.get('serviceTime')?.value, [...path, 'serviceTime']);
    const name = job.get('name')?.value;
    const min = job.at(['replicas', 'min'])?.scalar;
    const max = job.at(['replicas', 'max']);
    const most = max?.scalar;
    if (typeof most === 'number' && most < (typeof min === 'number' ? min : 1)) {
      const least = typeof min === 'number' ? min : 1;
      this.problems.push(
        problem('BERTH1020', { key: 'replicas', min: least, max: most }, max!.range, [
          replaceFix(`Raise the maximum to ${least}`, max!.range, String(least)),
        ]),
      );
    }
    for (const resource of ['cpu', 'memory']) {
      this.positive(job.at(['resources', resource]), [...path, 'resources', resource]);
      if (!counted.includes(resource) || job.at(['resources', resource]) || !name || name.type !== 'scalar') continue;
      this.problems.push(
        problem('BERTH1026', { job: String(name.scalar), resource }, job.get('resources')?.keyRange ?? name.range),
      );
    }
    const command = job.at(['serve', 'command']);
    if (command) this.command(command);
    const trace = job.at(['workload', 'trace']);
    if (trace) this.trace(trace, job.at(['workload', 'column']));
  }

  private trace(node: YamlNode, column: YamlNode | undefined): void {
    const reference = this.reference(node, 'trace');
    const snapshot = reference && this.around.files.read(reference.path!);
    if (!reference || !snapshot || typeof column?.scalar !== 'string') return;
    const trace = traceOf(reference.path!, snapshot.version, snapshot.text);
    const flaw = trace.flaw ?? columnFlaw(trace, column.scalar);
    if (flaw) {
      this.problems.push(problem('BERTH2006', { trace: reference.written, ...flaw }, reference.range));
    } else if (!trace.columns.includes(column.scalar)) {
      const suggestion = didYouMean(column.scalar, trace.loads);
      const fixes =
        suggestion === undefined ? [] : [replaceFix(`Change to "${suggestion}"`, column.range, yamlText(suggestion))];
      this.problems.push(
        problem(
          'BERTH2004',
          { column: column.scalar, trace: reference.written, columns: trace.loads, suggestion },
          column.range,
          fixes,
        ),
      );
    }
  }

  placement(spec: YamlNode): void {
    this.distinctMachines(spec.get('devices')?.value, 'device', ['spec', 'devices']);
    this.positive(spec.at(['link', 'bandwidth']), ['spec', 'link', 'bandwidth']);
    const graph = spec.get('graph')?.value;
    if (graph) this.reference(graph, 'graph');
    const module = spec.at(['train', 'module']);
    if (module) this.reference(module, 'module');
  }

  /** Devices or nodes: each with a name of its own, and more than nothing of what it has. */
  private distinctMachines(machines: YamlNode | undefined, what: string, path: Path): void {
    this.uniqueNames(machines, (name, line, node, first) =>
      problem('BERTH1010', { what, name, line }, node.range, [], [{ range: first.range, message: 'the first one' }]),
    );
    this.numbered(machines, what);
    machines?.items.forEach((machine, i) => {
      for (const key of ['cpu', 'memory']) this.positive(machine.get(key)?.value, [...path, i, key]);
    });
  }

  /** `gpu` with count 2 makes `gpu0` and `gpu1`: another one may not have one of these names. */
  private numbered(machines: YamlNode | undefined, what: string): void {
    const numbered = new Map<string, YamlNode>();
    for (const device of machines?.items ?? []) {
      const name = device.get('name')?.value;
      const count = device.get('count')?.value.scalar;
      if (typeof name?.scalar !== 'string' || typeof count !== 'number' || count > 1024) continue;
      for (let i = 0; i < count; i++) numbered.set(`${name.scalar}${i}`, name);
    }
    for (const device of machines?.items ?? []) {
      const name = device.get('name')?.value;
      if (typeof name?.scalar !== 'string' || device.get('count')) continue;
      const first = numbered.get(name.scalar);
      if (first)
        this.problems.push(
          problem(
            'BERTH1010',
            { what, name: name.scalar, line: this.line(first) },
            name.range,
            [],
            [{ range: first.range, message: 'numbered from this one' }],
          ),
        );
    }
  }

  federation(spec: YamlNode): void {
    this.uniqueNames(spec.get('sites')?.value, (name, line, node, first) =>
      problem('BERTH4005', { name, line }, node.range, [], [{ range: first.range, message: 'the first one' }]),
    );
    const command = spec.at(['training', 'command']);
    if (command) this.command(command);
  }

  private uniqueNames(
    list: YamlNode | undefined,
    say: (name: string, line: number, node: YamlNode, first: YamlNode) => Problem<InText>,
  ): void {
    const seen = new Map<string, YamlNode>();
    for (const item of list?.items ?? []) {
      const node = item.get('name')?.value;
      if (typeof node?.scalar !== 'string') continue;
      const first = seen.get(node.scalar);
      if (first) this.problems.push(say(node.scalar, this.line(first), node, first));
      else seen.set(node.scalar, node);
    }
  }

  /** min ≤ median ≤ p99, with a median above the minimum wherever times differ. */
  private times(node: YamlNode | undefined, path: Path): void {
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

  private positive(node: YamlNode | undefined, path: Path): void {
    const schema = schemaAt(path, this.kind);
    const unit = schema?.['x-berth-unit'];
    if (typeof node?.scalar !== 'string' || !unit || !schema['x-berth-positive']) return;
    const read = parseQuantity(node.scalar, unit);
    if (read.ok && read.value <= 0)
      this.problems.push(
        problem('BERTH1018', { key: String(path.at(-1)), value: node.scalar, rule: 'more than 0' }, node.range),
      );
  }

  /** A command whose first word is a path names a file; a bare word is looked up on the PATH when it is started. */
  private command(node: YamlNode): void {
    const program = node.items[0];
    if (typeof program?.scalar === 'string' && /^\.{0,2}[\\/]/.test(program.scalar)) this.reference(program, 'command');
    for (const argument of node.items.slice(1)) {
      if (typeof argument.scalar === 'string' && /^[^-].*\.(?:[cm]?[jt]s|py)$/.test(argument.scalar))
        this.reference(argument, 'command');
    }
  }

  private reference(node: YamlNode, role: FileRole): Reference | undefined {
    if (typeof node.scalar !== 'string' || node.scalar === '') return undefined;
    const { folder, files, document } = this.around;
    const reference: Reference = {
      role,
      written: node.scalar,
      path: resolveReference(node.scalar, folder),
      range: node.range,
      document,
    };
    this.references.push(reference);
    const found = referenceProblem(reference, folder, files);
    if (found) this.problems.push(found);
    return found ? undefined : reference;
  }

  private line(node: YamlNode): number {
    return this.around.lines.at(node.range.start) + 1;
  }
}

function columnFlaw(trace: Trace, name: string): { line: number; detail: string } | undefined {
  if (!trace.columns.includes(name)) return undefined;
  const column = trace.column(name);
  return column.ok ? undefined : column.flaw;
}
