import type { InferencePreview } from '../../../server/src/lsp/protocol.ts';
import { count, percent, threeDigits } from '../drawing/figures.ts';
import { linearScale } from '../drawing/scale.ts';
import { DataTable } from '../frame/data-table.tsx';
import type { Column } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';

type Policy = NonNullable<InferencePreview['replay']>['policies'][number];

/** Words for the policies' names in the spec. */
const NAMES: Readonly<Record<string, string>> = { faro: 'Faro', fairShare: 'FairShare', static: 'Static' };

/** The autoscaling policies side by side on the same trace; the best of each column is marked. */
export function PolicyTable({ policies }: { policies: readonly Policy[] }) {
  if (policies.length === 0) return null;
  const least = (of: (policy: Policy) => number): number => Math.min(...policies.map(of));
  const bestViolation = least((policy) => policy.violationRate);
  const bestLost = least((policy) => policy.lostUtility);
  const bestReplicas = least((policy) => policy.averageReplicas);
  const scale = linearScale([0, Math.max(...policies.map((policy) => policy.violationRate), 1e-9)], [0, 72]);
  const columns: readonly Column<Policy>[] = [
    {
      key: 'policy',
      title: 'Policy',
      sortBy: (policy) => policy.policy,
      cell: (policy) => NAMES[policy.policy] ?? policy.policy,
    },
    {
      key: 'violations',
      title: 'Over SLO',
      hint: 'Requests of the trace that took longer than their SLO or were dropped',
      numeric: true,
      sortBy: (policy) => policy.violationRate,
      cell: (policy) => (
        <span class="with-mark">
          <svg width="72" height="8" aria-hidden="true">
            <rect class="bullet-ground" width="72" height="8" />
            <rect class="violation-bar" width={scale(policy.violationRate)} height="8" />
          </svg>
          <Best is={policy.violationRate === bestViolation}>{percent(policy.violationRate)}</Best>
        </span>
      ),
    },
    {
      key: 'lost',
      title: 'Lost utility',
      hint: 'Utility below its best, summed over jobs, averaged over time',
      numeric: true,
      sortBy: (policy) => policy.lostUtility,
      cell: (policy) => <Best is={policy.lostUtility === bestLost}>{threeDigits(policy.lostUtility)}</Best>,
    },
    {
      key: 'replicas',
      title: 'Replicas',
      hint: 'In use, averaged over time',
      numeric: true,
      sortBy: (policy) => policy.averageReplicas,
      cell: (policy) => <Best is={policy.averageReplicas === bestReplicas}>{threeDigits(policy.averageReplicas)}</Best>,
    },
    {
      key: 'requests',
      title: 'Requests',
      numeric: true,
      sortBy: (policy) => policy.requests,
      cell: (policy) => count(policy.requests),
    },
  ];
  return (
    <Figure title="Policies on this trace">
      <div class="policies">
        <DataTable
          caption="Policies on this trace"
          rows={policies}
          columns={columns}
          rowKey={(policy) => policy.policy}
          sorting={{ key: 'violations', descending: false }}
        />
      </div>
    </Figure>
  );
}

function Best({ is, children }: { is: boolean; children: string }) {
  return is ? (
    <span class="number best" title="the best of this column">
      <span aria-hidden="true">★ </span>
      {children}
      <span class="sr-only">, the best</span>
    </span>
  ) : (
    <span class="number">{children}</span>
  );
}
