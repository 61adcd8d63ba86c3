import { percentileLatencyMs } from '../utility/mdc-latency.ts';
import { utilityOf } from '../utility/utility.ts';
import type { MinuteOutcomes, QueueShape } from './outcome-table.ts';

/**
 * Outcomes as Faro estimates them, from the latency of an M/D/c queue (arXiv 2409.19488, section on latency estimation): the
 * utility that is lost stands for the requests over the SLO as well. Blind to variation of the service time, and to what the router sheds.
 */
export function formulaOutcomes({ slack, percentile }: QueueShape): MinuteOutcomes {
  return {
    at(load, replicas) {
      const latency = percentileLatencyMs({ processingMs: 1, ratePerSecond: 1000 * load, percentile }, replicas);
      const lost = 1 - utilityOf(latency, slack);
      return { violations: lost, lostUtility: lost };
    },
  };
}
