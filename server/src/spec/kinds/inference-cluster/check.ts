import { didYouMean } from '../../problems/did-you-mean.ts';
import { problem, replaceFix } from '../../problems/catalogue.ts';
import { TRACE_UNITS, traceAt, zoneLike, zoneNamed, type Times } from '../../references/trace.ts';
import { targetType, writtenTarget, type TargetType } from '../../target-type.ts';
import type { Serve } from '../../types.ts';
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
  const told = new Set<string>();
  const target = targetType(writtenTarget(spec.get('target')?.value));
  const statesColdStart = spec.at(['autoscaler', 'coldStart']) !== undefined;
  spec.get('jobs')?.value.items.forEach((job, i) => {
    checkJob(check, job, i, counted, told);
    checkServe(check, job, target);
    if (!statesColdStart) checkSleep(check, job);
  });
}

/** What a job says of how it is served, and its target does not read. */
function checkServe(check: Check, job: YamlNode, target: TargetType): void {
  const serve = job.get('serve')?.value;
  const name = job.get('name')?.value.scalar;
  if (!serve || typeof name !== 'string') return;
  for (const key of OF_OTHER_TARGETS[target]) {
    const said = serve.get(key);
    if (said) check.problems.push(problem('BERTH5503', { key: `serve.${key}`, job: name, target }, said.keyRange));
  }
}

const OF_OTHER_TARGETS: Readonly<Record<TargetType, readonly (keyof Serve)[]>> = {
  local: ['importPath', 'deployment', 'args', 'runtimeEnv'],
  ray: ['command', 'timeout', 'bodyLimit'],
};

/** A job that may sleep needs a cold start that a person stated: who wakes it waits for it. */
function checkSleep(check: Check, job: YamlNode): void {
  const min = job.at(['replicas', 'min']);
  const name = job.get('name')?.value.scalar;
  if (min?.scalar !== 0 || typeof name !== 'string') return;
  check.problems.push(problem('BERTH2023', { job: name }, min.range, [replaceFix('Keep one replica', min.range, '1')]));
}

/**
 * Jobs that nothing was said about and that refer to no file, with the resources that the capacity counted: one that is in a piece of
 * the text that did not change is the same green node as before, and is not judged again.
 */
const blameless = new WeakMap<YamlNode['green'], string>();

/** @param counted resources of which a replica must say what it takes. @param told traces that an earlier job has told about. */
function checkJob(check: Check, job: YamlNode, i: number, counted: readonly string[], told: Set<string>): void {
  if (job.type !== 'mapping') return; // the schema says so
  const judged = counted.join();
  if (blameless.get(job.green) === judged) return;
  const before = check.problems.length + check.references.length;
  judgeJob(check, job, i, counted, told);
  if (check.problems.length + check.references.length === before) blameless.set(job.green, judged);
}

function judgeJob(check: Check, job: YamlNode, i: number, counted: readonly string[], told: Set<string>): void {
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
  const sleep = job.at(['replicas'])?.get('scaleToZeroAfter');
  check.positive(sleep?.value, [...path, 'replicas', 'scaleToZeroAfter']);
  if (sleep && min !== 0 && typeof name?.scalar === 'string')
    check.problems.push(
      problem('BERTH2025', { job: name.scalar, min: typeof min === 'number' ? min : 1 }, sleep.keyRange),
    );
  for (const resource of ['cpu', 'memory']) {
    check.positive(job.at(['resources', resource]), [...path, 'resources', resource]);
    if (!counted.includes(resource) || job.at(['resources', resource]) || !name || name.type !== 'scalar') continue;
    check.problems.push(
      problem('BERTH1026', { job: String(name.scalar), resource }, job.get('resources')?.keyRange ?? name.range),
    );
  }
  const command = job.at(['serve', 'command']);
  if (command) check.command(command);
  const workload = job.get('workload')?.value;
  const trace = workload?.get('trace')?.value;
  if (workload && trace) checkTrace(check, workload, trace, told);
  for (const [key, second] of OF_TRACES) {
    const entry = workload?.get(key);
    if (!entry || trace || !workload?.get('rate')) continue;
    check.problems.push(problem('BERTH1017', { key: 'workload', first: 'a constant rate', second }, entry.keyRange));
  }
}

/** What is said of a trace, in words. */
const OF_TRACES = [
  ['unit', 'the unit of a trace'],
  ['timezone', 'the time zone of a trace'],
] as const;

/** @param told traces of which was said what holds for all of their columns. */
function checkTrace(check: Check, workload: YamlNode, node: YamlNode, told: Set<string>): void {
  const reference = check.reference(node, 'trace');
  const zone = zoneOf(check, workload);
  const trace = reference && traceAt(check.around.files, reference.path!)?.in(zone);
  const column = workload.get('column')?.value;
  if (!reference || !trace || typeof column?.scalar !== 'string') return;
  const name = trace.named(column.scalar) ?? column.scalar.normalize('NFC');
  if (!trace.flaw && !trace.columns.includes(name)) {
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
    return;
  }
  const unit = TRACE_UNITS.find((known) => known === workload.get('unit')?.value.scalar);
  const read = trace.column(name, unit);
  if (!read.ok) {
    check.problems.push(problem('BERTH2006', { trace: reference.written, ...read.flaw }, reference.range));
    return;
  }
  const { times } = trace;
  if (!('step' in times) || trace.isTime(name)) return;
  if (zone !== undefined && !times.usesGiven)
    check.problems.push(
      problem(
        'BERTH2019',
        { timezone: zone, trace: reference.written, why: whyNoZone(times) },
        timezoneOf(workload)!.range,
      ),
    );
  const reading = `${reference.path!}\n${zone ?? ''}`;
  const isFirst = !told.has(reading);
  told.add(reading);
  const notes = [...(isFirst ? times.notes : []), ...trace.notesOf(name)];
  if (notes.length > 0) {
    const params = { trace: reference.written, notes, minutes: read.values.length };
    check.problems.push(problem('BERTH2016', params, reference.range));
  }
  const remarks = [...(isFirst ? trace.remarks : []), ...(unit === undefined ? trace.remarksOf(name) : [])];
  if (remarks.length > 0)
    check.problems.push(problem('BERTH2017', { trace: reference.written, notes: remarks }, column.range));
}

function timezoneOf(workload: YamlNode): YamlNode | undefined {
  return workload.get('timezone')?.value;
}

/** The zone of a trace's times, as it is written; undefined where none is, or none that there is. */
function zoneOf(check: Check, workload: YamlNode): string | undefined {
  const node = timezoneOf(workload);
  const written = node?.scalar;
  if (!node || typeof written !== 'string' || written === '') return undefined;
  if (zoneNamed(written)) return written;
  const suggestion = zoneLike(written);
  const fixes =
    suggestion === undefined ? [] : [replaceFix(`Change to "${suggestion}"`, node.range, yamlText(suggestion))];
  check.problems.push(problem('BERTH2018', { timezone: written, suggestion }, node.range, fixes));
  return undefined;
}

function whyNoZone({ form, hasDate }: Times): string {
  if (form === 'epoch') return 'they count from 1970 in UTC';
  if (form !== 'clock') return 'no clock showed them';
  return hasDate ? 'each of them names its own, or is a day' : 'they have no date';
}
