import type { ComponentChildren } from 'preact';
import type { InferencePreview, PolicyPreview } from '../../../server/src/lsp/protocol.ts';
import { count } from '../drawing/figures.ts';
import { linearScale } from '../drawing/scale.ts';
import { DataTable } from '../frame/data-table.tsx';
import type { Column } from '../frame/data-table.tsx';
import { Figure } from '../frame/figure.tsx';
import { Band } from './band.tsx';

/** Words for the policies' names in the spec; the terminal has the same (`server/src/preview/policy-name.ts`). */
export const NAMES: Readonly<Record<PolicyPreview['policy'], string>> = {
  berth: 'Berth',
  faro: 'Faro',
  mark: 'MArk',
  aiad: 'AIAD',
  oneshot: 'Oneshot',
  fairShare: 'FairShare',
  static: 'Static',
};

/** One definition of violations for the page and `berth simulate`. */
export const VIOLATIONS_HINT =
  'Share of requests that took longer than their SLO or were turned away: of each minute, mean over the minutes, as berth simulate counts it';

/** The autoscaling policies side by side on the same trace, over the seeds known so far; the best of each column is marked. */
export function PolicyTable({ replay }: { replay: NonNullable<InferencePreview['replay']> }) {
  const { policies, policy: own, seeds, seedsWanted } = replay;
  if (policies.length === 0) return null;
  const least = (of: (policy: PolicyPreview) => number): number => Math.min(...policies.map(of));
  const bestViolation = least((policy) => policy.violationRate.mean);
  const bestLost = least((policy) => policy.lostUtility.mean);
  const bestReplicas = least((policy) => policy.averageReplicas.mean);
  const scale = linearScale([0, Math.max(...policies.map((policy) => policy.violationRate.most), 1e-9)], [0, 72]);
  const columns: readonly Column<PolicyPreview>[] = [
    {
      key: 'policy',
      title: 'Policy',
      sortBy: (policy) => policy.policy,
      cell: ({ policy }) => (
        <>
          {NAMES[policy]}
          {policy === own && <span class="own"> · this spec</span>}
        </>
      ),
    },
    {
      key: 'violations',
      title: 'Over SLO',
      hint: VIOLATIONS_HINT,
      numeric: true,
      sortBy: (policy) => policy.violationRate.mean,
      cell: ({ violationRate }) => (
        <span class="with-mark">
          <svg width="72" height="10" viewBox="0 0 72 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="bullet-ground" y="1" width="72" height="8" />
            <rect class="violation-bar" y="1" width={scale(violationRate.mean)} height="8" />
            {violationRate.most > violationRate.least && (
              <path
                class="whisker"
                d={`M${scale(violationRate.least)} 1 V9 M${scale(violationRate.least)} 5 H${scale(violationRate.most)} M${scale(violationRate.most)} 1 V9`}
              />
            )}
          </svg>
          <Best is={violationRate.mean === bestViolation}>
            <Band of={violationRate} seeds={seeds} share />
          </Best>
        </span>
      ),
    },
    {
      key: 'lost',
      title: 'Lost utility',
      hint: 'Utility below its best, averaged over the minutes, summed over jobs',
      numeric: true,
      sortBy: (policy) => policy.lostUtility.mean,
      cell: ({ lostUtility }) => (
        <Best is={lostUtility.mean === bestLost}>
          <Band of={lostUtility} seeds={seeds} />
        </Best>
      ),
    },
    {
      key: 'replicas',
      title: 'Replicas',
      hint: 'In use, averaged over time',
      numeric: true,
      sortBy: (policy) => policy.averageReplicas.mean,
      cell: ({ averageReplicas }) => (
        <Best is={averageReplicas.mean === bestReplicas}>
          <Band of={averageReplicas} seeds={seeds} />
        </Best>
      ),
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
    <Figure title="Policies on this trace" note={seedsWords(seeds, seedsWanted)}>
      <div class="policies cards-when-narrow">
        <DataTable
          caption="Policies on this trace"
          rows={policies}
          columns={columns}
          rowKey={(policy) => policy.policy}
          sorting={{ key: 'violations', descending: false }}
        />
      </div>
      {!replay.trainedForecast && (
        <div class="below-table">
          Berth, Faro and MArk forecast from what the replay has brought so far; a file of past days (
          <code>autoscaler.forecast</code>) would tell them more.
        </div>
      )}
    </Figure>
  );
}

/** What the figures are of: `mean ± half the range of 5 seeds`. */
export function seedsWords(seeds: number, wanted: number): string {
  const known = seeds > 1 ? `mean ± half the range of ${count(seeds)} seeds` : 'one seed';
  return seeds < wanted ? `${known}; ${count(wanted)} are being replayed` : known;
}

function Best({ is, children }: { is: boolean; children: ComponentChildren }) {
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
