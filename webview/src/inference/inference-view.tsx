import type { InferencePreview, WhatIf } from '../../../server/src/lsp/protocol.ts';
import type { Touch } from '../frame/selectable.ts';
import { selected } from '../frame/selectable.ts';
import { CapacityStrip } from './capacity-strip.tsx';
import { JobTable } from './job-table.tsx';
import { PolicyTable } from './policy-table.tsx';
import { Replaying } from './replaying.tsx';
import { TraceFigure } from './trace-figure.tsx';
import { UtilityFigure } from './utility-figure.tsx';

/** What a cluster would give each of its jobs: the cluster, the jobs, the trace replayed and the policies beside one another. */
export function InferenceView(props: {
  preview: InferencePreview;
  base: InferencePreview | null;
  whatIf: WhatIf;
  touch: Touch;
  onWhatIf: (whatIf: WhatIf) => void;
}) {
  const { preview, base, whatIf, touch, onWhatIf } = props;
  const chosen = selected(touch.selection, 'job') ?? preview.neediest ?? preview.jobs[0]?.name ?? null;
  const job = preview.jobs.find((candidate) => candidate.name === chosen) ?? preview.jobs[0];
  return (
    <>
      <CapacityStrip
        preview={preview}
        base={base}
        touch={touch}
        onCapacity={(replicas) => onWhatIf({ ...whatIf, capacityReplicas: replicas })}
      />
      <JobTable
        preview={preview}
        base={base}
        touch={touch}
        whatIf={whatIf}
        onSlo={(name, ms) => onWhatIf({ ...whatIf, sloMs: { ...whatIf.sloMs, [name]: ms } })}
      />
      {job !== undefined && <UtilityFigure job={job} />}
      {preview.replay === null ? (
        <Replaying />
      ) : (
        <>
          <TraceFigure replay={preview.replay} job={job?.name ?? null} jobs={preview.jobs} touch={touch} />
          <PolicyTable replay={preview.replay} />
        </>
      )}
    </>
  );
}
