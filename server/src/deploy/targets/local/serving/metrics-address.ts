/** Where the agent's metrics are scraped: on loopback, at a port that `metrics.json` of the state folder keeps for the next agent. */
import { join } from 'node:path';
import type { MetricsAddress } from '../../../runtime/serving/metrics-server.ts';
import { readStoredJson, writeFileAtomic } from '../agent/atomic-file.ts';
import { LOOPBACK } from '../loopback.ts';

/** Of `metrics.json`. What cannot be read of it is no loss: the port is only a wish. */
export const METRICS_FORMAT = 1;

/** @param folder the agent's state folder. */
export function metricsAddress(folder: string): MetricsAddress {
  const path = join(folder, 'metrics.json');
  return {
    host: LOOPBACK,
    before: () => {
      const stored = readStoredJson(path);
      const port = stored.state === 'present' ? (stored.value as { port?: unknown } | null)?.port : undefined;
      return Number.isInteger(port) && (port as number) > 0 && (port as number) < 2 ** 16
        ? (port as number)
        : undefined;
    },
    keep: (port) => writeFileAtomic(path, JSON.stringify({ format: METRICS_FORMAT, port })),
  };
}
