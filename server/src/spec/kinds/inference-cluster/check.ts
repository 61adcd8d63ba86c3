import { didYouMean } from '../../problems/did-you-mean.ts';
import { problem, replaceFix } from '../../problems/catalogue.ts';
import { traceOf, type Trace } from '../../references/trace.ts';
import { yamlText } from '../../yaml/edit.ts';
import type { Path, YamlNode } from '../../yaml/tree.ts';
import type { Check } from '../check.ts';

export function checkCluster(check: Check, spec: YamlNode): void {
  check.uniqueNames(spec.get('jobs')?.value, (name, line, node, first) =>
    problem(
      'BERTH1010',
      { what: 'job', name, line },
      node.range,
      [],
      [{ range: first.range, message: 'the first one' }],
    ),
  );
  const capacity = spec.get('capacity')?.value;
  for (const key of ['cpu', 'memory']) check.positive(capacity?.get(key)?.value, ['spec', 'capacity', key]);
  const nodes = spec.get('nodes')?.value;
  check.distinctMachines(nodes, 'node', ['spec', 'nodes']);
  check.times(spec.at(['simulation', 'router']), ['spec', 'simulation', 'router']);
  const counted = ['cpu', 'memory'].filter(
    (resource) => capacity?.get(resource) ?? nodes?.items.some((node) => node.get(resource)),
  );
  for (const key of ['interval', 'reactiveInterval', 'horizon'])
    check.positive(spec.at(['autoscaler', key]), ['spec', 'autoscaler', key]);
  const forecast = spec.at(['autoscaler', 'forecast']);
  if (forecast) check.reference(forecast, 'forecast');
  spec.get('jobs')?.value.items.forEach((job, i) => {
    checkJob(check, job, i, counted);
  });
}

/**
 * Jobs that nothing was said about and that refer to no file, with the resources that the capacity counted: one that is in a piece of
 * the text that did not change is the same green node as before, and is not judged again.
 */
const blameless = new WeakMap<YamlNode['green'], string>();

/** @param counted resources of which a replica must say what it takes. */
function checkJob(check: Check, job: YamlNode, i: number, counted: readonly string[]): void {
  const judged = counted.join();
  if (blameless.get(job.green) === judged) return;
  const before = check.problems.length + check.references.length;
  judgeJob(check, job, i, counted);
  if (check.problems.length + check.references.length === before) blameless.set(job.green, judged);
}

function judgeJob(check: Check, job: YamlNode, i: number, counted: readonly string[]): void {
  const path: Path = ['spec', 'jobs', i];
  check.positive(job.at(['slo', 'latency']), [...path, 'slo', 'latency']);
  check.positive(job.get('processingTime')?.value, [...path, 'processingTime']);
  check.times(job.get('serviceTime')?.value, [...path, 'serviceTime']);
  const name = job.get('name')?.value;
  const min = job.at(['replicas', 'min'])?.scalar;
  const max = job.at(['replicas', 'max']);
  const most = max?.scalar;
  if (typeof most === 'number' && most < (typeof min === 'number' ? min : 1)) {
    const least = typeof min === 'number' ? min : 1;
    check.problems.push(
      problem('BERTH1020', { key: 'replicas', min: least, max: most }, max!.range, [
        replaceFix(`Raise the maximum to ${least}`, max!.range, String(least)),
      ]),
    );
  }
  for (const resource of ['cpu', 'memory']) {
    check.positive(job.at(['resources', resource]), [...path, 'resources', resource]);
    if (!counted.includes(resource) || job.at(['resources', resource]) || !name || name.type !== 'scalar') continue;
    check.problems.push(
      problem('BERTH1026', { job: String(name.scalar), resource }, job.get('resources')?.keyRange ?? name.range),
    );
  }
  const command = job.at(['serve', 'command']);
  if (command) check.command(command);
  const trace = job.at(['workload', 'trace']);
  if (trace) checkTrace(check, trace, job.at(['workload', 'column']));
}

function checkTrace(check: Check, node: YamlNode, column: YamlNode | undefined): void {
  const reference = check.reference(node, 'trace');
  const snapshot = reference && check.around.files.read(reference.path!);
  if (!reference || !snapshot || typeof column?.scalar !== 'string') return;
  const name = column.scalar.normalize('NFC');
  const trace = traceOf(reference.path!, snapshot.version, snapshot.text);
  const flaw = trace.flaw ?? columnFlaw(trace, name);
  if (flaw) {
    check.problems.push(problem('BERTH2006', { trace: reference.written, ...flaw }, reference.range));
  } else if (!trace.columns.includes(name)) {
    const suggestion = didYouMean(name, trace.loads);
    const fixes =
      suggestion === undefined ? [] : [replaceFix(`Change to "${suggestion}"`, column.range, yamlText(suggestion))];
    check.problems.push(
      problem(
        'BERTH2004',
        { column: name, trace: reference.written, columns: trace.loads, suggestion },
        column.range,
        fixes,
      ),
    );
  }
}

function columnFlaw(trace: Trace, name: string): { line: number; detail: string } | undefined {
  if (!trace.columns.includes(name)) return undefined;
  const column = trace.column(name);
  return column.ok ? undefined : column.flaw;
}
