import type { FederationStatus } from '../../../server/src/lsp/protocol.ts';
import { bytes, count, duration, measuredPercent } from '../drawing/figures.ts';
import { DataTable } from '../frame/data-table.tsx';
import { HistoryLine } from './history-line.tsx';
import { Progress } from './placement-live.tsx';

/** The federation as it is: the round, each site's state and accuracy, and whether all hold the same averaged weights. */
export function FederationLive({ status }: { status: FederationStatus }) {
  const digests = new Set(status.sites.map((site) => site.digest).filter((digest) => digest !== null));
  const last = status.history[status.history.length - 1];
  return (
    <>
      <p>
        <Progress done={status.round} of={status.rounds} label="Rounds" /> round {count(status.round)} of{' '}
        {count(status.rounds)}
        {last !== undefined && `, accuracy ${measuredPercent(last.accuracy)}, ${duration(last.seconds * 1000)} a round`}
        {digests.size === 1 && ' · ✓ all sites hold the same weights'}
        {digests.size > 1 && (
          <span class="state-word warning">
            {' '}
            ▲ sites hold {count(digests.size)} different weights (a round is under way)
          </span>
        )}
      </p>
      <HistoryLine
        label="Accuracy by round"
        points={status.history.map((entry) => ({ at: entry.round, value: entry.accuracy }))}
        write={measuredPercent}
      />
      <DataTable
        caption="Sites as they run"
        rows={status.sites}
        rowKey={(site) => site.name}
        rowClass={(site) => (site.state === 'lost' ? 'lost' : '')}
        columns={[
          { key: 'site', title: 'Site', sortBy: (site) => site.name, cell: (site) => site.name },
          {
            key: 'state',
            title: 'State',
            sortBy: (site) => site.state,
            cell: (site) => (site.state === 'lost' ? <span class="state-word error">✕ lost</span> : site.state),
          },
          {
            key: 'accuracy',
            title: 'Accuracy',
            numeric: true,
            sortBy: (site) => site.accuracy ?? NaN,
            cell: (site) => measuredPercent(site.accuracy),
          },
          {
            key: 'sent',
            title: 'Sent',
            numeric: true,
            sortBy: (site) => site.bytesSent,
            cell: (site) => bytes(site.bytesSent),
          },
          {
            key: 'digest',
            title: 'Weights',
            hint: 'The first digits of the SHA-256 of the averaged weights',
            cell: (site) => <code>{site.digest?.slice(0, 12) ?? '–'}</code>,
          },
        ]}
      />
    </>
  );
}
