/** What is understood of the trace that a job names: how long it is, from when to when, and in which time zone. */
import { folderOf, resolveReference, type Files } from '../../spec/references/reference.ts';
import { periodOf, span, traceAt, zoneNamed } from '../../spec/references/trace.ts';
import { code } from '../markdown.ts';
import { startsWith, type Place } from '../place.ts';
import type { Section } from '../section.ts';

const KEYS: ReadonlySet<unknown> = new Set(['trace', 'column', 'timezone']);

/** Undefined where the place is no value that tells of a trace, or there is none that can be read. */
export function traceHover(path: string, { root }: Section, place: Place, files: Files): string | undefined {
  if (place.on === 'key' || !startsWith(place.path, 'spec', 'jobs', '*', 'workload') || !KEYS.has(place.path.at(-1)))
    return undefined;
  const workload = root?.at(place.path.slice(0, -1));
  const written = workload?.get('trace')?.value.scalar;
  const target = typeof written === 'string' ? resolveReference(written, folderOf(path)) : undefined;
  const timezone = workload?.get('timezone')?.value.scalar;
  const zone = typeof timezone === 'string' ? timezone : undefined;
  const trace = target === undefined ? undefined : traceAt(files, target)?.in(zone);
  if (!trace || trace.flaw || !trace.isPlain || !('step' in trace.times)) return undefined;
  const { times } = trace;
  const minutes = Math.floor((times.slots * times.step) / 60 + 1e-6);
  const { from, to, timezone: name } = periodOf(times, zone === undefined ? undefined : zoneNamed(zone));
  const length = `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}, lines of ${span(times.step)}`;
  if (from === null || to === null) return `${length}.`;
  const where = name ?? (times.zone === undefined ? 'in a time zone that is not told' : undefined);
  return `${length}, from ${code(from)} to ${code(to)}${where === undefined ? '' : ` (${where})`}.`;
}
