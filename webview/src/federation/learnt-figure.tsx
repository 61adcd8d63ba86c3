import type { FederationPreview } from '../../../server/src/lsp/protocol.ts';
import { counted } from '../drawing/figures.ts';
import { DataTable } from '../frame/data-table.tsx';
import type { Column } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';
import { selectionOf } from '../frame/selectable.ts';
import type { Touch } from '../frame/selectable.ts';

interface Row {
  readonly observers: readonly string[];
  readonly learns: ReadonlySet<string>;
  readonly beyondMean: number;
  readonly words: string;
}

/** Who would learn what: a row an observer (one site, or sites together), a column a site whose weights could become known. */
export function LearntFigure({
  preview,
  touch,
  site,
}: {
  preview: FederationPreview;
  touch: Touch;
  site: string | null;
}) {
  const rows = rowsOf(preview);
  const columns: readonly Column<Row>[] = [
    {
      key: 'observer',
      title: 'Observer',
      cell: (row) => {
        const [only] = row.observers;
        return row.observers.length === 1 && only !== undefined ? (
          <button
            type="button"
            class="row-name"
            aria-pressed={only === site}
            onClick={() => touch.onSelect(selectionOf('site', only))}
          >
            {only}
          </button>
        ) : (
          row.observers.join(' + ')
        );
      },
    },
    { key: 'words', title: 'Could compute', cell: (row) => row.words },
    {
      key: 'beyond mean',
      title: 'Beyond the mean',
      hint: 'Sums beyond the mean: independent combinations of other sites’ weights that could be computed beside it',
      numeric: true,
      sortBy: (row) => row.beyondMean,
      cell: (row) => counted(row.beyondMean, 'sum'),
    },
    ...preview.sites.map((name): Column<Row> => ({
      key: `site ${name}`,
      title: name,
      hint: `Whether the weights of ${name} could be computed`,
      wide: true,
      mark: true,
      cell: (row) =>
        row.observers.includes(name) ? (
          <span class="note" title={`${name} is an observer itself`}>
            <span aria-hidden="true">–</span>
            <span class="sr-only">own</span>
          </span>
        ) : row.learns.has(name) ? (
          <span class="state-word error" title={`the weights of ${name}`}>
            <span aria-hidden="true">●</span>
            <span class="sr-only">learnt</span>
          </span>
        ) : (
          <span class="note" title="the mean only">
            <span aria-hidden="true">·</span>
            <span class="sr-only">the mean only</span>
          </span>
        ),
    })),
  ];
  return (
    <Figure
      title="Who would learn what"
      note={
        preview.meanOnly
          ? 'every site, and every coalition that was asked for, learns the mean only'
          : 'by the exact check of everything that is received; ● weights learnt, · the mean only, – own'
      }
    >
      <div class="matrix">
        <DataTable
          caption="Observer by learnt site"
          rows={rows}
          columns={columns}
          rowKey={(row) => row.observers.join('+')}
          rowClass={(row) => (site !== null && row.observers.includes(site) ? 'chosen' : '')}
        />
      </div>
    </Figure>
  );
}

/** Every single site, then each coalition that learns more than the mean. */
export function rowsOf(preview: FederationPreview): readonly Row[] {
  const key = (observers: readonly string[]): string => [...observers].sort().join('\n');
  const leaks = new Map(preview.leaks.map((leak) => [key(leak.observers), leak]));
  const singles = preview.sites.map((name): Row => {
    const leak = leaks.get(name);
    return {
      observers: [name],
      learns: new Set(leak?.learns ?? []),
      beyondMean: leak?.beyondMean ?? 0,
      words: leak?.words ?? 'the mean only',
    };
  });
  const coalitions = preview.leaks
    .filter((leak) => leak.observers.length > 1)
    .map((leak): Row => ({
      observers: leak.observers,
      learns: new Set(leak.learns),
      beyondMean: leak.beyondMean,
      words: leak.words,
    }));
  return [...singles, ...coalitions];
}
