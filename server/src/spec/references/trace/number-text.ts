/** Numbers in the cells of a table: with the decimal mark and the marks of thousands of the language that wrote them. */

/** A number as people and programs write it; no hexadecimal number, no name of one. */
const PLAIN = /^\+?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** With a comma or a point for decimals, and anything that is usual between thousands. */
const FOREIGN = /^\+?(?:\d[\d.,'’_ \u00a0\u2009\u202f]*|[.,]\d+)(?:e[+-]?\d+)?$/i;

/** Blanks, apostrophes and underscores between thousands. */
const SPACED = /^\d{1,3}(?:([ '’_\u00a0\u2009\u202f])\d{3})(?:\1\d{3})*(?=$|[.,])/;

export type DecimalMark = '.' | ',';

/** `sure`: what the cell says of its marks; `open`: one mark with three digits after it, which may be either. */
export type MarkEvidence = { readonly sure: DecimalMark } | 'open' | undefined;

export function looksLikeNumber(cell: string): boolean {
  return FOREIGN.test(unwrapped(cell).replace(/^-/, ''));
}

/** What spreadsheets put around a number so that others take it for a text: `="12"`. */
function unwrapped(cell: string): string {
  return /^="(.*)"$/.exec(cell)?.[1] ?? (cell.startsWith('=') ? cell.slice(1) : cell);
}

/** What a cell says about the marks of its file. */
export function evidenceOf(cell: string): MarkEvidence {
  const point = cell.indexOf('.');
  const comma = cell.indexOf(',');
  if ((point < 0 && comma < 0) || !FOREIGN.test(cell)) return undefined;
  if (point >= 0 && comma >= 0) return { sure: cell.lastIndexOf('.') > cell.lastIndexOf(',') ? '.' : ',' };
  const mark: DecimalMark = point >= 0 ? '.' : ',';
  const at = Math.max(point, comma);
  if (cell.indexOf(mark, at + 1) >= 0) return { sure: mark === '.' ? ',' : '.' };
  const whole = cell.slice(0, at).replace(/^\+/, '');
  const after = /^\d*/.exec(cell.slice(at + 1))![0].length;
  if (/[^\d]/.test(whole) || after !== 3 || whole === '' || whole.startsWith('0') || whole.length > 3)
    return { sure: mark };
  return /e/i.test(cell) ? { sure: mark } : 'open';
}

/** The number of a cell; NaN where it is none. @param decimal the mark of decimals in the file. */
export function numberOf(cell: string, decimal: DecimalMark): number {
  if (decimal === '.' && PLAIN.test(cell)) return Number(cell);
  const bare = unwrapped(cell);
  if (!FOREIGN.test(bare)) return NaN;
  const spaced = SPACED.exec(bare.replace(/^\+/, ''));
  const text = spaced ? bare.replace(/[ '’_\u00a0\u2009\u202f]/g, '') : bare;
  const [whole = '', fraction, ...more] = text.split(decimal);
  const thousands = decimal === '.' ? ',' : '.';
  if (more.length > 0 || fraction?.includes(thousands)) return NaN;
  const digits = whole.replace(/^\+/, '');
  // Groups of three, or as in India of two before the last.
  if (digits.includes(thousands) && !/^\d{1,3}(?:[.,]\d{2,3})*[.,]\d{3}$/.test(digits)) return NaN;
  const plain = digits.replaceAll(thousands, '') + (fraction === undefined ? '' : `.${fraction}`);
  return PLAIN.test(plain) ? Number(plain) : NaN;
}

/**
 * The mark of decimals in a column. With commas between cells a point is one, as in most programs' files.
 *
 * @returns `open`, where a cell with three digits after its only mark leaves open whether these are thousands or decimals, with the mark
 *   that decimals have where they are thousands.
 */
export function decimalOf(
  rows: number,
  cell: (row: number) => string,
  delimiter: string,
): DecimalMark | { readonly open: number; readonly other: DecimalMark } {
  let open: { open: number; other: DecimalMark } | undefined;
  for (let row = 0; row < rows; row++) {
    const evidence = evidenceOf(cell(row));
    if (evidence === 'open') open ??= { open: row, other: cell(row).includes('.') ? ',' : '.' };
    else if (evidence) return evidence.sure;
  }
  return open && delimiter !== ',' ? open : '.';
}
