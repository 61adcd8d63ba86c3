/** From when to when a trace is, as people write it. */
import type { Times } from './times.ts';
import { offsetText, type Zone } from './zone.ts';

export interface Period {
  /** ISO 8601, with its zone where that is known; null where lines have no date. */
  readonly from: string | null;
  readonly to: string | null;
  /** The name of the zone (`Europe/Berlin`), where more of it is known than how far it is from UTC. */
  readonly timezone: string | null;
}

/** From the begin of the first line to the end of the last. @param shown the zone in which moments are told that name none. */
export function periodOf(times: Times, shown?: Zone): Period {
  const { first, hasDate, zone, slots, step, form } = times;
  if (!hasDate) return { from: null, to: null, timezone: null };
  const place = times.place ?? (form === 'epoch' ? shown : undefined);
  const ahead = (moment: number): number | undefined => place?.aheadAt(moment) ?? zone;
  const written = (moment: number): string => iso(moment, ahead(moment));
  return {
    from: written(first),
    to: written(first + slots * step),
    timezone: place?.name.includes('/') ? place.name : null,
  };
}

function iso(seconds: number, ahead: number | undefined): string {
  const local = new Date(Math.round(seconds + (ahead ?? 0)) * 1000).toISOString().replace(/\..*/, '');
  return ahead === undefined ? local : ahead === 0 ? `${local}Z` : local + offsetText(ahead);
}
