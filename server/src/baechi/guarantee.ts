/**
 * How far from the optimum a plan of m-ETF or m-SCT can be, where theory says something of it.
 *
 * ETF without memory limits: makespan ≤ (2 − 1/n) · OPT + C, C being the communication along one chain (Hwang, Chow, Anger, Lee, SIAM J. Comput. 18(2),
 * 1989). With ρ = largest communication / smallest computation, C ≤ ρ · OPT. Where only n' of n devices are sure to have room for everything, the same
 * argument gives 1 + (n − 1)/n' + ρ. SCT on n devices with ρ ≤ 1: 1 + (1 − 1/n) · 2(1 + ρ)/(2 + ρ) (Hanen, Munier), favourites rounded at one half.
 */
import { edgeCommunicationTimes } from '../graph/link-model.ts';
import { realAt } from '../numeric/at.ts';
import { needsOf, TENSORFLOW } from './accounting.ts';
import type { TrainingRun } from './training-run.ts';

/** Why nothing is guaranteed. */
export type NoGuarantee =
  /** Transfers share channels. */
  | 'channel'
  /** Groups bind nodes. */
  | 'groups'
  /** Pins bind nodes. */
  | 'pins'
  /** On no device everything is sure to have room. */
  | 'memory'
  /** Devices or links differ. */
  | 'unlike'
  /** Of a step only its forward half is planned. */
  | 'backward'
  /** m-SCT: a transfer can take longer than a run. */
  | 'communication'
  /** m-SCT: favourites are not rounded at one half. */
  | 'threshold';

export type Guarantee =
  | { readonly kind: 'factor'; readonly factor: number; readonly rho: number }
  | { readonly kind: 'none'; readonly reasons: readonly NoGuarantee[]; readonly rho: number };

/** @param isPinned whether any node is pinned. */
export function guaranteeOf(placer: 'm-ETF' | 'm-SCT', run: TrainingRun, isPinned: boolean): Guarantee {
  const { graph, step, planDevices, colocation, rules, unlike } = run;
  const edgeUs = edgeCommunicationTimes(graph, run.tensorUs);
  const longestTransfer = edgeUs.reduce((most, us) => Math.max(most, us), 0);
  const shortestRun = graph.computeUs.reduce((least, us) => Math.min(least, us), Infinity);
  const rho = longestTransfer / shortestRun;
  const n = planDevices.length;
  const roomy = roomyDevices(run);
  const isSct = placer === 'm-SCT';
  const reasons: NoGuarantee[] = [];
  const unless = (holds: boolean, reason: NoGuarantee): void => {
    if (!holds) reasons.push(reason);
  };
  unless(rules.channel === 'parallel', 'channel');
  unless(!unlike, 'unlike');
  unless(!colocation, 'groups');
  unless(!isPinned, 'pins');
  unless(step === graph, 'backward');
  unless(isSct ? roomy === n : roomy > 0, 'memory');
  unless(!isSct || rho <= 1, 'communication');
  unless(!isSct || rules.threshold === 0.5, 'threshold');
  if (reasons.length > 0) return { kind: 'none', reasons, rho };
  const factor = isSct ? 1 + (1 - 1 / n) * ((2 * (1 + rho)) / (2 + rho)) : 1 + (n - 1) / roomy + rho;
  return { kind: 'factor', factor, rho };
}

/** How many devices hold all nodes at once with every tensor that could come to them: there every node always has room. */
function roomyDevices({ graph, planDevices, rules }: TrainingRun): number {
  const { memory = TENSORFLOW } = rules;
  let total = needsOf(memory, graph).reduce((sum, bytes) => sum + bytes, 0);
  if (memory.accounting !== 'tensorflow') {
    for (let e = 0; e < graph.edgeCount; e++) {
      for (const tensor of graph.edgeTensors.row(e)) total += realAt(graph.tensorBytes, tensor);
    }
  }
  return planDevices.filter((device) => device.memory >= total).length;
}
