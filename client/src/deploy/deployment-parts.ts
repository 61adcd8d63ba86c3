/** What a deployment in the tree consists of, in words. */
import type { Live, Status } from '../../../server/src/lsp/protocol.ts';
import { seen } from '../seen.ts';

export interface Part {
  readonly name: string;
  readonly words: string;
  readonly icon: string;
  readonly colour?: string;
  readonly tooltip?: string;
  /** An address that answers requests. */
  readonly address?: string;
}

/** Jobs, devices or sites with their state in words, then what went wrong. */
export function partsOf({ status, drift }: Pick<Live, 'status' | 'drift'>): Part[] {
  const faults = status.faults.map((fault): Part => ({
    name: fault.subject ?? fault.code,
    words: fault.message,
    icon: 'error',
    colour: 'list.errorForeground',
    tooltip: `${fault.message} ${fault.hint} (${fault.code})`,
  }));
  const drifts = drift.map(({ path, text }): Part => ({
    name: 'drift',
    words: text,
    icon: 'warning',
    colour: 'list.warningForeground',
    tooltip: `${text}${path === '' ? '' : ` (${path})`}. It was not asked for; applying the spec again mends it.`,
  }));
  return [...partsOfKind(status), ...drifts, ...faults].map(shown);
}

/** Whatever is called what: all of it is seen. */
function shown(part: Part): Part {
  const { name, words, tooltip } = part;
  return {
    ...part,
    name: seen(name),
    words: seen(words),
    ...(tooltip === undefined ? {} : { tooltip: seen(tooltip) }),
  };
}

function partsOfKind(status: Status): Part[] {
  switch (status.kind) {
    case 'InferenceCluster':
      return status.jobs.map((job): Part => {
        const short = job.readyReplicas < job.desiredReplicas;
        const slow = job.p99Ms !== null && job.p99Ms > job.sloMs;
        const replicas =
          job.wakesInMs === undefined
            ? `${job.readyReplicas}/${job.desiredReplicas} replicas`
            : `asleep, wakes in ${brief(job.wakesInMs / 1000)} s`;
        const latency =
          job.requests === null
            ? 'requests not measured'
            : job.p99Ms === null
              ? 'no requests yet'
              : `p99 ${brief(job.p99Ms)} of ${brief(job.sloMs)} ms`;
        const answers = job.endpoint === undefined ? '' : ` answers on ${job.endpoint}`;
        const counts =
          job.requests === null
            ? ''
            : `; ${job.requests} requests, ${job.refused ?? 0} refused, ${job.restarts ?? 0} restarts`;
        return {
          name: job.name,
          words: `${replicas}, ${latency}${slow ? ', over SLO' : ''}`,
          icon: short || slow ? 'warning' : 'server-process',
          ...(short || slow ? { colour: 'list.warningForeground' } : {}),
          tooltip: `${job.name}${answers}${counts}`,
          ...(job.endpoint === undefined ? {} : { address: job.endpoint }),
        };
      });
    case 'TrainingPlacement':
      return [
        {
          name: 'training',
          words: `step ${status.step} of ${status.steps}${status.loss === null ? '' : `, loss ${brief(status.loss)}`}`,
          icon: 'graph-line',
        },
        ...status.devices.map((device): Part => ({
          name: device.name,
          words: `${device.nodes} nodes${device.busyMsPerStep === null ? '' : `, busy ${brief(device.busyMsPerStep)} ms a step`}`,
          icon: 'circuit-board',
        })),
      ];
    case 'Federation':
      return [
        { name: 'training', words: `round ${status.round} of ${status.rounds}`, icon: 'graph-line' },
        ...status.sites.map((site): Part => ({
          name: site.name,
          words: `${site.state}${site.accuracy === null ? '' : `, accuracy ${(site.accuracy * 100).toPrecision(3)} %`}`,
          icon: site.state === 'lost' ? 'error' : 'organization',
          ...(site.state === 'lost' ? { colour: 'list.errorForeground' } : {}),
        })),
      ];
  }
}

function brief(value: number): string {
  return String(Number(value.toPrecision(3)));
}
