import type { Policy } from '../spec/types.ts';

/** Policies as their authors write them; the panel has the same names (`webview/src/inference/policy-table.tsx`). */
export const POLICY_NAMES: Readonly<Record<Policy, string>> = {
  berth: 'Berth',
  faro: 'Faro',
  mark: 'MArk',
  aiad: 'AIAD',
  oneshot: 'Oneshot',
  fairShare: 'FairShare',
  static: 'Static',
};
