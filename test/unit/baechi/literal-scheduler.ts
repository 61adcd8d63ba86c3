/**
 * m-ETF and m-SCT as their description reads, step by step and with no thought of speed: every start is worked out anew
 * for every pair of node and device. The engine's queues must come to the same placements.
 */
import type { Device } from '../../../server/src/baechi/devices.ts';
import type { Graph } from '../../../server/src/graph/graph.ts';

export interface LiteralRun {
  readonly device: number[];
  readonly start: number[];
  readonly end: number[];
  readonly placed: number;
  readonly estimateUs: number;
  readonly peakBytes: number[];
}

export function literalScheduler(
  graph: Graph,
  devices: readonly Device[],
  tensorUs: Float64Array,
  favourite?: Int32Array,
  pins?: Int32Array,
): LiteralRun {
  const { nodeCount: n, edgeSrc, edgeDst, topoRank } = graph;
  const all = [...devices.keys()];
  const allEdges = Array.from(edgeSrc, (_, e) => e);
  const into = (i: number): number[] => allEdges.filter((e) => edgeDst[e] === i);
  const outOf = (i: number): number[] => allEdges.filter((e) => edgeSrc[e] === i);
  const tensorsOf = (e: number): number[] => [...graph.edgeTensors.row(e)];
  const outputs = (i: number): number => graph.outBytes[i]! + graph.permBytes[i]!;
  const free: number[] = all.map(() => 0); // A
  const channel: number[] = all.map(() => 0); // C
  const cache = all.map(() => new Map<number, number>());
  const last: (number | undefined)[] = all.map(() => undefined);
  const size: number[] = all.map(() => 0);
  const peak: number[] = all.map(() => 0);
  const device: number[] = Array<number>(n).fill(-1);
  const start: number[] = Array<number>(n).fill(0);
  const end: number[] = Array<number>(n).fill(0);
  const executedOut: number[] = Array<number>(n).fill(0);
  const finishedParents: number[] = Array<number>(n).fill(0);
  let ready = Array.from({ length: n }, (_, i) => i).filter((i) => into(i).length === 0);
  let t = 0;

  const placeable = (r: number, d: number): boolean =>
    (pins === undefined || pins[r]! < 0 || pins[r] === d) &&
    graph.tempBytes[r]! + outputs(r) <= devices[d]!.memory - size[d]!;
  const estimate = (r: number, d: number): number => {
    let latest = 0;
    for (const e of into(r)) {
      const p = edgeSrc[e]!;
      if (device[p] === d) latest = Math.max(latest, end[p]!);
      else {
        const unsent = tensorsOf(e).filter((tensor) => !cache[d]!.has(tensor));
        for (const tensor of tensorsOf(e)) latest = Math.max(latest, cache[d]!.get(tensor) ?? 0);
        if (unsent.length > 0) {
          const w = unsent.reduce((sum, tensor) => sum + tensorUs[tensor]!, 0);
          latest = Math.max(latest, Math.max(Math.max(end[p]!, channel[device[p]!]!), channel[d]!) + w);
        }
      }
    }
    return latest;
  };
  const earliest = (r: number, d: number): number => Math.max(estimate(r, d), free[d]!);
  const urgentTime = (r: number): number => {
    const starts = all.filter((d) => placeable(r, d)).map((d) => earliest(r, d));
    return starts.length > 0 ? Math.max(...starts) : Infinity;
  };
  const first = (nodes: number[], key: (r: number) => number): number | undefined =>
    nodes.toSorted((a, b) => key(a) - key(b) || topoRank[a]! - topoRank[b]!)[0];
  const awaited = (d: number): number | undefined => {
    const f = last[d] === undefined ? -1 : (favourite?.[last[d]] ?? -1);
    if (f < 0 || device[f]! >= 0 || !ready.includes(f) || !placeable(f, d)) return undefined;
    const least = Math.min(...all.filter((other) => placeable(f, other)).map((other) => earliest(f, other)));
    return earliest(f, d) === least ? f : undefined;
  };
  const commit = (r: number, d: number): void => {
    let latest = 0;
    for (const e of into(r)) {
      const p = edgeSrc[e]!;
      if (device[p] === d) latest = Math.max(latest, end[p]!);
      else {
        for (const tensor of tensorsOf(e)) {
          if (!cache[d]!.has(tensor)) {
            const s = Math.max(end[p]!, channel[device[p]!]!);
            channel[device[p]!] = s + tensorUs[tensor]!;
            channel[d] = Math.max(s, channel[d]!) + tensorUs[tensor]!;
            cache[d]!.set(tensor, channel[d]);
          }
          latest = Math.max(latest, cache[d]!.get(tensor)!);
        }
      }
    }
    device[r] = d;
    size[d]! += outputs(r);
    peak[d] = Math.max(peak[d]!, size[d]! + graph.tempBytes[r]!);
    start[r] = Math.max(free[d]!, latest);
    end[r] = start[r] + graph.computeUs[r]!;
    free[d] = end[r];
    for (const e of into(r)) {
      const p = edgeSrc[e]!;
      if (++executedOut[p]! === outOf(p).length) size[device[p]!]! -= graph.outBytes[p]!;
    }
    last[d] = r;
    ready = ready.filter((other) => other !== r);
  };

  for (;;) {
    for (const d of all) {
      if (free[d] === t && last[d] !== undefined) {
        for (const e of outOf(last[d])) {
          const child = edgeDst[e]!;
          if (++finishedParents[child]! === into(child).length) ready.push(child);
        }
      }
      if (free[d]! < t) free[d] = t;
    }
    for (;;) {
      const candidates: { r: number; d: number; s: number }[] = [];
      for (const d of all) {
        if (t < free[d]!) continue;
        const here = ready.filter((r) => placeable(r, d));
        const f = awaited(d);
        let r: number | undefined;
        if (f === undefined) r = first(here, (other) => earliest(other, d));
        else {
          const urgent = first(here, urgentTime);
          r = urgent !== undefined && urgentTime(urgent) <= t ? urgent : f;
        }
        if (r !== undefined && earliest(r, d) <= t) candidates.push({ r, d, s: earliest(r, d) });
      }
      candidates.sort((a, b) => a.s - b.s || topoRank[a.r]! - topoRank[b.r]! || a.d - b.d);
      const [picked] = candidates;
      if (!picked) break;
      commit(picked.r, picked.d);
    }
    let next = Infinity;
    for (const d of all) {
      if (free[d]! > t) {
        next = Math.min(next, free[d]!);
        continue;
      }
      const here = ready.filter((r) => placeable(r, d));
      const f = awaited(d);
      if (f === undefined) next = Math.min(next, ...here.map((r) => earliest(r, d)));
      else next = Math.min(next, earliest(f, d), ...here.map(urgentTime));
    }
    if (next === Infinity) break;
    t = next;
  }
  const placed = device.filter((d) => d >= 0).length;
  return { device, start, end, placed, estimateUs: t, peakBytes: peak };
}
