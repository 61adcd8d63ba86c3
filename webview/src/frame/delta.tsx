import { difference } from '../drawing/figures.ts';

/** The difference to what the number was before, beside the number; nothing where it reads the same. */
export function Delta(props: {
  now: number;
  before: number | undefined;
  write: (value: number) => string;
  /** Which direction is good; both are neutral without it. */
  better?: 'more' | 'less';
}) {
  const { now, before, write, better } = props;
  const text = before === undefined ? '' : difference(now, before, write);
  if (text === '' || before === undefined) return null;
  const improved = better === undefined ? '' : now > before === (better === 'more') ? 'good' : 'bad';
  return (
    <span class={`delta ${improved}`} title={`was ${write(before)}`}>
      {text}
      <span class="sr-only">, was {write(before)}</span>
    </span>
  );
}
