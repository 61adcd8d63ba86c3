import type { FederationPreview } from '../../../server/src/lsp/protocol.ts';
import { count, counted, threeDigits } from '../drawing/figures.ts';
import { selected } from '../frame/selectable.ts';
import type { Touch } from '../frame/selectable.ts';
import { ErrorFigure } from './error-figure.tsx';
import { IterationFigure } from './iteration-figure.tsx';
import { LearntFigure } from './learnt-figure.tsx';
import { MessageTable } from './message-table.tsx';

/** Who averages with whom, iteration after iteration; what each could learn; how the error falls; what is sent. */
export function FederationView({ preview, touch }: { preview: FederationPreview; touch: Touch }) {
  const site = selected(touch.selection, 'site');
  const safe = preview.iterations <= preview.safeIterations;
  return (
    <>
      <dl class="facts">
        <Fact term="Sites" value={count(preview.sites.length)} title="Sites that take part" />
        <Fact
          term="Pattern"
          value={preview.patternName}
          title="How the groups are made, so that no pair meets too early again"
        />
        <Fact term="Gap" value={count(preview.gap)} title="Iterations until two sites can share a group again" />
        <Fact
          term="Iterations"
          value={`${count(preview.iterations)} a round`}
          note={
            safe ? `✓ ${count(preview.safeIterations)} are safe` : `✕ only ${count(preview.safeIterations)} are safe`
          }
          bad={!safe}
          title="Averaging steps in one round of training, and how many leak no site's weights"
        />
        <Fact
          term="Sent"
          value={`${Number.isInteger(preview.vectorsPerSitePerRound) ? count(preview.vectorsPerSitePerRound) : threeDigits(preview.vectorsPerSitePerRound)} vectors`}
          title="Weight vectors that one site sends in one round"
        />
        <Fact
          term="Leaks"
          value={preview.meanOnly ? '✓ the mean only' : `✕ ${observers(preview)} learn more`}
          bad={!preview.meanOnly}
          title="By the exact check of what a site, or sites together, can compute from all they receive"
        />
      </dl>
      <IterationFigure preview={preview} touch={touch} site={site} />
      <LearntFigure preview={preview} touch={touch} site={site} />
      <ErrorFigure preview={preview} />
      <MessageTable preview={preview} site={site} />
    </>
  );
}

/** `2 observers`: single sites and coalitions that could compute more than the mean. */
function observers(preview: FederationPreview): string {
  return counted(preview.leaks.filter((leak) => leak.dimension > 1).length, 'observer');
}

function Fact(props: { term: string; value: string; title: string; note?: string; bad?: boolean }) {
  return (
    <div class="fact" title={props.title}>
      <dt>{props.term}</dt>
      <dd class={props.bad === true && props.note === undefined ? 'state-word error' : ''}>
        {props.value}{' '}
        {props.note !== undefined && <span class={props.bad === true ? 'state-word error' : 'note'}>{props.note}</span>}
      </dd>
    </div>
  );
}
