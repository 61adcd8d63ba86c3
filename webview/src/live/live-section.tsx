import { useEffect, useState } from 'preact/hooks';
import type { FromPage, Live, Status } from '../../../server/src/lsp/protocol.ts';
import { ago, count, counted } from '../drawing/figures.ts';
import { DataTable } from '../frame/data-table.tsx';
import { onPage } from '../kinds.tsx';

type Command = Extract<FromPage, { type: 'command' }>['command'];

/** A status that was not renewed for this long is stale: the target is asked at least once a second while it is watched. */
export const STALE_AFTER_MS = 10_000;

const PHASES: Readonly<Record<Status['phase'], { readonly mark: string; readonly look: string }>> = {
  starting: { mark: '◌', look: 'busy' },
  running: { mark: '●', look: 'success' },
  completed: { mark: '✓', look: 'success' },
  degraded: { mark: '▲', look: 'warning' },
  failed: { mark: '✕', look: 'error' },
  stopping: { mark: '◌', look: 'busy' },
};

/** What is live of this document: its state, since when it was last heard of, its parts, its faults and its revisions. */
export function LiveSection(props: {
  status: Status;
  revisions: Live['revisions'];
  target: string;
  onCommand: (command: Command, revision?: number) => void;
}) {
  const { status, revisions, target, onCommand } = props;
  const now = useClock();
  const age = Math.max(0, now - status.at);
  const over = status.phase === 'completed' || status.phase === 'failed';
  const stale = !over && age > STALE_AFTER_MS;
  const phase = PHASES[status.phase];
  return (
    <section class={`live ${stale ? 'stale' : ''}`} aria-label={`Live on ${target}`}>
      <div class="live-line">
        <h2>Live on {target}</h2>
        <span class={`state-word ${phase.look}`}>
          <span aria-hidden="true">{phase.mark}</span> {status.phase}
        </span>
        <span class="note">revision {count(status.revision)}</span>
        <span class={stale ? 'state-word warning' : 'note'}>
          {stale ? '▲ stale: last heard ' : 'last heard '}
          {ago(age)}
        </span>
      </div>
      <p class="live-summary" role="status">
        {status.summary}
      </p>
      {onPage(status).live({ status })}
      {status.faults.length > 0 && (
        <ul class="faults" aria-label="Faults, newest first">
          {status.faults.map((fault) => (
            <li key={`${fault.at} ${fault.code} ${fault.subject ?? ''}`}>
              <span class="state-word error">
                <span aria-hidden="true">✕</span> {fault.subject ?? 'Fault'}
              </span>{' '}
              {fault.message} <span class="code">{fault.code}</span>
              {fault.hint !== '' && <span class="hint"> {fault.hint}</span>}{' '}
              <span class="note">{ago(Math.max(0, now - fault.at))}</span>
            </li>
          ))}
        </ul>
      )}
      <div class="actions">
        {revisions.length > 1 && (
          <vscode-button secondary onClick={() => onCommand('rollback')}>
            Roll back…
          </vscode-button>
        )}
        <vscode-button secondary onClick={() => onCommand('logs')}>
          Show logs
        </vscode-button>
        <vscode-button secondary onClick={() => onCommand('delete')}>
          Delete…
        </vscode-button>
      </div>
      {revisions.length > 1 && (
        <details>
          <summary>{counted(revisions.length, 'revision')}</summary>
          <DataTable
            caption="Revisions, newest first"
            rows={[...revisions].sort((a, b) => b.revision - a.revision)}
            rowKey={(revision) => String(revision.revision)}
            columns={[
              { key: 'revision', title: 'Revision', numeric: true, cell: (revision) => count(revision.revision) },
              { key: 'cause', title: 'By', cell: (revision) => (revision.cause === 'apply' ? 'apply' : 'roll back') },
              { key: 'at', title: 'When', cell: (revision) => new Date(revision.at).toLocaleString() },
              {
                key: 'go',
                title: 'Go back',
                cell: (revision) =>
                  revision.revision === status.revision ? (
                    'live now'
                  ) : (
                    <button type="button" class="link" onClick={() => onCommand('rollback', revision.revision)}>
                      Plan the way back to {count(revision.revision)}
                    </button>
                  ),
              },
            ]}
          />
        </details>
      )}
    </section>
  );
}

/** The wall clock, looked at once a second: statuses carry wall time. */
function useClock(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
