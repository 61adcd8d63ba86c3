import { useEffect, useState } from 'preact/hooks';
import type { PlacementPreview, WhatIf } from '../../../server/src/lsp/protocol.ts';
import { bytes, duration, measuredPercent, microseconds } from '../drawing/figures.ts';
import { linearScale } from '../drawing/scale.ts';
import { DataTable } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';
import { looking } from './looking.ts';

type Row = PlacementPreview['compared'][number];

/** The algorithms side by side; the best possible is a dashed mark in each bar. */
export function AlgorithmTable(props: {
  preview: PlacementPreview;
  whatIf: WhatIf;
  onWhatIf: (whatIf: WhatIf) => void;
}) {
  const { preview, whatIf, onWhatIf } = props;
  const [picked, setPicked] = useState<readonly Row['algorithm'][]>(whatIf.look?.compare ?? []);
  useEffect(() => {
    if (whatIf.look?.compare === undefined && picked.length === 2) setPicked([]);
  }, [whatIf.look?.compare]);
  /** Two rows are compared; a third takes the place of the one picked first. */
  const pick = (algorithm: Row['algorithm']): void => {
    const next = picked.includes(algorithm)
      ? picked.filter((other) => other !== algorithm)
      : [...picked, algorithm].slice(-2);
    setPicked(next);
    const [a, b] = next;
    if (a !== undefined && b !== undefined) onWhatIf(looking(whatIf, { compare: [a, b] }));
    else if (whatIf.look?.compare !== undefined) onWhatIf(looking(whatIf, { compare: undefined }));
  };
  if (preview.compared.length === 0) return null;
  const longest = Math.max(preview.lowerBoundUs, ...preview.compared.map((row) => row.makespanUs ?? 0), 1);
  const scale = linearScale([0, longest], [0, 110]);
  // What does not fit cannot be chosen, however fast: it goes last.
  const time = (row: Row): number => (row.fits ? (row.makespanUs ?? NaN) : NaN);
  return (
    <Figure
      title="Algorithms"
      note={
        <>
          <span class="bound-word">┆ best possible {microseconds(preview.lowerBoundUs)}</span>
          {preview.compared.length > 1 && ' · pick two to compare them'}
        </>
      }
    >
      <div class="algorithms cards-when-narrow">
        <DataTable
          caption="Algorithms side by side"
          rows={preview.compared}
          rowKey={(row) => row.algorithm}
          sorting={{ key: 'time', descending: false }}
          rowClass={(row) => (row.algorithm === preview.chosen ? 'chosen' : '')}
          columns={[
            {
              key: 'algorithm',
              title: 'Algorithm',
              sortBy: (row) => row.algorithm,
              cell: (row) => (
                <>
                  {preview.compared.length > 1 && row.makespanUs !== null && (
                    <input
                      type="checkbox"
                      class="pick"
                      aria-label={`Compare ${row.algorithm}`}
                      checked={picked.includes(row.algorithm)}
                      onChange={() => pick(row.algorithm)}
                    />
                  )}
                  {row.algorithm}
                  {row.algorithm === preview.chosen && <span class="needy"> ● chosen</span>}
                  {row.makespanUs !== null && row.algorithm !== preview.chosen && (
                    <button
                      type="button"
                      class="link try"
                      title={`What if the spec asked for ${row.algorithm}?`}
                      onClick={() => onWhatIf({ ...whatIf, algorithm: row.algorithm })}
                    >
                      try
                    </button>
                  )}
                  {row.note !== '' && <div class="note row-note">{row.note}</div>}
                </>
              ),
            },
            {
              key: 'time',
              title: 'One step',
              hint: 'From the schedule simulator',
              numeric: true,
              sortBy: time,
              cell: (row) =>
                row.makespanUs === null ? (
                  <span class="state-word error">✕ no placement</span>
                ) : (
                  <span class="with-mark">
                    <svg width="112" height="12" aria-hidden="true">
                      <rect class="bullet-ground" y="2" width="110" height="8" />
                      <rect class="time-bar" y="2" width={scale(row.makespanUs)} height="8" />
                      <line
                        class="upright bound"
                        x1={scale(preview.lowerBoundUs)}
                        x2={scale(preview.lowerBoundUs)}
                        y1="0"
                        y2="12"
                      />
                    </svg>
                    <span class="number">{microseconds(row.makespanUs)}</span>
                  </span>
                ),
            },
            {
              key: 'ratio',
              title: 'Above best',
              hint: 'How much longer than the best possible, which no placement can beat',
              numeric: true,
              sortBy: time,
              cell: (row) =>
                row.makespanUs === null || preview.lowerBoundUs === 0
                  ? '–'
                  : measuredPercent(row.makespanUs / preview.lowerBoundUs - 1),
            },
            {
              key: 'peak',
              title: 'Highest peak',
              hint: 'Of all devices the largest memory in use, and how full its device is',
              numeric: true,
              sortBy: (row) => fullest(row, preview)?.bytes ?? NaN,
              cell: (row) => {
                const peak = fullest(row, preview);
                return peak === null ? '–' : `${bytes(peak.bytes)} (${measuredPercent(peak.share)})`;
              },
            },
            {
              key: 'fits',
              title: 'Memory',
              sortBy: (row) => Number(row.fits),
              cell: (row) => (row.fits ? '✓ fits' : <span class="state-word error">✕ over</span>),
            },
            {
              key: 'plan',
              title: 'Planned in',
              hint: 'How long the algorithm itself took',
              numeric: true,
              sortBy: (row) => row.planMs,
              cell: (row) => duration(row.planMs),
            },
          ]}
        />
      </div>
    </Figure>
  );
}

/** The device that a placement fills most, by its limit. */
function fullest(row: Row, { devices }: PlacementPreview): { readonly bytes: number; readonly share: number } | null {
  let most: { bytes: number; share: number } | null = null;
  row.peakBytes.forEach((bytes, index) => {
    const share = bytes / Math.max(1, devices[index]?.memoryBytes ?? 1);
    if (most === null || share > most.share) most = { bytes, share };
  });
  return most;
}
