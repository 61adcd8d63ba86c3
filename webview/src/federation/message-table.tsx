import type { FederationPreview } from '../../../server/src/lsp/protocol.ts';
import { count, counted, threeDigits } from '../drawing/figures.ts';
import { DataTable } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';

type Message = FederationPreview['messages'][number];

const WORDS: Readonly<Record<Message['what'], string>> = {
  y: 'its masked weights',
  partial: 'the sum of its group',
};

/** What every site sends in a round, counted; and, on request, message by message. */
export function MessageTable({ preview, site }: { preview: FederationPreview; site: string | null }) {
  const rows = preview.sites.map((name) => ({
    name,
    y: preview.messages.filter((message) => message.from === name && message.what === 'y').length,
    partial: preview.messages.filter((message) => message.from === name && message.what === 'partial').length,
    received: preview.messages.filter((message) => message.to === name).length,
  }));
  const sent = preview.vectorsPerSitePerRound;
  const perSite = Number.isInteger(sent) ? count(sent) : threeDigits(sent);
  return (
    <Figure
      title="Messages a round"
      note={`${counted(preview.messages.length, 'vector')} in all, ${perSite} a site; one vector is as large as the model`}
      tableTitle={`Every message${site === null ? '' : ` to or from ${site}`}`}
      table={() => (
        <DataTable
          caption="Messages"
          rows={preview.messages
            .map((message, index) => ({ ...message, index }))
            .filter((message) => site === null || message.from === site || message.to === site)}
          rowKey={(message) => String(message.index)}
          columns={[
            {
              key: 'iteration',
              title: 'Iteration',
              numeric: true,
              sortBy: (message) => message.iteration,
              cell: (message) => count(message.iteration),
            },
            { key: 'from', title: 'From', sortBy: (message) => message.from, cell: (message) => message.from },
            { key: 'to', title: 'To', sortBy: (message) => message.to, cell: (message) => message.to },
            { key: 'what', title: 'What', cell: (message) => WORDS[message.what] },
          ]}
        />
      )}
    >
      <DataTable
        caption="Vectors sent and received by each site in one round"
        rows={rows}
        rowKey={(row) => row.name}
        rowClass={(row) => (row.name === site ? 'chosen' : '')}
        columns={[
          { key: 'site', title: 'Site', sortBy: (row) => row.name, cell: (row) => row.name },
          { key: 'y', title: 'Weights sent', numeric: true, sortBy: (row) => row.y, cell: (row) => count(row.y) },
          {
            key: 'partial',
            title: 'Sums sent',
            numeric: true,
            sortBy: (row) => row.partial,
            cell: (row) => count(row.partial),
          },
          {
            key: 'received',
            title: 'Received',
            numeric: true,
            sortBy: (row) => row.received,
            cell: (row) => count(row.received),
          },
        ]}
      />
    </Figure>
  );
}
