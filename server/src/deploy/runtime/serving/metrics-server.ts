/** One address for a Prometheus: `/metrics` of all serving jobs of a target. */
import { createServer } from 'node:http';
import { ConnectionLimit } from './connection-limit.ts';
import { answerControl } from './control-access.ts';
import { listenAgain } from './listen.ts';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from './prometheus-text.ts';
import type { ScrapedJob } from './prometheus-text.ts';

/** So many may be connected. */
const SCRAPERS_LIMIT = 200;

export interface MetricsAddress {
  readonly host: string;
  /** The port of before, so that a scraper finds what comes after at the same address; undefined at first. */
  readonly before: () => number | undefined;
  /** Keeps a port that is not the one of before. */
  readonly keep: (port: number) => Promise<void>;
}

export class MetricsServer {
  readonly #address: MetricsAddress;
  readonly #sources = new Map<string, () => readonly ScrapedJob[]>();
  readonly #server = createServer((request, response) => {
    if (request.method === 'GET' && request.url?.split('?')[0] === '/metrics')
      answerControl(request, response, PROMETHEUS_CONTENT_TYPE, () => prometheusText(this.#scrape()));
    else response.writeHead(404).end();
  });
  #listening: Promise<string> | undefined;
  #url: string | undefined;

  constructor(address: MetricsAddress) {
    this.#address = address;
    new ConnectionLimit(this.#server, SCRAPERS_LIMIT);
  }

  /** Undefined before the first `open`. */
  get url(): string | undefined {
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
    const { host } = this.#address;
    const before = this.#address.before();
    const { port } = await listenAgain(this.#server, host, before);
    if (port !== before) await this.#address.keep(port);
    return (this.#url = `http://${host}:${port}/metrics`);
  }

  #scrape(): readonly ScrapedJob[] {
    return [...this.#sources.values()].flatMap((source) => source());
  }
}
