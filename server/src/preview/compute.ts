/** One document → what it would do, and what the engines have to say against it. Runs on any thread; the editor's is a worker. */
import { defaultSolver } from '../baechi/default-solver.ts';
import type { Spec } from '../spec/types.ts';
import { previewFederation } from './federation.ts';
import type { Finding } from '../spec/problems/finding.ts';
import { graphFile, graphFinding, type FileText } from './graph-file.ts';
import { previewInference } from './inference.ts';
import type { Preview, WhatIf } from './model.ts';
import { previewPlacement } from './placement.ts';
import { replay, tooManyRequests } from './replay.ts';
import { withWhatIf } from './what-if.ts';

export interface PreviewJob {
  readonly spec: Spec;
  /** Position of the document in its file. */
  readonly document: number;
  /** The graph file of a placement. */
  readonly graph?: FileText;
  readonly whatIf: WhatIf;
  /** Also what takes seconds: the trace replayed under several policies, the slow algorithms compared. */
  readonly replay: boolean;
  /** Seeds that policies are compared on, as many as there are unless said. */
  readonly seeds?: number;
}

export interface PreviewOutcome {
  /** Null where there is nothing to show until a finding is mended. */
  readonly preview: Preview | null;
  readonly findings: readonly Finding[];
  /** The same job with `replay` has more to show. */
  readonly partial: boolean;
}

/** Nobody waits for the answer any more. */
export class Stopped extends Error {}

/**
 * @param onMore told what is known so far of an answer that takes long; it is `partial` until it is returned.
 * @throws Stopped soon after `shouldStop` returns true.
 */
export async function computePreview(
  job: PreviewJob,
  shouldStop: () => boolean = () => false,
  onMore: (sofar: PreviewOutcome) => void = () => undefined,
): Promise<PreviewOutcome> {
  const { spec, document, whatIf } = job;
  switch (spec.kind) {
    case 'InferenceCluster': {
      const tried = withWhatIf(spec, whatIf);
      const { preview, findings: found } = previewInference(tried, document);
      const tooMany = tooManyRequests(tried);
      const findings = [...found, ...tooMany];
      const canReplay = preview !== null && tooMany.length === 0;
      if (!canReplay || !job.replay) return { preview, findings, partial: canReplay };
      const played = replay(
        tried,
        shouldStop,
        (sofar) => onMore({ preview: { ...preview, replay: sofar }, findings, partial: true }),
        job.seeds,
      );
      if (!played) throw new Stopped();
      return { preview: { ...preview, replay: played }, findings, partial: false };
    }
    case 'TrainingPlacement': {
      if (!job.graph) return { preview: null, findings: [], partial: false };
      const graph = graphFile(job.graph);
      if (!graph.ok) {
        const findings = graph.problems.map((problem) => graphFinding(problem, job.graph?.path));
        return { preview: null, findings, partial: false };
      }
      const options = { compareAll: job.replay, solve: defaultSolver, shouldStop };
      const outcome = await previewPlacement(spec, document, graph.graph, whatIf, options);
      if (!outcome) throw new Stopped();
      return outcome;
    }
    case 'Federation':
      return { ...previewFederation(spec, document), partial: false };
  }
}
