import type { InferencePreview, JobPreview, WhatIf } from '../../../server/src/lsp/protocol.ts';
import { count, duration, measuredPercent, perSecond, signed, threeDigits } from '../drawing/figures.ts';
import { category, ramp } from '../drawing/palette.ts';
import { Swatch } from '../drawing/patterns.tsx';
import { DataTable } from '../frame/data-table.tsx';
import type { Column } from '../frame/data-table.tsx';
import { Delta } from '../frame/delta.tsx';
import { selected, selectionOf } from '../frame/selectable.ts';
import type { Touch } from '../frame/selectable.ts';
import { latencyOf, SloBullet } from './slo-bullet.tsx';

const MOST_BLOCKS = 12;
/** Letters from which on a name needs the room of a mark, where that is little. */
const LONG_NAME = 20;

interface Row {
  readonly job: JobPreview;
  readonly before: JobPreview | undefined;
  readonly index: number;
}

/** One row a job, the one with the least slack first. */
export function JobTable(props: {
  preview: InferencePreview;
  base: InferencePreview | null;
  whatIf: WhatIf;
  touch: Touch;
  onSlo: (name: string, ms: number) => void;
}) {
  const { preview, base, touch, onSlo } = props;
  const rows: Row[] = preview.jobs.map((job, index) => ({
    job,
    index,
    before: base?.jobs.find((other) => other.name === job.name),
  }));
  const chosen = selected(touch.selection, 'job');
  // One scale for all rows: twelve blocks for the job with the most replicas, where it has as many.
  const each = Math.max(
    1,
    ...rows.map(({ job, before }) => Math.ceil(Math.max(job.replicas, before?.replicas ?? 0) / MOST_BLOCKS)),
  );
  const room = Math.max(
    ...rows.map(({ job }) => Math.min(MOST_BLOCKS, Math.ceil(Math.max(job.max, job.replicas) / each))),
  );
  const explained = preview.jobs.find(({ name }) => name === (chosen ?? preview.neediest)) ?? preview.jobs[0];
  const percentiles = new Set(preview.jobs.map((job) => job.percentile));
  const columns: readonly Column<Row>[] = [
    {
      key: 'job',
      title: 'Job',
      sortBy: ({ job }) => job.name,
      cell: ({ job, index }) => (
        <button
          type="button"
          class="row-name"
          aria-pressed={chosen === job.name}
          onClick={() => touch.onSelect(selectionOf('job', job.name))}
        >
          <Swatch index={index} />
          <span>{job.name}</span>
          {preview.neediest === job.name && (
            <span class="needy" title="One more replica raises the objective most here">
              ▲<span class="wide-only"> gains most</span>
              <span class="sr-only">gains most from one more replica</span>
            </span>
          )}
        </button>
      ),
    },
    {
      key: 'replicas',
      title: 'Replicas',
      hint:
        each === 1
          ? 'What the objective gives this job at this load; the coldest replica is the last block'
          : `What the objective gives this job at this load; a block is ${each} replicas`,
      delta: 'short',
      numeric: true,
      sortBy: ({ job }) => job.replicas,
      cell: ({ job, before, index }) => (
        <span class="with-mark" title={job.why.words}>
          <Blocks
            replicas={job.replicas}
            most={job.max}
            each={each}
            room={room}
            before={before?.replicas}
            index={index}
          />
          <span class="number figure-with-delta">
            {count(job.replicas)}
            {job.replicas === 0 && job.sleep && ` (asleep; wakes in ${duration(job.sleep.wakesInMs)})`}
            <Delta now={job.replicas} before={before?.replicas} write={count} />
          </span>
        </span>
      ),
    },
    {
      key: 'utility',
      title: 'Utility',
      hint: 'From 0 to 1: how much of the promise is kept',
      delta: 'long',
      numeric: true,
      sortBy: ({ job }) => job.utility,
      cell: ({ job, before }) => (
        <span class="with-mark">
          <svg class="utility" width="40" height="10" aria-hidden="true">
            <rect class="bullet-ground" width="40" height="10" rx="2" />
            <rect width={40 * Math.min(1, Math.max(0, job.utility))} height="10" rx="2" fill={ramp(job.utility)} />
          </svg>
          <span class="number figure-with-delta">
            {threeDigits(job.utility)}
            <Delta now={job.utility} before={before?.utility} write={threeDigits} better="more" />
          </span>
        </span>
      ),
    },
    {
      key: 'latency',
      title: percentiles.size === 1 ? `p${[...percentiles][0]} / SLO` : 'Latency / SLO',
      hint: 'The tail latency by the M/D/c model with relaxation, against the SLO',
      numeric: true,
      sortBy: ({ job }) => latencyOf(job) / job.sloMs,
      cell: ({ job, before }) => (
        <span class="with-mark">
          <SloBullet
            job={job}
            sloOfText={before?.sloMs ?? job.sloMs}
            latencyBefore={before?.latencyMs}
            onSlo={(ms) => onSlo(job.name, ms)}
          />
          <span class="number latency">
            {percentiles.size > 1 && `p${job.percentile} `}
            {duration(latencyOf(job))} / {duration(job.sloMs)}
          </span>
        </span>
      ),
    },
    {
      key: 'slack',
      title: 'Slack',
      hint: 'How far the latency stays below the SLO, as a part of the SLO',
      delta: 'long',
      numeric: true,
      sortBy: ({ job }) => job.slack ?? -Infinity,
      cell: ({ job, before }) => (
        <span class="number figure-with-delta">
          {missed(job) ? (
            <span class="state-word error">
              <span aria-hidden="true">✕ </span>
              <span class="sr-only">missed, </span>
              {measuredPercent(job.slack)}
            </span>
          ) : (
            measuredPercent(job.slack)
          )}
          <Delta now={job.slack} before={before?.slack} write={measuredPercent} better="more" />
        </span>
      ),
    },
  ];
  return (
    <div
      class={`jobs cards-when-narrow ${preview.jobs.some(({ name }) => name.length > LONG_NAME) ? 'long-names' : ''}`}
    >
      <DataTable
        caption="Jobs"
        rows={rows}
        columns={columns}
        rowKey={({ job }) => job.name}
        sorting={{ key: 'slack', descending: false }}
        rowClass={({ job }) => (chosen === job.name ? 'chosen' : '')}
      />
      {explained !== undefined && (
        <p class="why">
          <strong>{explained.name}:</strong> {explained.why.words}
        </p>
      )}
      <details>
        <summary>Load, limits and the next replica of each job</summary>
        <div class="margins cards-when-narrow">
          <MarginTable jobs={preview.jobs} />
        </div>
      </details>
    </div>
  );
}

/** What the row has no room for: the load, the limits, and what one replica more or less would do. */
function MarginTable({ jobs }: { jobs: readonly JobPreview[] }) {
  return (
    <DataTable
      caption="Load, limits and the next replica of each job"
      rows={jobs}
      rowKey={(job) => job.name}
      columns={[
        { key: 'job', title: 'Job', sortBy: (job) => job.name, cell: (job) => job.name },
        {
          key: 'rate',
          title: 'Load',
          hint: 'Requests a second for which this was computed',
          numeric: true,
          sortBy: (job) => job.ratePerSecond,
          cell: (job) => perSecond(job.ratePerSecond),
        },
        { key: 'limits', title: 'Min to max', numeric: true, cell: (job) => `${count(job.min)} to ${count(job.max)}` },
        {
          key: 'needed',
          title: 'Needed',
          hint: 'Fewest replicas that meet the SLO at this load',
          numeric: true,
          sortBy: (job) => job.needed ?? NaN,
          cell: (job) => (job.needed === null ? 'none do' : count(job.needed)),
        },
        {
          key: 'gain',
          title: 'One more',
          hint: 'What one replica more would do to the objective',
          numeric: true,
          sortBy: (job) => job.gain ?? NaN,
          cell: (job) => (job.gain === null ? 'at max' : signed(job.gain)),
        },
        {
          key: 'loss',
          title: 'One less',
          hint: 'What one replica less would do to the objective',
          numeric: true,
          sortBy: (job) => job.loss ?? NaN,
          cell: (job) => (job.loss === null ? 'at min' : signed(job.loss)),
        },
        {
          key: 'why',
          title: 'Why so many',
          hint: 'What its last replica brings beside the least of all jobs, and what stopped it from having more',
          sortBy: (job) => job.why.limit,
          cell: (job) => <div class="reason">{job.why.words}</div>,
        },
      ]}
    />
  );
}

/** An SLO is missed where slack is negative, or where it has no bound and JSON made null of it. */
function missed(job: JobPreview): boolean {
  return (job.slack as number | null) === null || job.slack < 0;
}

/** Replicas as small blocks up to the job's maximum; the ones given are solid, what was given before has a dashed frame. */
function Blocks(props: {
  replicas: number;
  most: number;
  /** Replicas in a block. */
  each: number;
  /** Blocks in the row that has the most. */
  room: number;
  before: number | undefined;
  index: number;
}) {
  const { replicas, most, each, room, before, index } = props;
  const blocks = (count: number): number => Math.min(MOST_BLOCKS, Math.ceil(count / each));
  const [solid, ghost] = [blocks(replicas), blocks(before ?? 0)];
  const { colour } = category(index);
  return (
    <svg class="blocks" width={room * 7} height="12" aria-hidden="true">
      {Array.from({ length: Math.max(blocks(most), solid, ghost) }, (_, at) => (
        <rect
          key={at}
          x={at * 7 + 0.5}
          y="1.5"
          width="5"
          height="9"
          rx="1"
          class={at < solid ? 'block' : at < ghost ? 'block ghost' : 'block free'}
          fill={at < solid ? colour : 'none'}
        />
      ))}
    </svg>
  );
}
