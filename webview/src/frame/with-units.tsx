import type { ComponentChildren } from 'preact';

/** A number, and the unit behind it. */
const AMOUNT = /(\d[\d.,]*\s(?:%|µs|ms|s|min|h|B|[KMGTP]iB)(?![\w%]))/;

/** A text in which no line ends between a number and its unit. */
export function withUnits(text: string): ComponentChildren {
  return text.split(AMOUNT).map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <span key={index} class="amount">
        {part}
      </span>
    ),
  );
}
