/** The agent's one address for a Prometheus: `/metrics` of all serving jobs, on loopback. */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { readStoredJson, writeFileAtomic } from '../agent/atomic-file.ts';
import { listenAgain, LOOPBACK } from './free-port.ts';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from './prometheus-text.ts';
import type { ScrapedJob } from './prometheus-text.ts';

export class MetricsServer {
  readonly #path: string;
  readonly #sources = new Map<string, () => readonly ScrapedJob[]>();
  readonly #server = createServer((request, response) => {
    if (request.method === 'GET' && request.url?.split('?')[0] === '/metrics')
      response.writeHead(200, { 'content-type': PROMETHEUS_CONTENT_TYPE }).end(prometheusText(this.#scrape()));
    else response.writeHead(404).end();
  });
  #listening: Promise<string> | undefined;
  #url = '';

  /** @param folder where the port is remembered, so that a scraper finds the next agent at the same address. */
  constructor(folder: string) {
    this.#path = join(folder, 'metrics.json');
  }

  /** Empty before the first `open`. */
  get url(): string {
    return this.#url;
  }

  /** Listens, once something serves. @returns the address. */
  open(): Promise<string> {
    return (this.#listening ??= this.#listen());
  }

  add(deployment: string, source: () => readonly ScrapedJob[]): void {
    this.#sources.set(deployment, source);
  }

  remove(deployment: string): void {
    this.#sources.delete(deployment);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #listen(): Promise<string> {
    const stored = readStoredJson(this.#path);
    const before = stored.state === 'present' ? (stored.value as { port?: unknown } | null)?.port : undefined;
    const { port } = await listenAgain(this.#server, typeof before === 'number' ? before : undefined);
    if (port !== before) await writeFileAtomic(this.#path, JSON.stringify({ port }));
    this.#url = `http://${LOOPBACK}:${port}/metrics`;
    return this.#url;
  }

  #scrape(): readonly ScrapedJob[] {
    return [...this.#sources.values()].flatMap((source) => source());
  }
}
