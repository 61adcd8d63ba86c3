/** One document → what it would do, and what the engines have to say against it. Runs on any thread; the editor's is a worker. */
import { defaultSolver } from '../baechi/default-solver.ts';
import type { PlacementDecision } from '../baechi/plan.ts';
import type { AllocationDecision } from '../faro/plan.ts';
import type { PatternDecision } from '../securedfl/plan.ts';
import type { Spec } from '../spec/types.ts';
import { previewFederation } from './federation.ts';
import type { Finding } from '../spec/problems/finding.ts';
import { findingsIn, graphFile, type VersionedGraph } from './graph-file.ts';
import { previewInference, withReplay } from './inference.ts';
import type { NodeFacts, Preview, WhatIf } from './model.ts';
import { aboutNode, previewPlacement } from './placement.ts';
import { replay, replayInThreads, tooManyRequests, type ThreadedReplayOptions } from './replay.ts';
import { withWhatIf } from './what-if.ts';

export interface PreviewJob {
  readonly spec: Spec;
  /** Position of the document in its file. */
  readonly document: number;
  /** The graph file of a placement. */
  readonly graph?: VersionedGraph;
  readonly whatIf: WhatIf;
  /** A node of the graph: only what is known of it is asked. */
  readonly about?: string;
  /** Also what takes seconds: the trace replayed under several policies, the slow algorithms compared. */
  readonly replay: boolean;
  /** What is decided is decided as well as can be, also where that takes seconds: a placement is searched. */
  readonly thorough?: boolean;
  /** Seeds that policies are compared on, as many as there are unless said. */
  readonly seeds?: number;
}

export interface PreviewOutcome {
  /** Null where there is nothing to show until a finding is mended. */
  readonly preview: Preview | null;
  readonly findings: readonly Finding[];
  /** The same job with `replay` has more to show. */
  readonly partial: boolean;
  /** What was decided to be shown: a deployment of the same spec takes it. Null where nothing can be deployed. */
  readonly decision: Decision | null;
  /** Of the node that was asked about; null where there is none such, or no placement. */
  readonly about?: NodeFacts | null;
}

/** What an engine decided about a spec, by its kind. */
export type Decision = AllocationDecision | PlacementDecision | PatternDecision;

/** Nobody waits for the answer any more. */
export class Stopped extends Error {}

/**
 * @param onMore told what is known so far of an answer that takes long; it is `partial` until it is returned.
 * @param threads replays in threads of its own, which `onMore` hears nothing of but the allocation before; on this thread unless given.
 * @param enough whether a search is to end with what it has found.
 * @throws Stopped soon after `shouldStop` returns true.
 */
export async function computePreview(
  job: PreviewJob,
  shouldStop: () => boolean = () => false,
  onMore: (sofar: PreviewOutcome) => void = () => undefined,
  threads?: Omit<ThreadedReplayOptions, 'seeds'>,
  enough?: () => boolean,
): Promise<PreviewOutcome> {
  const { spec, document, whatIf } = job;
  switch (spec.kind) {
    case 'InferenceCluster': {
      const tried = withWhatIf(spec, whatIf);
      const { preview, peak, findings: found, decision } = previewInference(tried, document);
      const tooMany = tooManyRequests(tried);
      const findings = [...found, ...tooMany];
      if (peak === null || tooMany.length > 0) return { preview, findings, partial: false, decision };
      if (!job.replay) return { preview, findings, partial: true, decision };
      if (threads) {
        onMore({ preview, findings, partial: true, decision });
        const played = await replayInThreads(tried, { ...threads, ...(job.seeds ? { seeds: job.seeds } : {}) });
        return { preview: withReplay(preview, peak, played), findings, partial: false, decision };
      }
      const played = replay(
        tried,
        shouldStop,
        (sofar) => onMore({ preview: withReplay(preview, peak, sofar), findings, partial: true, decision }),
        job.seeds,
      );
      if (!played) throw new Stopped();
      return { preview: withReplay(preview, peak, played), findings, partial: false, decision };
    }
    case 'TrainingPlacement': {
      if (!job.graph) return { preview: null, findings: [], partial: false, decision: null };
      const graph = graphFile(job.graph);
      if (!graph.ok)
        return { preview: null, findings: findingsIn(job.graph.path, graph), partial: false, decision: null };
      const options = {
        thorough: job.replay || job.thorough === true,
        solve: defaultSolver,
        shouldStop,
        onMore,
        ...(enough && { enough }),
      };
      if (job.about !== undefined) {
        const about = await aboutNode(spec, graph.graph, whatIf, job.about, options);
        if (about === undefined) throw new Stopped();
        return { preview: null, findings: [], partial: false, decision: null, about };
      }
      const outcome = await previewPlacement(spec, document, graph.graph, whatIf, options);
      if (!outcome) throw new Stopped();
      return { ...outcome, findings: [...findingsIn(job.graph.path, graph), ...outcome.findings] };
    }
    case 'Federation':
      return { ...previewFederation(spec, document), partial: false };
  }
}
