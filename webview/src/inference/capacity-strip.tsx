import { useRef } from 'preact/hooks';
import type { InferencePreview, ResourcePreview } from '../../../server/src/lsp/protocol.ts';
import { amount, bareAmount, count, threeDigits } from '../drawing/figures.ts';
import { fill } from '../drawing/palette.ts';
import { linearScale } from '../drawing/scale.ts';
import { Swatch } from '../drawing/patterns.tsx';
import { useWidth } from '../drawing/width.ts';
import { Delta } from '../frame/delta.tsx';
import { Figure } from '../frame/figure.tsx';
import { selected, selectionOf } from '../frame/selectable.ts';
import type { Touch } from '../frame/selectable.ts';
import { keyStep } from './stepping.ts';

const HEIGHT = 34;
const HANDLE = 7;
const GIBIBYTE = 2 ** 30;

/**
 * The cluster as a strip for each resource that it is counted in, with the tightest on top, since that one stops further replicas; what
 * would be enough in words, and the jobs by their colours.
 */
export function CapacityStrip(props: {
  preview: InferencePreview;
  base: InferencePreview | null;
  touch: Touch;
  onCapacity: (amount: number) => void;
}) {
  const { preview, base, touch, onCapacity } = props;
  const { resources } = preview.capacity;
  const tightest = resources[0];
  if (tightest === undefined) return null;
  const { name } = tightest;
  const before = base?.capacity.resources.find((resource) => resource.name === name);
  const chosen = selected(touch.selection, 'job');
  return (
    <Figure
      title="Capacity"
      note={
        <>
          {usedWords(tightest)}
          <Delta now={tightest.used} before={before?.used} write={(value) => bareAmount(value, name)} /> · objective{' '}
          {preview.objective.name} {threeDigits(preview.objective.value)}
          <Delta now={preview.objective.value} before={base?.objective.value} write={threeDigits} better="more" /> of at
          best {threeDigits(preview.objective.best)}
        </>
      }
    >
      {resources.map((resource) => (
        <div key={resource.name}>
          {resources.length > 1 && (
            <p class="resource">
              {capitalised(resource.name)}{' '}
              <span class="figure-number">
                {bareAmount(resource.used, resource.name)} of {bareAmount(resource.capacity, resource.name)}
              </span>
              {resource.used >= resource.capacity && ', all used'}
            </p>
          )}
          <ResourceStrip
            preview={preview}
            resource={resource}
            ofText={
              base?.capacity.resources.find((other) => other.name === resource.name)?.capacity ?? resource.capacity
            }
            touch={touch}
            onCapacity={onCapacity}
          />
        </div>
      ))}
      <p class="enough">{preview.enough.words}</p>
      <ul class="legend" aria-label="Jobs">
        {preview.jobs.map((job, index) => (
          <li key={job.name}>
            <button
              type="button"
              class="legend-item"
              aria-pressed={chosen === job.name}
              onClick={() => touch.onSelect(selectionOf('job', job.name))}
            >
              <Swatch index={index} /> {job.name} <span class="figure-number">{count(job.replicas)}</span>
            </button>
          </li>
        ))}
        <li class="free">
          free <span class="figure-number">{bareAmount(Math.max(0, tightest.capacity - tightest.used), name)}</span>
          {name !== 'replicas' && ` ${name === 'memory' ? 'of memory' : name}`}
        </li>
      </ul>
    </Figure>
  );
}

/**
 * One resource: a cell a replica, as wide as what it takes and in its job's colour, then what is free. The end of the one in which a
 * capacity can be tried is a handle that asks what another one would do; that of the text stays as a dashed line.
 */
function ResourceStrip(props: {
  preview: InferencePreview;
  resource: ResourcePreview;
  ofText: number;
  touch: Touch;
  onCapacity: (amount: number) => void;
}) {
  const { preview, resource, ofText, touch, onCapacity } = props;
  const [frame, width] = useWidth<HTMLDivElement>();
  const dragging = useRef(false);
  const { name, capacity, enough } = resource;
  const { unit, nodes } = preview.capacity;
  const step = name === 'memory' ? GIBIBYTE : 1;
  const most = step * Math.ceil((Math.max(capacity, ofText) / step) * 1.25);
  const scale = linearScale([0, most], [0, width - HANDLE]);
  // What the nodes have is theirs: another capacity would mean other nodes.
  const movable = name === unit && (name === 'replicas' || nodes === 0);
  const fewest = preview.jobs.reduce((sum, job, index) => sum + job.min * (resource.takes[index] ?? 0), 0);
  const ask = (wanted: number): void => {
    const bounded = Math.min(Math.max(step * Math.round(wanted / step), step), 4 * Math.max(ofText, step));
    if (bounded !== capacity) onCapacity(bounded);
  };
  const move = (event: PointerEvent): void => {
    if (!dragging.current || frame.current === null) return;
    ask(scale.invert(event.clientX - frame.current.getBoundingClientRect().left));
  };
  const cells = placeCells(preview, resource);
  const cellWidth = ({ from, to }: Cell): number => scale(to) - scale(from);
  const chosen = selected(touch.selection, 'job');
  return (
    <div class="capacity" ref={frame} onPointerMove={move}>
      <svg width={width} height={HEIGHT} role="img" aria-label={usedWords(resource)}>
        <rect class="ground" x={0} y={3} width={scale(capacity)} height={HEIGHT - 6} />
        {cells.map((cell) => (
          <rect
            key={`${cell.job}-${cell.from}`}
            class={`cell ${chosen !== null && chosen !== cell.name ? 'dim' : ''}`}
            x={scale(cell.from) + 0.5}
            y={5}
            width={Math.max(0.5, cellWidth(cell) - (cellWidth(cell) > 5 ? 1.5 : 0))}
            height={HEIGHT - 10}
            rx={cellWidth(cell) > 8 ? 2 : 0}
            fill={fill(cell.job)}
            onClick={() => touch.onSelect(selectionOf('job', cell.name))}
          >
            <title>{cell.name}</title>
          </rect>
        ))}
        {enough !== null && enough <= most && (
          <path class="enough-mark" d={`M${scale(enough)} 5 l-4 -5 h8 Z`}>
            <title>{`${amount(enough, name)}: ${preview.enough.words}`}</title>
          </path>
        )}
        {ofText !== capacity && (
          <line class="ghost-line" x1={scale(ofText)} x2={scale(ofText)} y1={0} y2={HEIGHT}>
            <title>{`${amount(ofText, name)} in the text`}</title>
          </line>
        )}
      </svg>
      {movable && (
        <div
          class="handle"
          style={{ left: `${scale(capacity)}px`, height: `${HEIGHT}px` }}
          role="slider"
          tabIndex={0}
          aria-label="Capacity, what if"
          aria-valuemin={Math.max(step, fewest)}
          aria-valuemax={4 * Math.max(ofText, step)}
          aria-valuenow={capacity}
          aria-valuetext={amount(capacity, name)}
          title="Drag, or use the arrow keys: what would another capacity do?"
          onPointerDown={(event) => {
            dragging.current = true;
            event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerUp={() => (dragging.current = false)}
          onKeyDown={(event) => {
            const by = keyStep(event.key, step, 5 * step);
            if (by === null) return;
            event.preventDefault();
            ask(capacity + by);
          }}
        />
      )}
    </div>
  );
}

function usedWords({ name, used, capacity }: ResourcePreview): string {
  return `${bareAmount(used, name)} of ${amount(capacity, name)} used`;
}

function capitalised(name: string): string {
  return name === 'cpu' ? 'CPU' : name.charAt(0).toUpperCase() + name.slice(1);
}

interface Cell {
  readonly job: number;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** One cell a replica while they are worth telling apart, one a job where there are more than four hundred. */
function placeCells(preview: InferencePreview, { takes }: ResourcePreview): Cell[] {
  const all = preview.jobs.reduce((sum, job) => sum + job.replicas, 0);
  const cells: Cell[] = [];
  let at = 0;
  preview.jobs.forEach((job, index) => {
    const each = takes[index] ?? 0;
    if (each <= 0) return;
    const widths = all > 400 ? [job.replicas * each] : Array.from({ length: job.replicas }, () => each);
    for (const wide of widths) {
      cells.push({ job: index, name: job.name, from: at, to: at + wide });
      at += wide;
    }
  });
  return cells;
}
