import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from 'preact/hooks';
import type { FromPage, Preview, Selection, WhatIf } from '../../server/src/lsp/protocol.ts';
import type { Channel } from './channel.ts';
import { Patterns } from './drawing/patterns.tsx';
import type { NodeAnswers } from './frame/node-answers.ts';
import type { Touch } from './frame/selectable.ts';
import { Empty, Loading, ProblemNotice } from './frame/states.tsx';
import { withUnits } from './frame/with-units.tsx';
import { WhatIfBar } from './frame/what-if-bar.tsx';
import { onPage } from './kinds.tsx';
import { LiveSection } from './live/live-section.tsx';
import { blankPage, changesNumbers, discarded, nextPage, shownProblem } from './page-model.ts';
import type { PageEvent, PageModel } from './page-model.ts';

/** While a handle is dragged, a what-if is asked for at most this often; the last one always is. */
const ASK_EVERY_MS = 60;

/** The page: one sentence, what is live, the picture, the tables. */
export function App({ channel }: { channel: Channel }) {
  const [model, dispatch] = useReducer(
    (state: PageModel, event: PageEvent): PageModel => nextPage(state, event, performance.now()),
    blankPage,
  );
  useEffect(() => {
    const stop = channel.listen((message) => {
      dispatch(message);
      if (message.type === 'toLive') document.querySelector('.live')?.scrollIntoView({ block: 'start' });
    });
    channel.send({ type: 'ready' });
    return stop;
  }, [channel]);
  useEffect(() => {
    if (model.ref !== null) channel.keep({ ref: model.ref, whatIf: model.whatIf });
  }, [channel, model.ref, model.whatIf]);

  // Another document is read from its beginning.
  useLayoutEffect(() => {
    window.scrollTo(0, 0);
  }, [model.ref?.uri, model.ref?.document]);

  const ask = useAsk(channel);
  const onWhatIf = (whatIf: WhatIf): void => {
    dispatch({ type: 'changed', whatIf });
    ask(whatIf);
  };
  const touch: Touch = useMemo(
    () => ({
      selection: model.selection,
      onSelect: (selection: Selection) => {
        dispatch({ type: 'picked', selection });
        channel.send({ type: 'select', selection });
      },
    }),
    [channel, model.selection],
  );
  const node: NodeAnswers = useMemo(
    () => ({
      facts: model.facts,
      onAsk: (name: string) => channel.send({ type: 'node', node: name }),
      onStopSearch: () => channel.send({ type: 'stopSearch' }),
    }),
    [channel, model.facts],
  );
  const onCommand = (command: Extract<FromPage, { type: 'command' }>['command'], revision?: number): void =>
    channel.send(revision === undefined ? { type: 'command', command } : { type: 'command', command, revision });

  const { page, shown } = model;
  if (page === null) return null;
  if (page.state === 'empty') return <Empty reason={page.reason} onNew={() => onCommand('newFile')} />;
  const problem = shownProblem(model);
  const range = problem?.range;
  return (
    <>
      {shown === null && <h1 class="sr-only">Berth preview of {model.file}</h1>}
      {problem !== null && (
        <ProblemNotice
          problem={problem}
          onGo={range === undefined ? null : () => channel.send({ type: 'goto', span: range })}
          kept={shown !== null}
        />
      )}
      {page.state === 'loading' && (
        <Loading
          page={page}
          since={model.receivedAt}
          overPicture={shown !== null}
          onCancel={() => channel.send({ type: 'cancel' })}
        />
      )}
      {shown !== null && (
        <div class={problem === null ? 'document' : 'document kept'}>
          <Patterns categories={onPage(shown).categories(shown)} />
          <header class="document-head">
            <div class="title-line">
              <h1>{shown.name}</h1>
              <span class="note">
                {onPage(shown).words} · {model.file}
              </span>
              <span class="spacer" />
              {model.nothingToRun === null ? (
                <div class="title-actions">
                  <vscode-button secondary onClick={() => onCommand('plan')}>
                    Plan
                  </vscode-button>
                  <vscode-button disabled={problem !== null} onClick={() => onCommand('apply')}>
                    Apply to {model.target}
                  </vscode-button>
                </div>
              ) : (
                <span class="note">{model.nothingToRun}</span>
              )}
            </div>
            <p class="sentence" role="status">
              {withUnits(shown.sentence)}
            </p>
          </header>
          {changesNumbers(model.whatIf) && (
            <WhatIfBar
              whatIf={model.whatIf}
              base={model.base}
              onKeep={() => channel.send({ type: 'keep', whatIf: model.whatIf })}
              onDiscard={() => onWhatIf(discarded(model.whatIf))}
            />
          )}
          {model.live !== null && (
            <LiveSection
              status={model.live.status}
              revisions={model.live.revisions}
              target={model.target}
              onCommand={onCommand}
            />
          )}
          {onPage(shown).view({
            preview: shown,
            base: alike(model.base, shown),
            whatIf: model.whatIf,
            touch,
            onWhatIf,
            node,
          })}
        </div>
      )}
      {shown === null && model.live !== null && (
        <LiveSection
          status={model.live.status}
          revisions={model.live.revisions}
          target={model.target}
          onCommand={onCommand}
        />
      )}
    </>
  );
}

/** The base where it is of the same kind as what is shown. */
function alike<P extends Preview>(base: Preview | null, shown: P): P | null {
  return base !== null && base.kind === shown.kind ? (base as P) : null;
}

/** Sends what-ifs, but no more often than `ASK_EVERY_MS`; the newest is never lost. */
function useAsk(channel: Channel): (whatIf: WhatIf) => void {
  const waiting = useRef<WhatIf | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  return (whatIf) => {
    if (timer.current !== null) {
      waiting.current = whatIf;
      return;
    }
    channel.send({ type: 'whatIf', whatIf });
    const again = (): void => {
      timer.current = null;
      const next = waiting.current;
      waiting.current = null;
      if (next === null) return;
      channel.send({ type: 'whatIf', whatIf: next });
      timer.current = setTimeout(again, ASK_EVERY_MS);
    };
    timer.current = setTimeout(again, ASK_EVERY_MS);
  };
}
