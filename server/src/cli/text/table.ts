/** Tables and bars for a terminal of 80 columns: plain text first, colour never the only sign. */

const ESCAPE = String.fromCharCode(27);
const COLOUR_CODE = `${ESCAPE}\\[[0-9;]*m`;
const COLOUR_CODES = new RegExp(COLOUR_CODE, 'g');

/** The first number of a cell, with its sign and its thousands, up to its decimals; `p99` is none. */
const NUMBER = new RegExp(
  `(?<=^|\\s|${COLOUR_CODE})[−+±]?\\d[\\d,]*(?=(?:\\.\\d+)?(?:e-?\\d+)?(?:\\s|$|${ESCAPE}))`,
  'u',
);

export interface Column {
  readonly title: string;
  /** `decimal`: numbers stand with their points below one another, and so do their units. */
  readonly align?: 'left' | 'right' | 'decimal';
  /** May be cut with an ellipsis when the table is too wide; names, which often differ only at their end, in the middle. */
  readonly shrink?: boolean | 'middle';
}

/**
 * A table as lines: right-aligned numbers, one blank between columns, nothing wider than `width` as long as a column may shrink.
 *
 * @param rows one cell per column; a cell may hold colour codes, which take no width.
 */
export function table(columns: readonly Column[], given: readonly (readonly string[])[], width = 80): string[] {
  const aligned = columns.map(({ align }, i) => {
    const cells = given.map((row) => row[i] ?? '');
    return align === 'decimal' ? decimals(cells) : cells;
  });
  const rows = given.map((_, at) => aligned.map((cells) => cells[at]!));
  const widths = columns.map((column, i) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[i] ?? ''))),
  );
  let excess = widths.reduce((a, b) => a + b, 0) + 2 * (columns.length - 1) - width;
  const shrinkable = widths.flatMap((_, i) => (columns[i]!.shrink ? [i] : []));
  // The widest gives way first: a name is cut only when the text beside it is as short.
  for (; excess > 0; excess--) {
    const widest = shrinkable.reduce<number | undefined>(
      (most, i) => (most === undefined || widths[i]! > widths[most]! ? i : most),
      undefined,
    );
    if (widest === undefined || widths[widest]! <= 8) break;
    widths[widest]! -= 1;
  }
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) =>
        pad(
          (columns[i]!.shrink === 'middle' ? cutMiddle : truncate)(cell, widths[i]!),
          widths[i]!,
          columns[i]!.align === undefined || columns[i]!.align === 'left' ? 'left' : 'right',
        ),
      )
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => column.title)), line(widths.map((n) => '─'.repeat(n))), ...rows.map(line)];
}

/** Cells of one width whose decimal points, and what follows the decimals, are below one another; what is no number ends with them. */
function decimals(cells: readonly string[]): string[] {
  const parts = cells.map((cell) => {
    const whole = NUMBER.exec(cell);
    if (whole === null) return null;
    const end = whole.index + whole[0].length;
    const decimal = /^(?:\.\d+)?(?:e-?\d+)?/.exec(cell.slice(end))![0];
    return [cell.slice(0, end), decimal, cell.slice(end + decimal.length)] as const;
  });
  const room = [0, 1, 2].map((at) => Math.max(0, ...parts.map((part) => displayWidth(part?.[at] ?? ''))));
  const all = room.reduce((sum, part) => sum + part, 0);
  return cells.map((cell, i) => {
    const part = parts[i];
    if (!part) return pad(cell, all, 'right');
    return pad(part[0], room[0]!, 'right') + pad(part[1], room[1]!, 'left') + pad(part[2], room[2]!, 'left');
  });
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of `cells` columns filled to `fraction`, in steps of an eighth; the rest is dots so that full can be told from empty without colour. */
export function bar(fraction: number, cells = 10): string {
  const eighths = Math.round(Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0)) * cells * 8);
  const full = '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7]!;
  return full + '·'.repeat(cells - Array.from(full).length);
}

const SPARKS = '▁▂▃▄▅▆▇█';

/** A line of at most `cells` characters; the highest value reaches the top, and zero the bottom. */
export function sparkline(values: readonly number[], cells = 40): string {
  if (values.length === 0) return '';
  const count = Math.min(cells, values.length);
  const means = Array.from({ length: count }, (_, i) => {
    const part = values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count));
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
  const top = Math.max(...means, Number.MIN_VALUE);
  return means.map((value) => SPARKS[Math.min(7, Math.max(0, Math.floor((value / top) * 8)))]).join('');
}

/** Steps of a ruler of time, in minutes. */
const RULER_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440];

/** The time below a line of `cells` characters: `0 h     6 h     12 h     18 h`, each word beginning where its time is. */
export function ruler(minutes: number, cells: number): string {
  const apart = (step: number): number => (step / minutes) * cells;
  const step = RULER_STEPS.find((candidate) => apart(candidate) >= 10) ?? minutes;
  let text = '';
  for (let at = 0; at < minutes; at += step) {
    const word = step % 60 === 0 ? `${at / 60} h` : `${at} min`;
    const place = Math.round(apart(at));
    if (place + word.length > cells && at > 0) break;
    text = text.padEnd(place) + word;
  }
  return text;
}

/** A sentence as lines of at most `width` columns, broken between words; all but the first begin with `indent`. */
export function wrapped(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

export function displayWidth(text: string): number {
  return Array.from(text.replace(COLOUR_CODES, '')).length;
}

/** A name of at most `width` columns: what is too much is cut out of its middle. */
export function cutMiddle(name: string, width: number): string {
  if (displayWidth(name) <= width) return name;
  const letters = Array.from(name.replace(COLOUR_CODES, ''));
  const kept = Math.max(0, width - 1);
  const end = Math.floor(kept / 2);
  return `${letters.slice(0, kept - end).join('')}…${letters.slice(letters.length - end).join('')}`;
}

function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return `${Array.from(text.replace(COLOUR_CODES, ''))
    .slice(0, Math.max(0, width - 1))
    .join('')}…`;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'right' ? blanks + text : text + blanks;
}
