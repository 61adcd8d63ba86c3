/**
 * Answers of Prometheus and of what speaks its language (Thanos, Mimir, VictoriaMetrics, promtool): series of moments with their values. Each
 * series is a column, named as Prometheus writes it; each moment at which any of them has a value is a line.
 */
import { DataTable, type TraceTable } from './trace-table.ts';

interface Series {
  readonly name: string;
  /** Moments in seconds since 1970, with the text of the value. */
  readonly samples: readonly (readonly [moment: number, value: string])[];
}

const RANGE = 'ask for a range (/api/v1/query_range, or `promtool query range`)';

/** The table of a text that is JSON, or as `promtool query range` prints it; undefined of any other. */
export function seriesTable(text: string): TraceTable | undefined {
  if (
    /^\s*\{[^\n]*\} =>\s*\n/.test(text.slice(0, 10_000)) ||
    /^\s*[a-zA-Z_:][\w:]*(?:\{[^\n]*\})? =>\s*\n/.test(text.slice(0, 10_000))
  )
    return tableOf(printed(text));
  if (!/^\s*(?:\{\s*["}]|\[\s*[[{"\d\]-])/.test(text.slice(0, 1000))) return undefined;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return tableOf('it begins as JSON, and does not go on as JSON');
  }
  return tableOf(seriesIn(data));
}

function tableOf(found: readonly Series[] | string): TraceTable {
  return typeof found === 'string' ? nothing(found) : new SeriesTable(found);
}

/** As the names of series are compared: labels in the order of their names, no blanks between them. */
export function asSeriesName(written: string): string | undefined {
  const match = /^\s*([a-zA-Z_:][\w:]*)?\s*(?:\{(.*)\})?\s*$/s.exec(written);
  if (!match || match[2] === undefined) return undefined;
  const labels: Record<string, string> = {};
  const label = /\s*([a-zA-Z_]\w*)\s*=\s*("(?:[^"\\]|\\.)*")\s*(?:,|$)/sy;
  while (label.lastIndex < match[2].trimEnd().length) {
    const found: RegExpExecArray | null = label.exec(match[2]);
    const value = found ? textOf(found[2]!) : undefined;
    if (!found || value === undefined) return undefined;
    labels[found[1]!] = value;
  }
  return nameOf({ ...labels, ...(match[1] === undefined ? {} : { __name__: match[1] }) });
}

function textOf(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

function nameOf(labels: Readonly<Record<string, unknown>>): string {
  const { __name__: metric = '', ...others } = labels;
  const pairs = Object.entries(others)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(String(value))}`);
  const name = typeof metric === 'string' ? metric : '';
  return pairs.length > 0 || name === '' ? `${name}{${pairs.join(',')}}` : name;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns why it is none, in words. */
function seriesIn(answer: unknown): readonly Series[] | string {
  if (isObject(answer) && 'status' in answer && answer.status !== 'success')
    return 'it is an answer of Prometheus that tells of an error, not of series';
  const data = isObject(answer) && isObject(answer.data) ? answer.data : answer;
  const result = isObject(data) ? data.result : data;
  const type = isObject(data) ? data.resultType : undefined;
  if (type === 'vector' || type === 'scalar' || type === 'string' || type === 'streams')
    return `it is an answer of Prometheus of the type ${type}, at one moment; ${RANGE}`;
  if (!Array.isArray(result) || !result.every(isObject))
    return 'it is JSON, and neither a table of cells nor a range query of Prometheus';
  if (result.length === 0)
    return isObject(data) && type === 'matrix'
      ? 'the query of Prometheus found no series'
      : 'it is JSON, and neither a table of cells nor a range query of Prometheus';
  if (result.some((series) => !isObject(series.metric)))
    return 'it is JSON, and neither a table of cells nor a range query of Prometheus';
  if (result.some((series) => !('values' in series) && 'value' in series))
    return `it is an answer of Prometheus with one moment of each series; ${RANGE}`;
  if (result.some((series) => 'histograms' in series || 'histogram' in series))
    return 'it has native histograms, and a trace has numbers: ask for histogram_count(rate(…))';
  const all: Series[] = [];
  for (const { metric, values } of result) {
    const samples = samplesIn(values);
    if (!samples) return 'a series of it has other values than pairs of a time and a number in quotes';
    if (new Set(samples.map(([moment]) => moment)).size < samples.length) return 'a series of it has a moment twice';
    all.push({ name: nameOf(metric as Record<string, unknown>), samples });
  }
  return all;
}

function samplesIn(values: unknown): Series['samples'] | undefined {
  if (!Array.isArray(values)) return undefined;
  const samples: (readonly [number, string])[] = [];
  for (const pair of values as unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    const [moment, value] = pair as unknown[];
    if (typeof moment !== 'number' || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
    samples.push([moment, String(value)]);
  }
  return samples;
}

/** As promtool prints it: the name of a series, and below it a line for each moment, `12.5 @[1774742400]`. */
function printed(text: string): readonly Series[] | string {
  const all: { name: string; samples: (readonly [number, string])[] }[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const head = /^(.*) =>$/.exec(line.trimEnd());
    if (head) {
      all.push({ name: asSeriesName(head[1]!) ?? head[1]!, samples: [] });
      continue;
    }
    const sample = /^(\S+) @\[(\d+(?:\.\d+)?)\]$/.exec(line.trim());
    if (!sample) return 'it begins as a range query of promtool, and does not go on as one';
    all.at(-1)!.samples.push([Number(sample[2]), sample[1]!]);
  }
  return all;
}

const NO_VALUE = /^[+-]?(?:nan|inf|infinity)$/i;

class SeriesTable extends DataTable {
  readonly form = 'a range query of Prometheus';
  readonly columns: readonly string[];
  readonly rows: number;
  readonly #moments: readonly number[];
  readonly #columns: readonly ReadonlyMap<number, string>[];

  constructor(series: readonly Series[]) {
    super();
    const maps = series.map(({ samples }) => new Map(samples));
    this.#moments = [...new Set(maps.flatMap((map) => [...map.keys()]))].sort((a, b) => a - b);
    this.#columns = maps;
    this.rows = this.#moments.length;
    this.columns = ['time', ...series.map(({ name }) => name)];
  }

  cell(row: number, at: number): string {
    const moment = this.#moments[row]!;
    if (at === 0) return String(moment);
    const value = this.#columns[at - 1]?.get(moment) ?? '';
    return NO_VALUE.test(value) ? '' : value;
  }
}

/** Of what is no trace at all. */
function nothing(detail: string): TraceTable {
  return {
    ...{
      form: 'nothing that is a trace',
      columns: [],
      headerLine: 1,
      rows: 0,
      delimiter: ',',
      isData: false,
      remarks: [],
    },
    flaw: { line: 1, detail },
    line: (row) => row + 1,
    cell: () => undefined,
    width: () => 0,
    isBlank: () => true,
    overfull: () => undefined,
  };
}
