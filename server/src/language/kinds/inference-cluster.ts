/** What an editor says of an InferenceCluster beyond its schema. */
import type { InferencePreview } from '../../preview/model.ts';
import { figureOf, percent, sleepOf, three } from '../../preview/words.ts';
import type { Path, YamlNode } from '../../spec/yaml/tree.ts';
import { milliseconds } from '../amount.ts';
import { behind, MISSED, type InlayHint } from '../hint.ts';
import { clusterHover, jobHover } from '../hover/job.ts';
import type { KindInEditor } from '../kinds.ts';
import { startsWith } from '../place.ts';

export const inferenceCluster: KindInEditor<'InferenceCluster'> = {
  answer: slos,
  hints: jobHints,
  hover: ({ path }, root, preview) => {
    if (!preview) return undefined;
    if (startsWith(path, 'spec', 'capacity') || startsWith(path, 'spec', 'objective')) return clusterHover(preview);
    const name = root.at([...path.slice(0, 3), 'name'])?.scalar;
    const job = ofJob(path) ? preview.jobs.find((other) => other.name === name) : undefined;
    return job && jobHover(preview, job);
  },
};

function slos({ jobs }: InferencePreview): string {
  const met = jobs.filter(({ slack }) => slack >= 0).length;
  return `${met < jobs.length ? `${MISSED} ` : ''}${met}/${jobs.length} SLOs met`;
}

function jobHints(root: YamlNode, { jobs }: InferencePreview): InlayHint[] {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  return (root.at(['spec', 'jobs'])?.items ?? []).flatMap((entry) => {
    const name = entry.get('name')?.value;
    const job = typeof name?.scalar === 'string' ? byName.get(name.scalar) : undefined;
    if (!job || !name) return [];
    const missed = job.slack < 0 ? ` > ${milliseconds(job.sloMs)}` : '';
    const sleep = sleepOf(job);
    const label =
      sleep === undefined
        ? `→ ${missed === '' ? '' : `${MISSED} `}${figureOf(job.replicas, 'replica')}, ${milliseconds(job.latencyMs)}${missed}`
        : `→ 0 replicas, ${sleep}`;
    const tooltip = `p${job.percentile} at ${three(job.ratePerSecond)} requests/s; utility ${three(job.utility)}, ${percent(Math.abs(job.slack))} ${job.slack < 0 ? 'over' : 'below'} the SLO of ${milliseconds(job.sloMs)}.`;
    return [{ offset: behind(entry, name), label, tooltip }];
  });
}

const JOB_KEYS: ReadonlySet<unknown> = new Set(['name', 'slo', 'replicas', 'processingTime', 'priority', 'workload']);

function ofJob(path: Path): boolean {
  return startsWith(path, 'spec', 'jobs', '*') && JOB_KEYS.has(path[3]);
}
