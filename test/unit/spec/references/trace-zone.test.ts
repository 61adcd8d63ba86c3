/** Times without a zone are those of clocks that hang somewhere, also on days on which these are changed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { periodOf, Trace } from '../../../../server/src/spec/references/trace.ts';
import { momentsOf, zoneLike, zoneNamed, zoneNames } from '../../../../server/src/spec/references/trace/zone.ts';

const csv = (header: string, times: readonly string[]): string =>
  [`${header},a`, ...times.map((time, i) => `${time},${i + 1}`)].join('\n');

/** Minutes of column `a`, with what is said of them; or the flaw. */
function read(text: string, zone: string | undefined): unknown[] {
  const trace = new Trace(text).in(zone);
  const column = trace.column('a');
  if (!column.ok) return [`${column.flaw.line}: ${column.flaw.detail}`];
  return [...column.values, ...('step' in trace.times ? trace.times.notes.map(({ detail }) => detail) : [])];
}

describe('a day on which clocks are changed', () => {
  it.each<[string, string, readonly string[], readonly unknown[]]>([
    ['forward', 'Europe/Berlin', ['2026-03-29 01:58', '2026-03-29 01:59', '2026-03-29 03:00'], [1, 2, 3]],
    [
      'forward, to a time that no clock showed',
      'Europe/Berlin',
      ['2026-03-29 01:58', '2026-03-29 01:59', '2026-03-29 02:00'],
      ['4: no clock shows "2026-03-29 02:00" in Europe/Berlin: clocks go forward there'],
    ],
    ['back', 'Europe/Berlin', ['2026-10-25 02:59', '2026-10-25 02:00', '2026-10-25 02:01'], [1, 2, 3]],
    ['back, elsewhere', 'America/New_York', ['11/1/2026 1:58 AM', '11/1/2026 1:59 AM', '11/1/2026 1:00 AM'], [1, 2, 3]],
    ['back, with one of the two hours', 'Europe/Berlin', ['25.10.2026 02:59', '25.10.2026 03:00'], [1, 2]],
    [
      'back by half an hour',
      'Australia/Lord_Howe',
      ['2026-04-05 01:58', '2026-04-05 01:59', '2026-04-05 01:30'],
      [1, 2, 3],
    ],
    ['not, where clocks are never changed', '+01:00', ['2026-03-29 01:59', '2026-03-29 02:00'], [1, 2]],
    ['not, on the other side of the earth', 'Asia/Tokyo', ['2026-03-29 01:59', '2026-03-29 02:00'], [1, 2]],
  ])('%s in %s', (_, zone, times, expected) => {
    expect(read(csv('time', times), zone)).toEqual(expected);
  });

  it('is said to need its zone where none is given', () => {
    expect(read(csv('time', ['2026-03-29 01:58', '2026-03-29 01:59', '2026-03-29 03:00']), undefined).at(-1)).toMatch(
      /where clocks go forward, times need a `timezone`$/,
    );
  });

  it('may be written last line first', () => {
    const times = ['2026-10-25 03:00', '2026-10-25 02:30', '2026-10-25 02:00', '2026-10-25 02:30', '2026-10-25 02:00'];
    const trace = new Trace(csv('time', times)).in('Europe/Berlin');
    expect(trace.times).toMatchObject({ step: 1800, slots: 5, gap: undefined });
  });

  it('in any zone, minute by minute, is read as the moments that it was written at', () => {
    const zones = fc.constantFrom(
      'Europe/London',
      'America/Sao_Paulo',
      'Australia/Sydney',
      'Asia/Kolkata',
      'Africa/Casablanca',
    );
    const day = fc.integer({ min: Date.UTC(2024, 0) / 86_400_000, max: Date.UTC(2027, 0) / 86_400_000 });
    fc.assert(
      fc.property(zones, day, fc.constantFrom(1, 5, 30, 60), (name, since1970, step) => {
        const zone = zoneNamed(name)!;
        const moments = Array.from({ length: Math.floor(1800 / step) }, (_, i) => since1970 * 86_400 + i * step * 60);
        const times = moments.map((moment) =>
          new Date((moment + zone.aheadAt(moment)) * 1000).toISOString().slice(0, 16).replace('T', ' '),
        );
        const trace = new Trace(csv('time', times)).in(name);
        expect(trace.times).toMatchObject({
          first: moments[0],
          step: step * 60,
          slots: moments.length,
          falls: undefined,
        });
        expect(trace.times).toMatchObject({ gap: undefined, zone: zone.aheadAt(moments[0]!), usesGiven: true });
      }),
      { numRuns: 60 },
    );
  });

  it('has times that were never there, and times that were there twice', () => {
    const berlin = zoneNamed('Europe/Berlin')!;
    const at = (text: string): number => Date.parse(`${text}Z`) / 1000;
    expect(momentsOf(at('2026-03-29T02:30:00'), berlin)).toEqual([]);
    expect(momentsOf(at('2026-03-29T03:00:00'), berlin)).toEqual([at('2026-03-29T01:00:00')]);
    expect(momentsOf(at('2026-10-25T02:30:00'), berlin)).toEqual([
      at('2026-10-25T00:30:00'),
      at('2026-10-25T01:30:00'),
    ]);
  });
});

describe('several zones', () => {
  it.each([
    [
      'in a column of names',
      'time,timezone,a\n2026-03-29 01:59,Europe/Berlin,1\n2026-03-29 03:00,Europe/Berlin,2\n2026-03-29 02:01,Europe/London,3\n',
    ],
    [
      'in a column of offsets',
      'time,utc_offset,a\n2026-03-29 01:59,+01:00,1\n2026-03-29 06:30,+05:30,2\n2026-03-29 01:01,Z,3\n',
    ],
    ['behind the times', 'time,a\n2026-03-29 01:59 CET,1\n2026-03-29 03:00 CEST,2\n2026-03-28 18:01 PDT,3\n'],
    [
      'by name',
      'time,a\n2026-03-29 01:59 Europe/Berlin,1\n2026-03-29 03:00 [Europe/Berlin],2\n2026-03-29 02:01 (Europe/London),3\n',
    ],
    [
      'as a browser writes them',
      'time,a\nSun Mar 29 2026 01:59:00 GMT+0100 (Central European Standard Time),1\nSun Mar 29 2026 03:00:00 GMT+0200 (CEST),2\nSun Mar 29 2026 01:01:00 GMT+0000 (Z),3\n',
    ],
  ])('%s', (_, text) => {
    expect(read(text, undefined)).toEqual([1, 2, 3]);
    expect(read(text, 'Asia/Tokyo')).toEqual([1, 2, 3]);
    expect(new Trace(text).in('Asia/Tokyo').times).toMatchObject({ usesGiven: false });
  });

  it('of which a line names none, and a given one', () => {
    const text = csv('time', ['2026-10-25T02:58+02:00', '2026-10-25 02:59', '2026-10-25 02:00']);
    expect(read(text, undefined)).toEqual(['3: its time names no zone, and others do']);
    expect(read(text, 'Europe/Berlin')).toEqual([1, 2, 3]);
  });
});

describe('a time zone', () => {
  it.each([
    'UTC',
    'Z',
    'Europe/Berlin',
    'europe/berlin',
    'America/Argentina/Buenos_Aires',
    '+01:00',
    '-0530',
    'UTC+2',
    '+5',
  ])('may be called %s', (name) => {
    expect(zoneNamed(name)).toBeDefined();
  });

  it.each<[string, string | undefined]>([
    ['Europe/Berln', 'Europe/Berlin'],
    ['Berlin', 'Europe/Berlin'],
    ['new york', 'America/New_York'],
    ['CET', 'Europe/Berlin'],
    ['PST', 'America/Los_Angeles'],
    ['+25:00', undefined],
    ['Mars/Olympus', undefined],
    ['', undefined],
  ])('is not called %s', (name, meant) => {
    expect(zoneNamed(name)).toBeUndefined();
    expect(zoneLike(name)).toBe(meant);
  });

  it('is known by all of its names', () => {
    expect(zoneNames().filter((name) => !zoneNamed(name) && name.length > 4)).toEqual([]);
  });

  it('is that in which a period is told', () => {
    const text = csv('time', ['2026-03-29 01:59', '2026-03-29 03:00']);
    const times = (trace: Trace): Parameters<typeof periodOf>[0] => {
      if (!('step' in trace.times)) throw new Error(trace.times.detail);
      return trace.times;
    };
    expect(periodOf(times(new Trace(text).in('Europe/Berlin')))).toEqual({
      from: '2026-03-29T01:59:00+01:00',
      to: '2026-03-29T03:01:00+02:00',
      timezone: 'Europe/Berlin',
    });
    const epoch = times(new Trace('ts,a\n1774742400,1\n1774742460,2\n'));
    expect(periodOf(epoch)).toEqual({ from: '2026-03-29T00:00:00Z', to: '2026-03-29T00:02:00Z', timezone: null });
    expect(periodOf(epoch, zoneNamed('Asia/Tokyo')).from).toBe('2026-03-29T09:00:00+09:00');
  });
});
