import { itemAt } from '../../numeric/at.ts';
import { Trace, type Times, type TraceFlaw } from '../../spec/references/trace.ts';
import { ProblemError, problemError } from '../../spec/problems/problem-error.ts';
import { EXIT } from '../exit-code.ts';
import { readText, type Session } from '../session.ts';
import { traceText, type InspectedColumn, type InspectedTrace } from '../text/trace-text.ts';

/** Shows what is understood of a trace: its times, its columns minute by minute, and what is odd about it. */
export function inspectTrace(session: Session, path: string): number {
  const { text, shown } = readText(path);
  const trace = new Trace(text.normalize('NFC'));
  const fails = (flaw: TraceFlaw): ProblemError => problemError('BERTH2006', { trace: shown, ...flaw });
  if (trace.flaw) throw fails(trace.flaw);
  if (!trace.isPlain) throw fails({ line: 1, detail: 'below it there is no table of numbers' });
  const { times } = trace;
  if (!('step' in times)) throw fails(times);
  const columns = trace.loads.map((name): InspectedColumn => {
    const column = trace.column(name);
    const unit = trace.unitOf(name);
    return column.ok
      ? { name, unit, ...measures(column.values), perMinute: column.values }
      : { name, unit, flaw: column.flaw };
  });
  const inspected: InspectedTrace = {
    file: shown,
    delimiter: trace.delimiter,
    lines: times.rows,
    minutes: Math.floor((times.slots * times.step) / 60 + 1e-6),
    times: {
      columns: times.columns,
      form: times.form,
      secondsALine: times.step,
      ...period(times),
      linesLeftOut: times.slots - times.rows,
    },
    notes: times.notes,
    remarks: [...times.remarks, ...trace.loads.flatMap((name) => trace.remarksOf(name))],
    columns,
  };
  if (session.format === 'json') session.json(inspected);
  else session.print(traceText(inspected, session));
  return columns.some(({ flaw }) => flaw) ? EXIT.problems : EXIT.ok;
}

function measures(values: readonly number[]): Pick<InspectedColumn, 'requests' | 'mean' | 'peak'> {
  const requests = values.reduce((sum, value) => sum + value, 0);
  const peak = values.reduce((most, value) => Math.max(most, value), 0);
  return { requests, mean: requests / values.length, peak };
}

/** From the begin of the first line to the end of the last, as their own zone has it; null where they have no date. */
function period({ first, hasDate, zone, slots, step }: Times): { from: string | null; to: string | null } {
  if (!hasDate) return { from: null, to: null };
  return { from: written(first, zone), to: written(first + slots * step, zone) };
}

function written(seconds: number, zone: number | undefined): string {
  const local = itemAt(new Date(Math.round(seconds + (zone ?? 0)) * 1000).toISOString().split('.'), 0);
  if (zone === undefined) return local;
  if (zone === 0) return `${local}Z`;
  const minutes = Math.abs(zone) / 60;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${local}${zone < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
