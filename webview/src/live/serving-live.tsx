import type { ServingStatus } from '../../../server/src/lsp/protocol.ts';
import { count, duration, percent, perSecond } from '../drawing/figures.ts';
import { Swatch } from '../drawing/patterns.tsx';
import { DataTable } from '../frame/data-table.tsx';

/** Each job as it is: replicas ready of those wanted, latency against its SLO, its queue, its address. */
export function ServingLive({ status }: { status: ServingStatus }) {
  return (
    <div class="cards-when-narrow">
      <DataTable
        caption="Jobs as they run"
        rows={status.jobs}
        rowKey={(job) => job.name}
        columns={[
          {
            key: 'job',
            title: 'Job',
            sortBy: (job) => job.name,
            cell: (job) => (
              <>
                <Swatch index={status.jobs.indexOf(job)} /> {job.name}
              </>
            ),
          },
          {
            key: 'replicas',
            title: 'Ready',
            numeric: true,
            sortBy: (job) => job.readyReplicas,
            cell: (job) => (
              <span class={job.readyReplicas < job.desiredReplicas ? 'state-word warning' : ''}>
                {job.readyReplicas < job.desiredReplicas ? '▲ ' : ''}
                {job.wakesInMs === undefined
                  ? `${count(job.readyReplicas)}/${count(job.desiredReplicas)}`
                  : `0 (asleep; wakes in ${duration(job.wakesInMs)})`}
              </span>
            ),
          },
          {
            key: 'rate',
            title: 'Load',
            numeric: true,
            sortBy: (job) => job.requestsPerSecond ?? NaN,
            cell: (job) => perSecond(job.requestsPerSecond),
          },
          {
            key: 'p99',
            title: 'p99 / SLO',
            numeric: true,
            sortBy: (job) => (job.p99Ms ?? NaN) / job.sloMs,
            cell: (job) => (
              <span class={job.p99Ms !== null && job.p99Ms > job.sloMs ? 'state-word error' : ''}>
                {job.p99Ms !== null && job.p99Ms > job.sloMs ? '✕ ' : ''}
                {duration(job.p99Ms)} / {duration(job.sloMs)}
              </span>
            ),
          },
          {
            key: 'violations',
            title: 'Over SLO',
            numeric: true,
            sortBy: (job) => job.violationRate ?? NaN,
            cell: (job) => percent(job.violationRate),
          },
          {
            key: 'queue',
            title: 'Waiting',
            numeric: true,
            sortBy: (job) => job.queueLength ?? NaN,
            cell: (job) => count(job.queueLength),
          },
          {
            key: 'endpoint',
            title: 'Address',
            cell: (job) => (job.endpoint === undefined ? '–' : <code>{job.endpoint}</code>),
          },
        ]}
      />
      <details>
        <summary>Requests and restarts</summary>
        <DataTable
          caption="Requests and restarts of each job"
          rows={status.jobs}
          rowKey={(job) => job.name}
          columns={[
            { key: 'job', title: 'Job', sortBy: (job) => job.name, cell: (job) => job.name },
            {
              key: 'requests',
              title: 'Requests',
              numeric: true,
              sortBy: (job) => job.requests ?? NaN,
              cell: (job) => count(job.requests),
            },
            {
              key: 'refused',
              title: 'Refused',
              numeric: true,
              sortBy: (job) => job.refused ?? NaN,
              cell: (job) => count(job.refused),
            },
            {
              key: 'restarts',
              title: 'Restarts',
              numeric: true,
              sortBy: (job) => job.restarts ?? NaN,
              cell: (job) => count(job.restarts),
            },
            {
              key: 'mean',
              title: 'Mean',
              numeric: true,
              sortBy: (job) => job.meanMs ?? NaN,
              cell: (job) => duration(job.meanMs),
            },
          ]}
        />
      </details>
      {status.metricsUrl !== undefined && (
        <p class="note">
          Metrics: <code>{status.metricsUrl}</code>
        </p>
      )}
    </div>
  );
}
