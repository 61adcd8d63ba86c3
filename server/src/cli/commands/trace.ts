import { periodOf, Trace, type TraceFlaw } from '../../spec/references/trace.ts';
import { ProblemError, problemError } from '../../spec/problems/problem-error.ts';
import { EXIT } from '../exit-code.ts';
import { readTrace, type Session } from '../session.ts';
import { zoneOption } from '../zone-option.ts';
import { traceText, type InspectedColumn, type InspectedTrace } from '../text/trace-text.ts';

export interface InspectOptions {
  /** Of times that name none. */
  readonly timezone?: string;
}

/** Shows what is understood of a trace: its times, its columns minute by minute, and what is odd about it. */
export async function inspectTrace(session: Session, path: string, { timezone }: InspectOptions): Promise<number> {
  const zone = zoneOption(timezone);
  const { content, shown } = await readTrace(session, path);
  const trace = Trace.of(content, zone);
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
  const readable = columns.flatMap(({ name, flaw }) => (flaw ? [] : [name]));
  const inspected: InspectedTrace = {
    file: shown,
    delimiter: trace.delimiter ?? null,
    form: trace.form,
    lines: times.rows,
    minutes: Math.floor((times.slots * times.step) / 60 + 1e-6),
    times: {
      columns: times.columns,
      form: times.form,
      secondsALine: times.step,
      ...periodOf(times, zone),
      linesLeftOut: times.slots - times.rows,
    },
    notes: [...times.notes, ...readable.flatMap((name) => trace.notesOf(name))],
    remarks: [...trace.remarks, ...trace.loads.flatMap((name) => trace.remarksOf(name))],
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
