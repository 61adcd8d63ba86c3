import type { Range } from '../problems/catalogue.ts';
import { lineStart } from '../text/line-start.ts';

/** The lines of a text that hold what is no YAML. Asking whether a range touches them costs the logarithm of their number. */
export class Damage {
  /** Whole lines, without their breaks, in the order of the text and apart from one another. */
  readonly #lines: Range[] = [];

  constructor(text: string, ranges: readonly Range[]) {
    let last: { start: number; end: number } | undefined;
    for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
      if (last && start <= last.end) {
        if (end > last.end) last.end = lineEnd(text, end);
        continue;
      }
      last = { start: lineStart(text, start), end: lineEnd(text, end) };
      this.#lines.push(last);
    }
  }

  get any(): boolean {
    return this.#lines.length > 0;
  }

  /** Whether a range lies on a line, or across one, that holds damaged text. */
  touches(range: Range): boolean {
    let low = 0;
    let high = this.#lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#lines[middle]!.end < range.start) low = middle + 1;
      else high = middle;
    }
    const first = this.#lines[low];
    return first !== undefined && first.start <= range.end;
  }
}

function lineEnd(text: string, offset: number): number {
  const lf = text.indexOf('\n', offset);
  return lf < 0 ? text.length : lf;
}
