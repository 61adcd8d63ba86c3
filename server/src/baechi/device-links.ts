import { linkModel, type LinkModel } from '../graph/link-model.ts';
import { itemAt } from '../numeric/at.ts';
import type { DeviceLink } from '../spec/types.ts';
import type { Device } from './devices.ts';

/** Which devices are joined by another link than the common one. */
export interface DeviceLinks {
  readonly models: readonly LinkModel[];
  /** Devices of one place are joined alike to all others: those of one host, unless links name some of them. */
  readonly placeOf: Int32Array;
  readonly placeCount: number;
  /** For places a and b, at `a · placeCount + b`: which of the models, or −1 where the common link joins them. */
  readonly between: Int32Array;
}

interface Place {
  readonly host: string | undefined;
  readonly rack: string | undefined;
  /** By link: whether it names the devices here as one end, and as the other. */
  readonly ends: readonly (readonly [boolean, boolean])[];
}

/**
 * Every pair of devices gets its narrowest link: one that names both, else that of their host, else that of their rack. Of two that are as
 * narrow the later one holds.
 *
 * @returns undefined where the common link joins all.
 */
export function deviceLinks(devices: readonly Device[], links: readonly DeviceLink[]): DeviceLinks | undefined {
  if (links.length === 0) return undefined;
  const named = links.map(({ between = [] }) => between.map((names) => new Set(names)));
  const places = new Map<string, { readonly index: number; readonly place: Place }>();
  const placeOf = Int32Array.from(devices, ({ name, host, rack }) => {
    const ends = named.map(([one, other]) => [one?.has(name) ?? false, other?.has(name) ?? false] as const);
    const key = JSON.stringify([host, rack, ends]);
    const { index } = places.get(key) ?? { index: places.size };
    if (index === places.size) places.set(key, { index, place: { host, rack, ends } });
    return index;
  });
  const all = Array.from(places.values(), ({ place }) => place);
  const narrowest = [...links.keys()].sort((a, b) => width(itemAt(links, a)) - width(itemAt(links, b)) || b - a);
  const joins = (link: number, a: Place, b: Place): boolean => {
    const { within } = itemAt(links, link);
    if (within !== undefined) return a[within] !== undefined && a[within] === b[within];
    const [[from, to], [otherFrom, otherTo]] = [itemAt(a.ends, link), itemAt(b.ends, link)];
    return (from && otherTo) || (to && otherFrom);
  };
  const between = Int32Array.from({ length: all.length ** 2 }, (_, pair) => {
    const [a, b] = [itemAt(all, Math.floor(pair / all.length)), itemAt(all, pair % all.length)];
    return narrowest.find((link) => joins(link, a, b)) ?? -1;
  });
  if (between.every((link) => link < 0)) return undefined;
  return { models: links.map(linkModel), placeOf, placeCount: all.length, between };
}

function width({ within }: DeviceLink): number {
  if (within === undefined) return 0;
  return within === 'host' ? 1 : 2;
}
