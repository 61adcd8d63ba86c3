import { useMemo, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';

/** A column of a table: how a row is written, and by what it is sorted where it can be. */
export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** Where the number comes from, shown on hover and read out with the heading. */
  readonly hint?: string;
  readonly numeric?: boolean;
  readonly sortBy?: (row: Row) => number | string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Left out where the panel is narrow: only for what another column says in words. */
  readonly wide?: boolean;
  /** Room for a difference behind each number; the heading stands over the numbers. */
  readonly delta?: 'short' | 'long';
  /** One mark to a cell: as narrow as can be, its heading upright. */
  readonly mark?: boolean;
}

export interface Sorting {
  readonly key: string;
  readonly descending: boolean;
}

interface Props<Row> {
  readonly caption: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  readonly sorting?: Sorting;
  readonly rowClass?: (row: Row) => string;
  readonly onRow?: (row: Row) => void;
}

/**
 * A table whose columns sort by a click on their heading. Explicit roles keep it a table for screen readers where the
 * narrow layout turns its rows into cards.
 */
export function DataTable<Row>({ caption, rows, columns, rowKey, sorting, rowClass, onRow }: Props<Row>) {
  const [chosen, setChosen] = useState<Sorting | undefined>(sorting);
  const sorted = useMemo(() => sortRows(rows, columns, chosen), [rows, columns, chosen]);
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={caption}>
      <table role="table">
        <caption class="sr-only">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <Heading key={column.key} column={column} chosen={chosen} onChoose={setChosen} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {sorted.map((row) => (
            <tr
              key={rowKey(row)}
              role="row"
              class={rowClass?.(row) ?? ''}
              onClick={onRow === undefined ? undefined : () => onRow(row)}
            >
              {columns.map((column, index) => (
                <td
                  key={column.key}
                  role={index === 0 ? 'rowheader' : 'cell'}
                  data-title={column.title}
                  class={cellClass(column)}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading<Row>(props: {
  column: Column<Row>;
  chosen: Sorting | undefined;
  onChoose: (sorting: Sorting) => void;
}) {
  const { column, chosen, onChoose } = props;
  const active = chosen?.key === column.key;
  if (column.sortBy === undefined) {
    return (
      <th role="columnheader" class={cellClass(column)} title={column.hint}>
        {column.title}
      </th>
    );
  }
  return (
    <th
      role="columnheader"
      class={cellClass(column)}
      aria-sort={active ? (chosen.descending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        class="sort"
        title={column.hint}
        onClick={() => onChoose({ key: column.key, descending: active ? !chosen.descending : column.numeric === true })}
      >
        {column.title}
        <span class="sort-mark" aria-hidden="true">
          {active ? (chosen.descending ? '▾' : '▴') : ''}
        </span>
      </button>
    </th>
  );
}

function cellClass<Row>(column: Column<Row>): string {
  return [
    column.numeric === true ? 'numeric' : '',
    column.wide === true ? 'wide-only' : '',
    column.mark === true ? 'mark' : '',
    column.delta === undefined ? '' : `with-delta ${column.delta}`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** Rows in the chosen order; equal ones stay as they came. Unknown numbers (NaN) go last in either direction. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | undefined,
): readonly Row[] {
  const by = columns.find((column) => column.key === sorting?.key)?.sortBy;
  if (sorting === undefined || by === undefined) return rows;
  const sign = sorting.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const x = by(a);
    const y = by(b);
    if (typeof x === 'string' || typeof y === 'string') return sign * String(x).localeCompare(String(y));
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return x === y ? 0 : sign * (x < y ? -1 : 1);
  });
}
