/** Logs of replicas as the dashboard has them: one file of JSON lines for each. */
import { isObject } from '../../shape.ts';
import type { LogLine, LogOptions } from '../../target.ts';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dashboard } from './dashboard.ts';

/** A replica of a job and its file. */
export interface ReplicaLog {
  /** `search-images/kq2x1f`. */
  readonly subject: string;
  readonly node: string;
  /** Below the node's folder of logs. */
  readonly file: string;
}

/** As many lines of each replica are asked for where nobody says how many. */
const LINES = 1000;
/** How often it is looked whether there are new replicas, ms. */
const LOOK_MS = 1000;

/** What is there, by time. */
export async function linesOf(
  dashboard: Dashboard,
  replicas: readonly ReplicaLog[],
  { signal, tail, since = 0 }: LogOptions,
): Promise<readonly LogLine[]> {
  const all = await Promise.all(
    replicas.map(async (replica) => {
      const call = { method: 'GET', path: pathOf(replica, 'file', tail ?? LINES), what: 'show a log' } as const;
      const { status, said } = await dashboard.answer(call, signal);
      if (status !== 200) return []; // a replica that has only begun has no file
      return said.split('\n').flatMap((line) => logLine(replica.subject, line) ?? []);
    }),
  );
  const lines = all
    .flat()
    .filter(({ at }) => at >= since)
    .sort((a, b) => a.at - b.at);
  return tail === undefined ? lines : lines.slice(Math.max(0, lines.length - tail));
}

/**
 * What is there and what comes, of replicas that come as well, until the signal fires or none is left to look for.
 *
 * @param replicas those of now; undefined once the deployment is gone.
 */
export async function* followLines(
  dashboard: Dashboard,
  replicas: (signal: AbortSignal) => Promise<readonly ReplicaLog[] | undefined>,
  { signal: until, tail, since = 0 }: LogOptions,
): AsyncGenerator<LogLine, void> {
  const ended = new AbortController();
  const signal = until ? AbortSignal.any([until, ended.signal]) : ended.signal;
  const waiting: LogLine[] = [];
  const followed = new Set<string>();
  /** Time of the last line of each: a stream that broke off begins with lines that were told. */
  const told = new Map<string, number>();
  let wake = (): void => {};
  let isOver = false;
  const follow = async (replica: ReplicaLog): Promise<void> => {
    const call = { method: 'GET', path: `${pathOf(replica, 'stream', tail ?? LINES)}&interval=0.3` } as const;
    const before = told.get(replica.subject) ?? -1;
    try {
      for await (const text of dashboard.lines({ ...call, what: 'follow a log' }, signal)) {
        const line = logLine(replica.subject, text);
        if (line && line.at >= since && line.at > before) waiting.push(line);
        if (line) told.set(replica.subject, line.at);
        wake();
      }
    } catch {
      // it has no file yet, or its node is gone
    }
    followed.delete(replica.subject);
  };
  const look = async (): Promise<void> => {
    while (!signal.aborted) {
      const now = await replicas(signal).catch(() => []);
      if (now === undefined) break;
      for (const replica of now) {
        if (followed.has(replica.subject)) continue;
        followed.add(replica.subject);
        void follow(replica);
      }
      await delay(LOOK_MS, undefined, { signal }).catch(() => {});
    }
    isOver = true;
    wake();
  };
  void look();
  const stop = (): void => wake();
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      yield* waiting.splice(0);
      if (isOver) return;
      await new Promise<void>((woken) => {
        wake = woken;
        if (waiting.length > 0 || signal.aborted || isOver) woken();
      });
    }
  } finally {
    signal.removeEventListener('abort', stop);
    ended.abort();
  }
}

function pathOf({ node, file }: ReplicaLog, media: 'file' | 'stream', lines: number): string {
  const query = new URLSearchParams({ node_id: node, filename: file.replace(/^\//, ''), lines: String(lines) });
  return `/api/v0/logs/${media}?${query.toString()}`;
}

/** A line as Serve writes it with JSON; undefined where there is nothing in it. A line that is none stays as it is. */
export function logLine(subject: string, written: string): LogLine | undefined {
  if (written.trim() === '') return undefined;
  let said: unknown;
  try {
    said = JSON.parse(written);
  } catch {
    return { at: 0, subject, text: written };
  }
  if (!isObject(said) || typeof said['message'] !== 'string') return { at: 0, subject, text: written };
  const { timestamp_ns: nanoseconds, message } = said;
  const at = typeof nanoseconds === 'number' ? Math.floor(nanoseconds / 1e6) : 0;
  return { at, subject, text: message.trimEnd() };
}
