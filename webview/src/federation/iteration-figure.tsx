import type { FederationPreview } from '../../../server/src/lsp/protocol.ts';
import { count } from '../drawing/figures.ts';
import { category, fill } from '../drawing/palette.ts';
import { useWidth } from '../drawing/width.ts';
import { DataTable } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';
import { selected, selectionOf } from '../frame/selectable.ts';
import type { Touch } from '../frame/selectable.ts';
import { circle, outline } from './circle.ts';
import type { Point } from './circle.ts';

/** The mean width of a letter of a site's name, in pixels. */
const LETTER = 6.6;

interface Group {
  readonly iteration: number;
  readonly index: number;
  readonly members: readonly string[];
}

/** One picture an iteration: the sites on a circle, always in the same place, and the groups in which they average. */
export function IterationFigure({
  preview,
  touch,
  site,
}: {
  preview: FederationPreview;
  touch: Touch;
  site: string | null;
}) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const partitions = preview.partitions;
  const columns = Math.max(1, Math.min(partitions.length, Math.floor((width + 12) / 232), 4));
  const side = Math.min(400, Math.floor((width - (columns - 1) * 12) / columns));
  const iteration = selected(touch.selection, 'iteration');
  const groups: Group[] = partitions.flatMap((partition, at) =>
    partition.map((members, index) => ({ iteration: at, index, members })),
  );
  return (
    <Figure
      title="Groups, iteration after iteration"
      note="sites in one hull average with one another"
      tableTitle="Groups as a table"
      table={() => (
        <DataTable
          caption="Groups of each iteration"
          rows={groups}
          rowKey={(group) => `${group.iteration} ${group.index}`}
          columns={[
            { key: 'iteration', title: 'Iteration', numeric: true, cell: (group) => count(group.iteration + 1) },
            { key: 'group', title: 'Group', numeric: true, cell: (group) => count(group.index + 1) },
            { key: 'members', title: 'Sites', cell: (group) => group.members.join(', ') },
          ]}
        />
      )}
    >
      <div ref={frame} class="iterations">
        {partitions.map((partition, at) => (
          <div
            key={at}
            class={`iteration ${at < preview.iterations ? '' : 'beyond'} ${iteration === String(at + 1) ? 'chosen' : ''}`}
            style={{ width: `${side}px` }}
          >
            <h3>
              <button
                type="button"
                class="row-name"
                aria-pressed={iteration === String(at + 1)}
                onClick={() => touch.onSelect(selectionOf('iteration', at + 1))}
              >
                Iteration {at + 1}
              </button>
              {at >= preview.iterations && <span class="note"> beyond a round’s {count(preview.iterations)}</span>}
            </h3>
            <Circle
              preview={preview}
              partition={partition}
              iteration={at}
              side={side}
              site={site}
              onSite={(name) => touch.onSelect(selectionOf('site', name))}
            />
          </div>
        ))}
      </div>
    </Figure>
  );
}

function Circle(props: {
  preview: FederationPreview;
  partition: readonly (readonly string[])[];
  iteration: number;
  side: number;
  site: string | null;
  onSite: (name: string) => void;
}) {
  const { preview, partition, iteration, side, site, onSite } = props;
  const longest = Math.max(...preview.sites.map((name) => name.length), 1);
  // Names stand outside the circle: at either side there is room for the longest, above and below for one line.
  const thick = 24;
  const radius = Math.max(40, Math.min(150, side / 2 - thick / 2 - 8 - Math.min(longest, 12) * LETTER));
  const height = 2 * radius + thick + 46;
  const centre: Point = { x: side / 2, y: height / 2 };
  const places = circle(preview.sites.length, centre, radius);
  const place = new Map(preview.sites.map((name, index) => [name, places[index] ?? centre]));
  const group = partition.find((members) => site !== null && members.includes(site));
  const sent = preview.messages.filter(
    (message) => message.iteration === iteration + 1 && site !== null && message.from === site,
  );
  return (
    <svg
      class="circle"
      width={side}
      height={height}
      role="group"
      aria-label={`Iteration ${iteration + 1}: ${partition.map((members) => members.join(', ')).join('; ')}`}
    >
      {partition.map((members, index) => {
        const dim = group !== undefined && group !== members;
        return (
          <path
            key={index}
            class={`hull ${dim ? 'dim' : ''}`}
            d={outline(
              members.map((name) => place.get(name) ?? centre),
              thick / 2,
            )}
            stroke={category(index).colour}
            fill={fill(index)}
          />
        );
      })}
      {sent.map((message) => (
        <Arrow
          key={`${message.to} ${message.what}`}
          from={place.get(message.from) ?? centre}
          to={place.get(message.to) ?? centre}
          what={message.what}
        />
      ))}
      {preview.sites.map((name, index) => {
        const at = places[index] ?? centre;
        const aside = Math.abs(at.x - centre.x) < radius * 0.2 ? 'middle' : at.x < centre.x ? 'end' : 'start';
        const away = thick / 2 + 5;
        const dx = (at.x - centre.x) / radius;
        const dy = (at.y - centre.y) / radius;
        return (
          <g
            key={name}
            class={`site ${name === site ? 'selected' : ''}`}
            role="button"
            tabindex={(site !== null && preview.sites.includes(site) ? name === site : index === 0) ? 0 : -1}
            aria-pressed={name === site}
            aria-label={`${name}: averages with ${(partition.find((members) => members.includes(name)) ?? []).filter((other) => other !== name).join(', ') || 'no one'}`}
            onClick={() => onSite(name)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' || event.key === ' ') onSite(name);
              else if (event.key === 'ArrowRight' || event.key === 'ArrowDown') turnTo(event.currentTarget, 1);
              else if (event.key === 'ArrowLeft' || event.key === 'ArrowUp') turnTo(event.currentTarget, -1);
              else return;
              event.preventDefault();
            }}
          >
            <circle class="dot" cx={at.x} cy={at.y} r={name === site ? 6 : 4.5} />
            <text x={at.x + dx * away} y={at.y + dy * (away + 3) + 4} text-anchor={aside}>
              {name.length > 12 ? `${name.slice(0, 11)}…` : name}
            </text>
            <title>{name}</title>
          </g>
        );
      })}
    </svg>
  );
}

/** Moves the focus round the circle. */
function turnTo(site: SVGGElement, step: number): void {
  const all = [...(site.ownerSVGElement?.querySelectorAll<SVGGElement>('.site') ?? [])];
  all[(all.indexOf(site) + step + all.length) % all.length]?.focus();
}

function Arrow({ from, to, what }: { from: Point; to: Point; what: 'y' | 'partial' }) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const [ux, uy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const end = { x: to.x - ux * 8, y: to.y - uy * 8 };
  return (
    <g class={`message ${what}`}>
      <line x1={from.x + ux * 8} y1={from.y + uy * 8} x2={end.x - ux * 5} y2={end.y - uy * 5} />
      <path
        d={`M${end.x} ${end.y} L${end.x - ux * 8 - uy * 4} ${end.y - uy * 8 + ux * 4} L${end.x - ux * 8 + uy * 4} ${end.y - uy * 8 - ux * 4} Z`}
      />
    </g>
  );
}
