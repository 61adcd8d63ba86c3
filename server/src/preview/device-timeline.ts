/** What each device does when: intervals and memory, thinned to what a picture can show. */
import type { PlacedCandidate } from '../baechi/plan.ts';
import type { TrainingRun } from '../baechi/training-run.ts';
import type { DevicePreview } from './model.ts';

/** Intervals drawn per device and kind, and steps of its memory curve. */
const MOST_INTERVALS = 150;
const MOST_STEPS = 300;

interface Interval {
  startUs: number;
  endUs: number;
  label: string;
  node: string;
  count: number;
}

/** One entry a device, in the order of the devices. */
export function deviceTimelines(run: TrainingRun, { result, schedule }: PlacedCandidate): DevicePreview[] {
  const computing: Interval[][] = run.devices.map(() => []);
  const moving: Interval[][] = run.devices.map(() => []);
  for (let node = 0; node < run.step.nodeCount; node++) {
    const d = schedule.device[node]!;
    computing[d]!.push({
      startUs: schedule.start[node]!,
      endUs: schedule.end[node]!,
      label: run.step.names[node]!,
      node: nameOf(run, node),
      count: 1,
    });
  }
  for (const { tensor, from, to, sendStart, receiveStart, receiveEnd } of schedule.transfers) {
    const lasts = receiveEnd - receiveStart;
    const producer = run.step.names[run.step.tensorProducer[tensor]!]!;
    const node = nameOf(run, run.step.tensorProducer[tensor]!);
    moving[from]!.push({
      startUs: sendStart,
      endUs: sendStart + lasts,
      label: `${producer} → ${run.devices[to]!.name}`,
      node,
      count: 1,
    });
    moving[to]!.push({
      startUs: receiveStart,
      endUs: receiveEnd,
      label: `${producer} from ${run.devices[from]!.name}`,
      node,
      count: 1,
    });
  }
  return run.devices.map((device, d) => ({
    name: device.name,
    memoryBytes: device.memory,
    peakBytes: schedule.peakBytes[d]!,
    busyUs: schedule.busyUs[d]!,
    nodes: result.device.reduce((count, other) => count + Number(other === d), 0),
    intervals: [
      ...thinned(computing[d]!, schedule.makespanUs).map(({ count, ...interval }) => ({
        kind: 'compute' as const,
        ...interval,
        label: named(interval.label, count, 'nodes'),
      })),
      ...thinned(moving[d]!, schedule.makespanUs).map(({ count, ...interval }) => ({
        kind: 'transfer' as const,
        ...interval,
        label: named(interval.label, count, 'transfers'),
      })),
    ],
    memoryOverTime: memorySteps(schedule.memory[d]!.timeUs, schedule.memory[d]!.bytes),
  }));
}

/** The node of the graph that a node of the step is a run of. */
function nameOf({ graph, stepOrigin }: TrainingRun, node: number): string {
  return graph.names[stepOrigin[node]!]!;
}

function named(label: string, count: number, many: string): string {
  return count === 1 ? label : `${label} and ${count - 1} more ${many}`;
}

/** Joins neighbours, the nearest first by a growing gap, until few enough are left. What is merged stays labelled by its first. */
function thinned(intervals: readonly Interval[], makespanUs: number): Interval[] {
  let kept = [...intervals].sort((a, b) => a.startUs - b.startUs);
  for (let gap = makespanUs / 4000; kept.length > MOST_INTERVALS; gap *= 2) {
    const joined: Interval[] = [];
    for (const interval of kept) {
      const last = joined.at(-1);
      if (last && interval.startUs - last.endUs <= gap) {
        last.endUs = Math.max(last.endUs, interval.endUs);
        last.count += interval.count;
      } else joined.push({ ...interval });
    }
    kept = joined;
  }
  return kept;
}

/** Of every stretch the highest step stays, so that the peak is always in the picture. */
function memorySteps(timeUs: Float64Array, bytes: Float64Array): (readonly [number, number])[] {
  const stretch = Math.max(1, Math.ceil(timeUs.length / MOST_STEPS));
  const steps: (readonly [number, number])[] = [];
  for (let start = 0; start < timeUs.length; start += stretch) {
    let highest = start;
    for (let i = start; i < Math.min(start + stretch, timeUs.length); i++) if (bytes[i]! > bytes[highest]!) highest = i;
    steps.push([timeUs[highest]!, bytes[highest]!]);
  }
  return steps;
}
