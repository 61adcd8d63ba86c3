/**
 * What nodes and transfers take where devices or links differ. Where all are alike there is none (`undefined`), and engines read the one
 * time of a node and of a tensor: the plain case costs nothing.
 */
import type { Graph } from '../graph/graph.ts';
import { transferUs, wholeUs } from '../graph/link-model.ts';
import { intAt, itemAt, realAt } from '../numeric/at.ts';
import type { DeviceLinks } from './device-links.ts';
import type { Device } from './devices.ts';
import type { DeviceClass } from './shared-load.ts';

export class UnlikeDevices {
  /** By node: its time on the device that runs it soonest. By tensor: its time on the quickest link. µs, for bounds. */
  readonly leastUs: Float64Array;
  readonly leastTensorUs: Float64Array;
  /** Times of all nodes, by device; devices of one kind and speed share theirs. */
  readonly #deviceUs: readonly Float64Array[];
  /** Times of all tensors by link, the last of which is the common one; links between places as {@link DeviceLinks} has them. */
  readonly #linkUs: readonly Float64Array[];
  readonly #placeOf: Int32Array;
  readonly #placeCount: number;
  readonly #between: Int32Array;

  /**
   * @param tensorUs transfer times of the common link, µs.
   * @param links undefined where the common link joins all devices.
   * @returns undefined where all devices and links are alike.
   */
  static of(
    graph: Graph,
    devices: readonly Device[],
    tensorUs: Float64Array,
    links: DeviceLinks | undefined,
  ): UnlikeDevices | undefined {
    const byKind = devices.some(({ kind }) => kind !== undefined && graph.byKind?.has(kind));
    const bySpeed = devices.some(({ speed = 1 }) => speed !== 1);
    return byKind || bySpeed || links ? new UnlikeDevices(graph, devices, tensorUs, links) : undefined;
  }

  private constructor(
    graph: Graph,
    devices: readonly Device[],
    tensorUs: Float64Array,
    links: DeviceLinks | undefined,
  ) {
    const known = new Map<string, Float64Array>();
    this.#deviceUs = devices.map(({ kind = '', speed = 1 }) => {
      const key = `${speed} ${graph.byKind?.has(kind) ? kind : ''}`;
      const us = known.get(key) ?? timesOn(graph, kind, speed);
      known.set(key, us);
      return us;
    });
    const own = (links?.models ?? []).map((link) => graph.tensorBytes.map((bytes) => transferUs(bytes, link)));
    this.#linkUs = [...own, tensorUs];
    this.#placeOf = links?.placeOf ?? new Int32Array(devices.length);
    this.#placeCount = links?.placeCount ?? 1;
    this.#between = (links?.between ?? Int32Array.of(-1)).map((link) => (link < 0 ? own.length : link));
    this.leastUs = least([...known.values()]);
    this.leastTensorUs = least(Array.from(new Set(this.#between), (link) => itemAt(this.#linkUs, link)));
  }

  /** Time of a node on a device, µs. */
  timeOn(node: number, device: number): number {
    return realAt(itemAt(this.#deviceUs, device), node);
  }

  /** Times of all nodes on a device, µs. */
  timesOn(device: number): Float64Array {
    return itemAt(this.#deviceUs, device);
  }

  /** Time of a tensor from one device to another, µs. */
  transferUs(tensor: number, from: number, to: number): number {
    return realAt(this.transferTimes(from, to), tensor);
  }

  /** Times of all tensors from one device to another, µs. */
  transferTimes(from: number, to: number): Float64Array {
    const places = intAt(this.#placeOf, from) * this.#placeCount + intAt(this.#placeOf, to);
    return itemAt(this.#linkUs, intAt(this.#between, places));
  }

  /** Devices that take the same times, together. */
  classes(): DeviceClass[] {
    const counts = new Map<Float64Array, number>();
    for (const us of this.#deviceUs) counts.set(us, (counts.get(us) ?? 0) + 1);
    return Array.from(counts, ([us, devices]) => ({ devices, us }));
  }

  /** Whether two devices take the same times for all nodes and are joined alike to all others. */
  areAlike(a: number, b: number): boolean {
    return this.#deviceUs[a] === this.#deviceUs[b] && this.#placeOf[a] === this.#placeOf[b];
  }
}

/** Times of nodes as a kind of device takes them, divided by its speed; on the planners' clock of whole microseconds. */
function timesOn(graph: Graph, kind: string, speed: number): Float64Array {
  const us = graph.byKind?.get(kind)?.computeUs ?? graph.computeUs;
  return speed === 1 ? us : us.map((time) => wholeUs(time / speed));
}

function least(times: readonly Float64Array[]): Float64Array {
  return itemAt(times, 0).map((first, i) => times.reduce((min, other) => Math.min(min, realAt(other, i)), first));
}
