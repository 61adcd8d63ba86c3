import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

/**
 * A picture with its title and, folded below it, the same as a table. The table is built when it is opened: it may have
 * more rows than the picture has marks.
 */
export function Figure(props: {
  title: string;
  note?: ComponentChildren;
  children: ComponentChildren;
  table?: () => ComponentChildren;
  tableTitle?: string;
}) {
  const [open, setOpen] = useState(false);
  return (
    <figure class="figure">
      <figcaption>
        <h2>{props.title}</h2>
        {props.note !== undefined && <span class="note">{props.note}</span>}
      </figcaption>
      {props.children}
      {props.table !== undefined && (
        <details onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{props.tableTitle ?? `${props.title} as a table`}</summary>
          {open && props.table()}
        </details>
      )}
    </figure>
  );
}
