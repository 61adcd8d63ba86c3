import { useMemo, useState } from 'preact/hooks';
import type { PipelinePreview } from '../../../server/src/lsp/protocol.ts';
import { bytes, count, measuredPercent, microseconds } from '../drawing/figures.ts';
import { fill, hatch } from '../drawing/palette.ts';
import { linearScale } from '../drawing/scale.ts';
import { seen } from '../drawing/seen.ts';
import { Swatch } from '../drawing/patterns.tsx';
import { useWidth } from '../drawing/width.ts';
import { DataTable } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';
import { TimeAxis } from './time-axis.tsx';
import { LANE_RIGHT } from './device-figure.tsx';

type Device = PipelinePreview['devices'][number];

const TOP = 4;
const ROW = 26;
/** A lane holds three rows at most: forward passes above, backward passes below, gradients of weights lowest. */
const OFFSET = { forward: 0, backward: 5, weights: 10 } as const;
const PASS = 14;
/** A number is written into a pass that is this wide. */
const NUMBER_ROOM = 16;

/** A lane a device: forward passes solid, backward hatched, gradients of weights thin; what is left blank between them are bubbles. */
export function PipelineFigure({ pipeline }: { pipeline: PipelinePreview }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const [touched, setTouched] = useState<number | null>(null);
  const left = width < 480 ? 8 : 132;
  const shown = [0, Math.max(pipeline.makespanUs, 1) * 1.02] as const;
  const x = useMemo(() => linearScale(shown, [left, width - LANE_RIGHT]), [shown[1], left, width]);
  return (
    <Figure
      title={`Pipeline: ${pipeline.schedule}, ${count(pipeline.microBatches)} micro-batches`}
      note={
        <>
          <span class="key solid" /> forward <span class="key hatched" /> backward{' '}
          {pipeline.schedule === 'zero-bubble' && 'gradients of weights lower, '}blank: bubbles
        </>
      }
      tableTitle="Stages as a table"
      table={() => <StageTable pipeline={pipeline} />}
    >
      <p class="note">{seen(pipeline.sentence)}</p>
      <div ref={frame} class="lanes" onMouseLeave={() => setTouched(null)}>
        <TimeAxis shown={shown} x={x} width={width} />
        {pipeline.devices.map((device, index) => (
          <div class="lane" key={device.name}>
            <div class={left < 100 ? 'lane-name above' : 'lane-name'}>
              <span class="lane-title">
                <Swatch index={index} /> {device.name}
              </span>
              <span class="note">bubbles {bubbles(device, pipeline)}</span>
            </div>
            <svg class="lane-picture" width={width} height={TOP + ROW + 4} aria-hidden="true">
              <rect class="lane-ground" x={left} y={TOP} width={Math.max(0, width - left - LANE_RIGHT)} height={ROW} />
              {device.passes.map((pass) => {
                const [from, to] = [x(pass.startUs), x(pass.endUs)];
                const dim = touched !== null && touched !== pass.microBatch;
                return (
                  <g
                    key={`${pass.kind} ${pass.stage} ${pass.microBatch}`}
                    class={dim ? 'interval dim' : 'interval'}
                    onMouseEnter={() => setTouched(pass.microBatch)}
                  >
                    <rect
                      x={from}
                      y={TOP + OFFSET[pass.kind]}
                      width={Math.max(0.75, to - from - 0.5)}
                      height={pass.kind === 'weights' ? PASS - 6 : PASS}
                      fill={pass.kind === 'forward' ? fill(index) : hatch(index)}
                    >
                      <title>{described(pass, pipeline)}</title>
                    </rect>
                    {to - from > NUMBER_ROOM && (
                      <text class="tick" x={(from + to) / 2} y={TOP + ROW} text-anchor="middle">
                        {pass.microBatch}
                      </text>
                    )}
                  </g>
                );
              })}
            </svg>
          </div>
        ))}
      </div>
    </Figure>
  );
}

function bubbles(device: Device, { makespanUs }: PipelinePreview): string {
  return measuredPercent(makespanUs > 0 ? 1 - device.busyUs / makespanUs : null);
}

const WORDS = { forward: 'forward', backward: 'backward', weights: 'gradients of weights' } as const;

function described(
  { kind, stage, microBatch, startUs, endUs }: Device['passes'][number],
  pipeline: PipelinePreview,
): string {
  const nodes = pipeline.stages[stage];
  const where = nodes === undefined ? '' : ` (${seen(nodes.first)} to ${seen(nodes.last)})`;
  return `micro-batch ${microBatch}, stage ${stage}${where}: ${WORDS[kind]}, ${microseconds(startUs)} to ${microseconds(endUs)}`;
}

function StageTable({ pipeline }: { pipeline: PipelinePreview }) {
  const rows = pipeline.stages.map((stage, index) => ({ ...stage, index }));
  const on = (name: string): Device | undefined => pipeline.devices.find((device) => device.name === name);
  return (
    <DataTable
      caption="Stages"
      rows={rows}
      rowKey={({ index }) => `${index}`}
      columns={[
        { key: 'stage', title: 'Stage', numeric: true, sortBy: ({ index }) => index, cell: ({ index }) => `${index}` },
        { key: 'device', title: 'Device', sortBy: ({ device }) => device, cell: ({ device }) => device },
        {
          key: 'nodes',
          title: 'Nodes',
          numeric: true,
          sortBy: ({ nodes }) => nodes,
          cell: ({ nodes }) => count(nodes),
        },
        { key: 'first', title: 'From', sortBy: ({ index }) => index, cell: ({ first }) => seen(first) },
        { key: 'last', title: 'To', sortBy: ({ index }) => index, cell: ({ last }) => seen(last) },
        {
          key: 'forward',
          title: 'Forward',
          numeric: true,
          sortBy: ({ forwardUs }) => forwardUs,
          cell: ({ forwardUs }) => microseconds(forwardUs),
        },
        {
          key: 'backward',
          title: 'Backward',
          numeric: true,
          sortBy: ({ backwardUs }) => backwardUs,
          cell: ({ backwardUs }) => microseconds(backwardUs),
        },
        {
          key: 'peak',
          title: 'Device peak',
          numeric: true,
          sortBy: ({ device }) => on(device)?.peakBytes ?? 0,
          cell: ({ device }) => bytes(on(device)?.peakBytes ?? 0),
        },
      ]}
    />
  );
}
