/** What changes between two states of an InferenceCluster. */
import type { InferenceJob, Serve, Workload } from '../../../spec/types.ts';
import { commandLine } from '../../plan/command-line.ts';
import { differencesOf } from '../../plan/difference.ts';
import type { Difference } from '../../plan/difference.ts';
import { plainChange } from '../../plan/plain-change.ts';
import type { Narration } from '../../plan/plain-change.ts';
import { written } from '../../plan/spec-words.ts';
import type { Change, DesiredServing } from '../../types.ts';

/** What a new InferenceCluster brings: its jobs. */
export function createdServing({ spec, replicas }: DesiredServing): readonly Change[] {
  return spec.jobs.map(({ name, slo, serve }): Change => {
    const text = `+ job ${name}: ${replicasInWords(replicas[name]!)} of \`${programOf(serve)}\`, p${slo.percentile} within ${written('latency', slo.latency)}`;
    return { action: 'create', path: `jobs.${name}`, text };
  });
}

export function servingRuns({ spec }: DesiredServing): readonly string[] {
  return spec.jobs.map(({ name, replicas: { min, max }, serve }) => {
    const times = min === max ? `${max}` : `${min === 0 ? 'none' : min} to ${max}`;
    return `job ${name}, ${times} at a time: ${programOf(serve)}`;
  });
}

/** What a replica runs, as it is written: a command, or an application and its deployment. */
function programOf(serve: Serve | undefined): string {
  if (serve?.command) return commandLine(serve.command);
  return [serve?.importPath ?? 'nothing', ...(serve?.deployment === undefined ? [] : [serve.deployment])].join(' ');
}

/** `3 replicas`; a job that starts asleep says so. */
function replicasInWords(count: number): string {
  if (count === 0) return '0 replicas (asleep until a request comes)';
  return `${count} ${count === 1 ? 'replica' : 'replicas'}`;
}

/** What only the simulation is told of runs nowhere, and is no change. */
export function servingChanges(before: DesiredServing, after: DesiredServing): Narration {
  const state = ({ spec, replicas }: DesiredServing): unknown => ({
    ...spec,
    simulation: undefined,
    jobs: spec.jobs.map((job) => ({ ...job, serviceTime: undefined, initial: replicas[job.name] })),
  });
  const { differences, meaningless } = differencesOf(state(before), state(after), [
    'jobs.*.workload',
    'jobs.*.serve.command',
  ]);
  return { changes: differences.map(change), meaningless };
}

function change(difference: Difference): Change {
  const { path, before, after } = difference;
  const [room, job, what] = path;
  if (room !== 'jobs' || job === undefined) return plainChange(difference, path);
  if (path.length === 2) {
    const at = `jobs.${job}`;
    if (before === undefined) {
      const { initial, slo, serve } = after as InferenceJob & { readonly initial: number };
      const text = `+ job ${job}: ${replicasInWords(initial)} of \`${programOf(serve)}\`, p${slo.percentile} within ${written('latency', slo.latency)}`;
      return { action: 'create', path: at, text };
    }
    return { action: 'delete', path: at, text: `- job ${job}`, disruption: `${job} stops answering.` };
  }
  if (what === 'initial') {
    const numbers = { before: String(before), after: String(after) };
    return {
      action: 'update',
      path: `jobs.${job}.replicas`,
      ...numbers,
      text: `${job}: replicas ${numbers.before} → ${numbers.after}`,
    };
  }
  if (what === 'workload') return workloadChange(job, before as Workload, after as Workload);
  if (what === 'serve' && path.at(-1) === 'command') {
    const command = (value: unknown): string => `\`${commandLine((value as Serve['command'] | undefined) ?? [])}\``;
    const words = { before: command(before), after: command(after) };
    const text = `${job}: serve.command ${words.before} → ${words.after}, one replica after the other`;
    return { action: 'update', path: `jobs.${job}.serve.command`, ...words, text };
  }
  return plainChange(difference, path, job);
}

function workloadChange(job: string, before: Workload, after: Workload): Change {
  const words = { before: workloadWords(before), after: workloadWords(after) };
  // The same file and column: its content is what differs.
  const text =
    words.before === words.after
      ? `${job}: the trace ${words.after} has other numbers`
      : `${job}: workload ${words.before} → ${words.after}`;
  return { action: 'update', path: `jobs.${job}.workload`, ...words, text };
}

function workloadWords(workload: Workload): string {
  return workload.type === 'rate' ? written('rate', workload.rate) : `${workload.path}, column ${workload.column}`;
}
