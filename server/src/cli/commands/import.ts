import { basename, dirname, join } from 'node:path';
import { bestMoves, judgeMap, readDeviceMap, uncovered, type MapMove } from '../../baechi/export/device-map.ts';
import { moduleMapOf } from '../../baechi/export/module-map.ts';
import { specRun } from '../../baechi/from-spec.ts';
import { planSpec } from '../../baechi/plan.ts';
import { defaultSolver } from '../../baechi/default-solver.ts';
import { simulateStep } from '../../baechi/training-run.ts';
import { readGraphFile } from '../../graph/source.ts';
import { formatQuantity } from '../../spec/quantities/quantity.ts';
import { problemError } from '../../spec/problems/problem-error.ts';
import { readSpecFile } from '../../spec/spec-file.ts';
import type { TrainingPlacement } from '../../spec/types.ts';
import { EXIT } from '../exit-code.ts';
import { readSpecOrGraph, readText, type Session } from '../session.ts';
import { Progress } from '../terminal.ts';
import { milliseconds } from '../text/number.ts';
import { table } from '../text/table.ts';

export interface ImportOptions {
  readonly graph: string;
  /** Of each device that the map uses; the last one counts for all that follow. */
  readonly memory: readonly string[];
  readonly bandwidth: string;
  readonly latency: string;
}

/** Judges a device_map that another tool made: what a step takes, what each device needs, what to move and what it gains. */
export async function importDeviceMap(session: Session, path: string, options: ImportOptions): Promise<number> {
  const file = await readText(session, path);
  const read = readDeviceMap(file.text);
  if (!read.ok) throw problemError('BERTH3152', { file: file.shown, detail: read.detail });
  const graphRead = await readSpecOrGraph(session, options.graph);
  const source = readGraphFile(graphRead);
  if (!source.ok) {
    const [first] = source.problems;
    throw problemError('BERTH3008', {
      where: graphRead.shown,
      detail: first ? `${first.code}; berth validate says more` : 'it is no graph',
    });
  }
  const { graph, profile } = source;
  if (!profile) throw problemError('BERTH3150', { graph: graphRead.shown, format: 'a device_map' });
  const spec = await placementOf(session, graphRead.path, read.devices, options);
  const { run } = specRun(spec, graph);
  const missing = uncovered(run, profile, read.map);
  if (missing.length > 0) throw problemError('BERTH3153', { file: file.shown, missing, all: missing.length });
  const judged = judgeMap(run, read.map);
  if (!judged.ok) throw problemError('BERTH3151', { format: file.shown, detail: judged.detail });
  const progress = new Progress();
  progress.update('looking for what to move', 0, 0);
  const stop = (): boolean => progress.stillAtWork();
  const moves = bestMoves(run, profile, read.map, stop);
  const planned = await planSpec(spec, graph, { solver: defaultSolver, shouldStop: stop }).finally(() =>
    progress.end(),
  );
  const fitting = planned.kind === 'planned' && planned.plan.best?.fits ? planned.plan.best : undefined;
  // Weights that are counted once and used on two devices would be no placement of this module.
  const best = fitting && keepsGroups(graph.groups, fitting.result.device) ? fitting : undefined;
  const own = best && ownMap(best.result.device);
  function ownMap(device: Int32Array): { readonly makespanUs: number; readonly expressible: boolean } {
    const mapped = profile ? moduleMapOf({ name: '', graph, profile, devices: run.devices, device }) : undefined;
    const { schedule, fits } = simulateStep(run, mapped?.ok ? mapped.runs : device);
    return { makespanUs: schedule.makespanUs, expressible: mapped?.ok === true && fits };
  }
  const { schedule, fits } = judged;
  const devices = run.devices.map(({ name, memory }, d) => ({
    name,
    memory,
    peak: schedule.peakBytes[d] ?? 0,
    busyUs: schedule.busyUs[d] ?? 0,
  }));
  const named = moves.map((move) => ({
    ...move,
    from: read.devices[move.from] ?? '',
    to: read.devices[move.to] ?? '',
  }));
  if (session.format === 'json') {
    session.json({
      makespanUs: schedule.makespanUs,
      fits,
      transferBytes: schedule.transferBytes,
      devices,
      moves: named,
      own: own ?? null,
    });
    return EXIT.ok;
  }
  const size = (bytes: number): string => formatQuantity(bytes, 'size');
  const ms = (us: number): string => milliseconds(us / 1000);
  session.print([
    `${session.paint.bold(file.shown)}: ${ms(schedule.makespanUs)} a step, ${size(schedule.transferBytes)} moved${fits ? '' : '; it does not fit'}.`,
    '',
    ...table(
      [
        { title: 'device' },
        { title: 'at work', align: 'right' },
        { title: 'peak', align: 'right' },
        { title: 'memory', align: 'right' },
      ],
      devices.map((one) => [
        one.name,
        ms(one.busyUs),
        `${one.peak > one.memory ? '✗ ' : ''}${size(one.peak)}`,
        size(one.memory),
      ]),
      session.width,
    ),
    '',
    ...movesText(named, schedule.makespanUs, ms),
    ...(own
      ? [
          `Berth's own placement takes ${ms(own.makespanUs)}, ${percentLess(own.makespanUs, schedule.makespanUs)}${own.expressible ? '' : ', and no device_map can say it'}.`,
        ]
      : ["Berth's own placers find none that fits and keeps shared weights together."]),
  ]);
  return EXIT.ok;
}

function keepsGroups(groups: readonly (string | undefined)[], device: Int32Array): boolean {
  const at = new Map<string, number | undefined>();
  return groups.every((group, node) => {
    if (group === undefined) return true;
    if (!at.has(group)) at.set(group, device[node]);
    return at.get(group) === device[node];
  });
}

function movesText(
  moves: readonly (Omit<MapMove, 'from' | 'to'> & { readonly from: string; readonly to: string })[],
  before: number,
  ms: (us: number) => string,
): string[] {
  if (moves.length === 0) return ['No single module is better elsewhere.'];
  return [
    'Better one after the other:',
    ...moves.map(
      ({ module, from, to, makespanUs, fits }) =>
        `  ${module === '' ? 'everything' : module} from ${from} to ${to}: ${ms(makespanUs)}, ${percentLess(makespanUs, before)}${fits ? '' : '; does not fit yet'}`,
    ),
  ];
}

function percentLess(now: number, before: number): string {
  const percent = 100 * (1 - now / before);
  return percent >= 0 ? `${percent.toFixed(1)} % less` : `${(-percent).toFixed(1)} % more`;
}

/** The devices that the map uses, as a spec beside the graph would say them: read by the one reader of specs, defaults and all. */
async function placementOf(
  session: Session,
  graph: string,
  names: readonly string[],
  options: ImportOptions,
): Promise<TrainingPlacement> {
  const devices = names.map((name, i) => {
    const memory = options.memory[i] ?? options.memory.at(-1) ?? '';
    return `    - { name: ${name.replace(':', '')}, memory: ${memory} }`;
  });
  const text = `apiVersion: berth.dev/v1alpha1
kind: TrainingPlacement
metadata: { name: device-map }
spec:
  graph: ${JSON.stringify(basename(graph))}
  devices:
${devices.join('\n')}
  link: { bandwidth: ${options.bandwidth}, latency: ${options.latency} }
`;
  const uri = join(dirname(graph), 'device-map.berth.yaml');
  const { documents, problems } = await session.files.settled((files) => readSpecFile(text, { uri, files }));
  const spec = documents[0]?.spec;
  if (spec?.kind === 'TrainingPlacement') return spec;
  const detail = problems[0]?.message ?? 'a size or a rate is malformed';
  throw problemError('BERTH3154', { detail }, { exitCode: EXIT.usage });
}
