import { useEffect, useState } from 'preact/hooks';
import type { PageState, AtSpan, Problem } from '../../../server/src/lsp/protocol.ts';

const SKELETON_AFTER_MS = 150;
const CANCEL_AFTER_MS = 1000;

/** Milliseconds since `start`, looked at again only at the given moments. */
export function usePassed(start: number, moments: readonly number[]): number {
  const [, setNow] = useState(0);
  useEffect(() => {
    const timers = moments.map((moment) => {
      const wait = start + moment - performance.now();
      return setTimeout(() => setNow(performance.now()), Math.max(0, wait) + 1);
    });
    return () => timers.forEach(clearTimeout);
  }, [start, moments]);
  return performance.now() - start;
}

const MOMENTS = [SKELETON_AFTER_MS, CANCEL_AFTER_MS];

/** Loading: nothing for a moment, then a skeleton (or a bar over the last picture), then a way to stop it. */
export function Loading(props: {
  page: Extract<PageState, { state: 'loading' }>;
  since: number;
  overPicture: boolean;
  onCancel: () => void;
}) {
  const passed = usePassed(props.since, MOMENTS);
  if (passed < SKELETON_AFTER_MS) return null;
  return (
    <section
      class={props.overPicture ? 'loading over' : 'loading'}
      aria-busy="true"
      aria-label="Preview is being computed"
    >
      <div class="loading-line" role="status">
        <vscode-progress-ring aria-hidden="true" />
        <span>{props.page.title}</span>
        {passed >= CANCEL_AFTER_MS && (
          <vscode-button secondary onClick={props.onCancel}>
            Cancel
          </vscode-button>
        )}
      </div>
      {!props.overPicture && (
        <div class="skeleton" aria-hidden="true">
          <div class="bone sentence" />
          <div class="bone picture" />
          <div class="bone row" />
          <div class="bone row" />
          <div class="bone row" />
        </div>
      )}
    </section>
  );
}

/** Empty: what to write, with a button that writes it. */
export function Empty({ reason, onNew }: { reason: 'no-document' | 'no-file'; onNew: () => void }) {
  return (
    <section class="empty">
      <h1>{reason === 'no-file' ? 'No spec is open' : 'This file has no Berth document yet'}</h1>
      <p>
        {reason === 'no-file' ? (
          <>
            Open a file that ends in <code>.berth.yaml</code>, and this panel shows what it would do. It follows the
            cursor.
          </>
        ) : (
          <>
            A document says what to serve, train or average. It begins with <code>apiVersion: berth.dev/v1alpha1</code>{' '}
            and its kind:
          </>
        )}
      </p>
      <ul>
        <li>
          <b>InferenceCluster</b>: models that share too few machines, each with a latency it promises.
        </li>
        <li>
          <b>TrainingPlacement</b>: a network too large for one device, and where each of its layers goes.
        </li>
        <li>
          <b>Federation</b>: sites that train together and show no one their data.
        </li>
      </ul>
      <vscode-button onClick={onNew}>{reason === 'no-file' ? 'New spec' : 'Write a document here'}</vscode-button>
    </section>
  );
}

/** Error: what is wrong, what to do, the way to the line; the last good picture stays below, dimmed and labelled. */
export function ProblemNotice({
  problem,
  onGo,
  kept,
}: {
  problem: Problem<AtSpan>;
  onGo: (() => void) | null;
  kept: boolean;
}) {
  return (
    <section class="problem" role="alert">
      <p class="problem-message">
        <span class="state-word error">
          <span aria-hidden="true">✕</span> Problem
        </span>{' '}
        {problem.message} <span class="code">{problem.code}</span>
      </p>
      {problem.hint !== '' && <p class="hint">{problem.hint}</p>}
      {onGo !== null && (
        <button type="button" class="link" onClick={onGo}>
          Go to line {(problem.range?.start.line ?? 0) + 1}
        </button>
      )}
      {kept && <p class="kept-label">Below: the last picture before this problem.</p>}
    </section>
  );
}
