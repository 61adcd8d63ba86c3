/** What was counted of one job on past days: what forecasters are trained on. */
export interface PastTraffic {
  readonly job: string;
  /** Minutes after which the course of a day begins anew; 1440, or less where traces are condensed. */
  readonly minutesPerDay: number;
  /** Stretches without a gap; several may cover the same days (samples of one trace). */
  readonly stretches: readonly TrafficStretch[];
}

export interface TrafficStretch {
  /** Day of the first minute; stretches with the same day tell of the same day, so that they are held out together. */
  readonly firstDay: number;
  /** Minute of that day, from 0, less than the minutes of a day. */
  readonly firstMinute: number;
  /** Requests in each minute, oldest first. */
  readonly countsPerMinute: readonly number[];
}

/** Day of a minute of a stretch. */
export function dayOf(stretch: TrafficStretch, minute: number, minutesPerDay: number): number {
  return stretch.firstDay + Math.floor((stretch.firstMinute + minute) / minutesPerDay);
}

/** All days that some stretch tells of, ascending. */
export function daysOf({ stretches, minutesPerDay }: PastTraffic): number[] {
  const days = new Set<number>();
  for (const stretch of stretches) {
    const { firstDay, countsPerMinute } = stretch;
    if (countsPerMinute.length === 0) continue;
    const last = dayOf(stretch, countsPerMinute.length - 1, minutesPerDay);
    for (let day = firstDay; day <= last; day++) days.add(day);
  }
  return [...days].sort((a, b) => a - b);
}

/** The same traffic with only some of its days; a stretch is cut where a day between is left out. */
export function onDays(past: PastTraffic, keep: (day: number) => boolean): PastTraffic {
  const stretches = past.stretches.flatMap((stretch) => {
    const kept: TrafficStretch[] = [];
    let begin = -1;
    const { countsPerMinute, firstMinute, firstDay } = stretch;
    for (let minute = 0; minute <= countsPerMinute.length; minute++) {
      const inside = minute < countsPerMinute.length && keep(dayOf(stretch, minute, past.minutesPerDay));
      if (inside && begin < 0) begin = minute;
      if (inside || begin < 0) continue;
      const at = firstMinute + begin;
      kept.push({
        firstDay: firstDay + Math.floor(at / past.minutesPerDay),
        firstMinute: at % past.minutesPerDay,
        countsPerMinute: countsPerMinute.slice(begin, minute),
      });
      begin = -1;
    }
    return kept;
  });
  return { ...past, stretches };
}
