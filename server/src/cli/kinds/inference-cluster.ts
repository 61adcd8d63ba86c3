/** An InferenceCluster in a terminal: what it would do, and how it does. */
import type { ServingStatus } from '../../deploy/types.ts';
import { asleep } from '../../preview/words.ts';
import type { KindInTerminal } from '../kinds.ts';
import { servingParts } from '../picture/serving-picture.ts';
import { inferenceText } from '../text/inference-text.ts';
import { milliseconds, percent, significant } from '../text/number.ts';
import { measured } from '../text/measured.ts';
import { table } from '../text/table.ts';

export const inferenceCluster: KindInTerminal<'InferenceCluster'> = {
  preview: inferenceText,
  picture: servingParts,
  status,
};

function status({ jobs }: ServingStatus, width: number): string[] {
  return table(
    [
      { title: 'job', shrink: 'middle' },
      { title: 'replicas', align: 'right' },
      { title: 'req/s', align: 'right' },
      { title: 'p99', align: 'right' },
      { title: 'SLO', align: 'right' },
      { title: 'over', align: 'right' },
      { title: 'endpoint' },
    ],
    jobs.map((job) => [
      job.name,
      job.wakesInMs === undefined ? `${job.readyReplicas}/${job.desiredReplicas}` : `0 (${asleep(job.wakesInMs)})`,
      measured(job.requestsPerSecond, significant),
      measured(job.p99Ms, milliseconds),
      milliseconds(job.sloMs),
      measured(job.violationRate, percent),
      job.endpoint ?? '–',
    ]),
    width,
  );
}
