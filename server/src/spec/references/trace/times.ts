/** When the lines of a trace are: its columns of times, what they count in, and what is odd about them. */
import { numberOf } from './number-text.ts';
import { isNumber, numbersAt, rowsWithTime } from './rows-with-time.ts';
import { stepsOf, type Steps } from './steps.ts';
import { epochUnit, isIndexName, isTimeName, span, unitOfTime } from './time-name.ts';
import { orderOf, timeOf, type DayOrder, type TimeOfCell } from './time-text.ts';
import { MOST_MINUTES, type TraceFlaw } from './trace-flaw.ts';
import type { TraceTable } from './trace-table.ts';
import { momentsInOrder, type Zone } from './zone.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

const SUMMER = '; where clocks go back, times need a `timezone`';
const AGAIN = '; where its numbers start again, a column "day" or "hour" has to tell them apart';

export interface Times extends Steps {
  /** The columns that say it, as the header names them. */
  readonly columns: readonly string[];
  /** `clock`: dates or times of day; `count`: a running number of some unit; `epoch`: a number since 1970; `lines`: nothing but their order. */
  readonly form: 'clock' | 'count' | 'epoch' | 'lines';
  /** Rows that count; those after them sum up. */
  readonly rows: number;
  /** Of the first line in the order of time, in seconds: since 1970 where `hasDate`, else since a midnight. */
  readonly first: number;
  readonly hasDate: boolean;
  /** How far the zone of the first line is ahead of UTC, in seconds; undefined where none is named. */
  readonly zone: number | undefined;
  /** The zone in which `zone` holds at the first line, where it is known by name. */
  readonly place: Zone | undefined;
  /** Whether lines were read in the zone that was given for those that name none. */
  readonly usesGiven: boolean;
  /** What is to be doubted, in the order of importance. */
  readonly notes: readonly TraceFlaw[];
  /** What is taken for granted. */
  readonly remarks: readonly TraceFlaw[];
}

/** A column that says when. */
interface TimeColumn {
  readonly at: number;
  readonly name: string;
  /** Seconds that one is; undefined where the name does not say. */
  readonly unit: number | undefined;
  readonly isIndex: boolean;
}

/** Times that numbers tell. */
interface Counted {
  readonly seconds: Float64Array;
  readonly form: 'count' | 'epoch';
  readonly remarks: readonly TraceFlaw[];
}

/** Lines that are minutes one after another. */
function consecutive(rows: number): Times {
  return {
    columns: [],
    form: 'lines',
    rows,
    first: 0,
    hasDate: false,
    zone: undefined,
    place: undefined,
    usesGiven: false,
    step: MINUTE,
    slots: rows,
    slotOf: undefined,
    order: undefined,
    falls: undefined,
    gap: undefined,
    notes: [],
    remarks: [],
  };
}

/**
 * @param quoted a cell as it may be shown. @param given the zone of times that name none.
 * @returns when the lines are; minutes one after another where no column says it. What is wrong, where columns contradict that they can be.
 */
export function timesOf(
  table: TraceTable,
  quoted: (cell: string) => string,
  given: Zone | undefined,
): Times | TraceFlaw {
  return new Reading(table, quoted, given).times();
}

class Reading {
  readonly #table: TraceTable;
  readonly #quoted: (cell: string) => string;
  readonly #given: Zone | undefined;

  constructor(table: TraceTable, quoted: (cell: string) => string, given: Zone | undefined) {
    this.#table = table;
    this.#quoted = quoted;
    this.#given = given;
  }

  times(): Times | TraceFlaw {
    const found = this.#table.columns.flatMap((name, at) => this.#timeColumn(name, at));
    const clocks = found.map(({ at }) => this.#clockAt(0, at));
    const numbers = found.filter(({ at }) => isNumber(this.#cell(0, at)));
    const parts = numbers.filter(({ name }) => /^(?:day|hour|minute|second)s?$/i.test(name));
    const day = found[clocks.findIndex((time) => time?.hasDate && !time.hasClock)];
    const clock = found[clocks.findIndex((time) => time?.hasClock && !time.hasDate)];
    // Of several times in a line (begin and end of what was asked for) that counts which goes on.
    const wholes = found.filter((_, i) => clocks[i]?.hasClock && clocks[i].hasDate);
    const whole = wholes.find(({ at }) => this.#cell(0, at) !== this.#cell(1, at)) ?? wholes[0];
    const zone = this.#zoneOf(whole ?? clock);
    if (whole) return this.#clocks([whole, ...zone]);
    if (day && clock) return this.#clocks([day, clock, ...zone]);
    const ofDay = parts.filter(({ name }) => /^(?:hour|minute)s?$/i.test(name));
    if (day && ofDay.length > 0) return this.#clocks([day], ofDay);
    if (day ?? clock) return this.#clocks([(day ?? clock)!]);
    const sample = numbers.find(({ name }) => /^sample$/i.test(name));
    const epoch = numbers.find((one) => this.#isEpoch(one));
    if (epoch) return this.#counts([epoch], sample);
    if (parts.length > 0) return this.#counts(parts, sample);
    const single = numbers.find(({ isIndex }) => !isIndex) ?? numbers.find((one) => one !== sample);
    if (single) return this.#counts([single], sample);
    const named = found.find(({ isIndex, at }) => !isIndex && this.#cell(0, at) !== '') ?? this.#words();
    return named ? this.#notUnderstood(named) : consecutive(this.#table.rows);
  }

  /** The column that tells how far from UTC the times of another are. */
  #zoneOf(clock: TimeColumn | undefined): TimeColumn[] {
    const at = this.#table.columns.findIndex((name) => /^(?:time[ _]?zone|tz|zone|utc[ _]?offset|offset)$/i.test(name));
    if (!clock || at < 0 || at === clock.at) return [];
    const time = timeOf(`${this.#cell(0, clock.at)} ${this.#cell(0, at)}`, 'day first');
    return time?.zone === undefined && time?.place === undefined
      ? []
      : [{ at, name: this.#table.columns[at]!, unit: undefined, isIndex: false }];
  }

  /** A first column of words beside columns of numbers. */
  #words(): TimeColumn | undefined {
    const [name = ''] = this.#table.columns;
    const cell = this.#cell(0, 0);
    if (cell === '' || isNumber(cell) || !this.#table.columns.some((_, at) => isNumber(this.#cell(0, at))))
      return undefined;
    return { at: 0, name, isIndex: false, unit: undefined };
  }

  #isEpoch({ at, unit }: TimeColumn): boolean {
    return epochUnit(numberOf(this.#cell(0, at), '.'), unit) !== undefined;
  }

  #timeColumn(name: string, at: number): TimeColumn[] {
    if (!isTimeName(name, at === 0))
      // Whatever it is called: what begins with a date, a time of day or the seconds since 1970 is no count of requests.
      return this.#clockAt(0, at) || (at === 0 && numberOf(this.#cell(0, at), '.') >= 1e9)
        ? [{ at, name, isIndex: false, unit: undefined }]
        : [];
    return [{ at, name, isIndex: isIndexName(name), unit: unitOfTime(name) }];
  }

  /** The header promises a time, and the first line has none. */
  #notUnderstood({ name }: TimeColumn): Times {
    const detail = `its "${name}" is not understood as a time, and each line is taken for a minute`;
    return { ...consecutive(this.#table.rows), notes: [{ line: this.#table.line(0), detail }] };
  }

  /** Dates and times of day, in one column or two. */
  #clocks(columns: readonly TimeColumn[], parts: readonly TimeColumn[] = []): Times | TraceFlaw {
    const readings = this.#orders(columns).map((order) => this.#clocksIn(columns, parts, order));
    const possible = readings.filter((reading) => 'step' in reading);
    const inLine = possible.filter(({ gap, falls }) => gap === undefined && falls === undefined);
    const [one, other] = inLine.length > 0 ? inLine : possible;
    // Within a day it does not matter which of two numbers is the day.
    if (one && other && (one.step !== other.step || one.slots !== other.slots || one.falls !== other.falls)) {
      const detail = `"${columns[0]!.name}" does not say which of its numbers is the day and which the month`;
      return { line: this.#table.line(0), detail };
    }
    return one ?? readings[0]!;
  }

  #orders(columns: readonly TimeColumn[]): readonly DayOrder[] {
    let open = false;
    for (const { at } of columns) {
      for (let row = 0; row < this.#table.rows; row++) {
        const order = orderOf(this.#cell(row, at));
        if (order === 'day first' || order === 'month first') return [order];
        if (order === 'open') open = true;
        if (order === undefined && row === 0) break;
      }
    }
    return open ? ['day first', 'month first'] : ['day first'];
  }

  /** @param parts hours and minutes of the day, which stand beside a date. */
  #clocksIn(columns: readonly TimeColumn[], parts: readonly TimeColumn[], order: DayOrder): Times | TraceFlaw {
    const text = (row: number): string =>
      [...columns.map(({ at }) => this.#cell(row, at)), ...this.#timeOfDay(parts, row)].join(' ').trim();
    const read: TimeOfCell[] = [];
    const ended = rowsWithTime(this.#table, this.#quoted, columns, text, (row) => {
      const time = timeOf(text(row), order);
      if (time) read[row] = time;
      return time !== undefined;
    });
    if ('line' in ended) return ended;
    const { rows } = ended;
    const shown = new Float64Array(rows);
    const begin = read[0]!;
    const given = begin.hasDate && begin.hasClock ? this.#given : undefined;
    const placeOf = (row: number): Zone | undefined =>
      read[row]!.zone === undefined ? (read[row]!.place ?? given) : undefined;
    let days = 0;
    for (let row = 0; row < rows; row++) {
      const time = read[row]!;
      const hasZone = (one: TimeOfCell): boolean => (one.zone ?? one.place ?? given) !== undefined;
      if (hasZone(time) !== hasZone(begin)) {
        const lacks = hasZone(begin) ? 'names no zone, and others do' : 'names a zone, and others do not';
        return { line: this.#table.line(row), detail: `its time ${lacks}` };
      }
      // A clock on the wall that goes back by half a day and more is that of the next day.
      if (!time.hasDate && row > 0 && time.seconds + days < shown[row - 1]! - DAY / 2) days += DAY;
      shown[row] = time.seconds + days;
    }
    const seconds = begin.hasDate ? momentsInOrder(shown, placeOf) : shown;
    if ('row' in seconds) {
      const { row, zone } = seconds;
      const detail = `no clock shows ${this.#quoted(text(row))} in ${zone.name}: clocks go forward there`;
      return { line: this.#table.line(row), detail };
    }
    const steps = stepsOf(seconds, begin.hasClock ? MINUTE : DAY);
    if ('what' in steps)
      return this.#contradiction(
        steps,
        seconds,
        begin.zone === undefined && placeOf(0) === undefined && begin.hasDate ? SUMMER : '',
      );
    const row = steps.order?.[0] ?? 0;
    const first = seconds[row]!;
    const early = read[row]!;
    const place = placeOf(row);
    const clock = {
      form: 'clock' as const,
      first,
      hasDate: early.hasDate,
      place,
      zone: early.zone ?? (begin.hasDate ? place?.aheadAt(first) : undefined),
      usesGiven: given !== undefined && read.some(({ zone, place: own }) => zone === undefined && own === undefined),
    };
    return this.#stepped(
      { ...steps, ...clock, rows, columns: [...columns, ...parts].map(({ name }) => name) },
      ended.notes,
      [],
    );
  }

  /** `7` and `5` of columns of hours and minutes as `7:05`; as it stands where these are none. */
  #timeOfDay(parts: readonly TimeColumn[], row: number): string[] {
    if (parts.length === 0) return [];
    const cells = parts.map(({ at }) => this.#cell(row, at));
    const minutes = parts.reduce((sum, { unit }, i) => sum + (numberOf(cells[i]!, '.') * (unit ?? 0)) / MINUTE, 0);
    if (!Number.isInteger(minutes)) return cells;
    return [`${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`];
  }

  /** Running numbers: in one column, or parts of a time in several. */
  #counts(columns: readonly TimeColumn[], sample: TimeColumn | undefined): Times | TraceFlaw {
    const main = columns.at(-1)!;
    const values = columns.map(({ at }) => numbersAt(this.#table, at));
    const ended = rowsWithTime(
      this.#table,
      this.#quoted,
      [main],
      (row) => this.#cell(row, main.at),
      (row) => values.every((column) => !Number.isNaN(column[row]!)),
    );
    if ('line' in ended) return ended;
    const { rows } = ended;
    const names = columns.map(({ name }) => name);
    const named = {
      columns: names,
      rows,
      hasDate: false,
      zone: undefined,
      place: undefined,
      usesGiven: false,
    } as const;
    if (columns.length === 1 && this.#numbersPeriods(main, values[0]!.subarray(0, rows)))
      return { ...consecutive(rows), columns: names, notes: ended.notes };
    const { seconds, form, remarks } = this.#secondsOf(columns, values, rows);
    if (sample && main !== sample) {
      const several = this.#samples(sample, seconds, values[names.findIndex((name) => /^days?$/i.test(name))], rows);
      if (several) return 'line' in several ? several : { ...several, ...named, form: 'lines' };
    }
    if (Number.isNaN(seconds[0]!)) {
      const detail = `"${main.name}" does not say what it counts in: call it "minute", "second" or "hour"`;
      return { line: this.#table.headerLine, detail };
    }
    const steps = stepsOf(seconds, main.unit ?? MINUTE);
    if (
      main.isIndex &&
      ('what' in steps || steps.step !== MINUTE || steps.gap !== undefined || steps.falls !== undefined)
    ) {
      const detail = `"${main.name}" does not count on by one from line to line, and each line is taken for a minute`;
      return { ...consecutive(rows), notes: [{ line: this.#table.line(0), detail }, ...ended.notes] };
    }
    if ('what' in steps) return this.#contradiction(steps, seconds, AGAIN);
    const first = seconds[steps.order?.[0] ?? 0]!;
    const hasDate = form === 'epoch';
    return this.#stepped(
      { ...steps, ...named, form, first, hasDate, zone: hasDate ? 0 : undefined },
      ended.notes,
      remarks,
    );
  }

  /** Whether a column says of which day a line is, or of which hour, for 60 lines each: lines of one follow one another. */
  #numbersPeriods({ unit }: TimeColumn, numbers: Float64Array): boolean {
    if (unit !== DAY && unit !== HOUR) return false;
    let repeats = false;
    let begin = 0;
    for (let row = 1; row < numbers.length; row++) {
      if (numbers[row] === numbers[row - 1]) repeats = true;
      else if (numbers[row]! < numbers[row - 1]!) return false;
      else {
        if (unit === HOUR && begin > 0 && row - begin !== 60) return false;
        begin = row;
      }
      if (unit === HOUR && row - begin >= 60) return false;
    }
    return repeats;
  }

  #secondsOf(columns: readonly TimeColumn[], values: readonly Float64Array[], rows: number): Counted {
    const column = (name: string): Float64Array | undefined =>
      values[columns.findIndex((one) => one.name.toLowerCase().replace(/s$/, '') === name)];
    if (columns.length === 1) return this.#single(columns[0]!, values[0]!.subarray(0, rows));
    const minute = column('minute');
    const longest = minute?.subarray(0, rows).reduce((most, one) => Math.max(most, one), 0) ?? 0;
    const hour = longest > 59 ? undefined : column('hour');
    const day = minute && !hour ? lengthOfDay(minute.subarray(0, rows), longest) : DAY;
    const parts = [
      [column('day'), day],
      [hour, HOUR],
      [minute, MINUTE],
      [column('second'), 1],
    ] as const;
    const seconds = new Float64Array(rows);
    for (const [part, unit] of parts) if (part) for (let row = 0; row < rows; row++) seconds[row]! += part[row]! * unit;
    return { seconds, form: 'count', remarks: [] };
  }

  /** @returns NaN where it cannot be known what the numbers count in. */
  #single({ name, unit, isIndex }: TimeColumn, numbers: Float64Array): Counted {
    const first = numbers[0]!;
    const scaled = (by: number): Float64Array => numbers.map((value) => value * by);
    if (isIndex) return { seconds: scaled(MINUTE), form: 'count', remarks: [] };
    const since1970 = epochUnit(first, unit);
    if (since1970 !== undefined) return { seconds: scaled(since1970), form: 'epoch', remarks: [] };
    if (unit !== undefined) return { seconds: scaled(unit), form: 'count', remarks: [] };
    // Days since the end of 1899, as spreadsheets keep dates, with the time as a fraction; to the nearest tenth of a second.
    if (first > 20_000 && first < 100_000 && numbers.some((value) => !Number.isInteger(value)))
      return {
        seconds: numbers.map((value) => Math.round((value - 25_569) * DAY * 10) / 10),
        form: 'epoch',
        remarks: [],
      };
    const dates = numbers.map(
      (value) => timeOf(String(value).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'), 'day first')?.seconds ?? NaN,
    );
    if (first > 19_000_000 && !dates.some(Number.isNaN)) return { seconds: dates, form: 'epoch', remarks: [] };
    const byOne = numbers.every((value, i) => i === 0 || value === numbers[i - 1]! + 1);
    const detail = `"${name}" does not say what it counts in, and each line is taken for a minute`;
    const remarks = [{ line: this.#table.headerLine, detail }];
    return { seconds: scaled(byOne ? MINUTE : NaN), form: 'count', remarks: numbers.length > 1 ? remarks : [] };
  }

  /** Several traces of the same days, which stand one after another; undefined where there is but one. */
  #samples(
    sample: TimeColumn,
    seconds: Float64Array,
    days: Float64Array | undefined,
    rows: number,
  ): Times | TraceFlaw | undefined {
    const numbers = numbersAt(this.#table, sample.at).subarray(0, rows);
    const count = new Set(numbers).size;
    if (count < 2) return undefined;
    for (let row = 1; row < rows; row++) {
      if (numbers[row] !== numbers[row - 1] || days?.[row] !== days?.[row - 1]) continue;
      if (seconds[row]! - seconds[row - 1]! !== MINUTE)
        return { line: this.#table.line(row), detail: `it is not the minute after line ${this.#table.line(row - 1)}` };
    }
    const detail = `it holds ${count} samples, which are taken one after another`;
    return { ...consecutive(rows), notes: [{ line: this.#table.headerLine, detail }] };
  }

  /** @param again what may be the matter where times are repeated after one that is earlier than that before it. */
  #contradiction(
    { what, row, before }: Exclude<ReturnType<typeof stepsOf>, Steps>,
    seconds: Float64Array,
    again: string,
  ): TraceFlaw {
    const [line, earlier] = [this.#table.line(row), this.#table.line(before)];
    if (what === 'repeated') {
      const why = seconds.some((second, i) => i > 0 && second < seconds[i - 1]!) ? again : '';
      return { line, detail: `it has the same time as line ${earlier}${why}` };
    }
    const apart = span(Math.abs(seconds[row]! - seconds[before]!));
    return { line, detail: `it comes ${apart} after line ${earlier}, out of step with the other lines` };
  }

  /** What there is to say of steps that are no consecutive minutes. */
  #stepped(
    times: Omit<Times, 'notes' | 'remarks'>,
    summed: readonly TraceFlaw[],
    remarks: readonly TraceFlaw[],
  ): Times | TraceFlaw {
    const { step, slots, gap, falls, rows } = times;
    const last = this.#table.line(times.order?.at(-1) ?? rows - 1);
    if (step > DAY * 1.01)
      return { line: last, detail: `a line counts ${span(step)}, which says nothing of its minutes` };
    const minutes = Math.floor((slots * step) / MINUTE + 1e-6);
    if (minutes > MOST_MINUTES)
      return { line: last, detail: `it is minute ${minutes}, and a trace has at most ${MOST_MINUTES} minutes` };
    if (minutes < 1)
      return { line: last, detail: `the trace ends after ${span(slots * step)}, before its first minute is over` };
    const notes: TraceFlaw[] = [...summed];
    if (falls !== undefined) {
      const detail = `it is earlier than line ${this.#table.line(falls - 1)}, and lines are taken in the order of their times`;
      notes.push({ line: this.#table.line(falls), detail });
    }
    if (gap) {
      const after = `it comes ${span(this.#apart(times, gap))} after line ${this.#table.line(gap.before)}`;
      const out = gap.missing === 1 ? 'the line left out counts' : `the ${gap.missing} lines left out count`;
      const isHour = times.hasDate && times.zone === undefined && gap.missing * step === HOUR;
      const zone = isHour ? '; where clocks go forward, times need a `timezone`' : '';
      notes.push({ line: this.#table.line(gap.row), detail: `${after}, and ${out} no requests${zone}` });
    }
    if (Math.abs(step - MINUTE) > 1e-9) {
      const how = step > MINUTE ? 'spread evenly over its minutes' : 'added up to minutes';
      notes.push({ line: this.#table.line(0), detail: `a line counts ${span(step)}, and is ${how}` });
    }
    const rest = slots * step - minutes * MINUTE;
    if (rest > 1e-3) notes.push({ line: last, detail: `the last ${span(rest)} are no whole minute, and are left out` });
    return { ...times, notes, remarks };
  }

  #apart({ step, slotOf }: Pick<Times, 'step' | 'slotOf'>, { row, before }: { row: number; before: number }): number {
    return slotOf ? (slotOf[row]! - slotOf[before]!) * step : step;
  }

  #clockAt(row: number, at: number): TimeOfCell | undefined {
    const cell = this.#cell(row, at);
    return timeOf(cell, 'day first') ?? timeOf(cell, 'month first');
  }

  #cell(row: number, at: number): string {
    return row >= this.#table.rows ? '' : (this.#table.cell(row, at) ?? '');
  }
}

/** Of days whose minutes are numbered: as long as the longest of them, in seconds. */
function lengthOfDay(minutes: Float64Array, longest: number): number {
  let step = Infinity;
  for (let row = 1; row < minutes.length; row++) {
    const apart = minutes[row]! - minutes[row - 1]!;
    if (apart > 0) step = Math.min(step, apart);
  }
  return (longest + (Number.isFinite(step) ? step : 1)) * MINUTE;
}
