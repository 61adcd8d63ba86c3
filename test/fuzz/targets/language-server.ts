/** The built language server over standard input and output: texts, edits, questions, cancellations. */
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import type { MessageConnection } from 'vscode-languageserver-protocol/node';
import { CancellationTokenSource, ResponseError } from 'vscode-languageserver-protocol/node';
import { isObject } from '../../../server/src/deploy/shape.ts';
import { LanguageServerClient } from '../../language-server/client.ts';
import { SPEC_WORDS } from '../from-schema.ts';
import { changedText } from '../mutate.ts';
import { must } from '../oracle.ts';
import type { Random, TextTarget } from '../target.ts';
import { FOLDER, GRAPH_SEEDS, SPEC_SEEDS } from './files.ts';

const URIS = [
  `file://${FOLDER}/a.berth.yaml`,
  `file://${FOLDER}/b.berth.yaml`,
  `file://${FOLDER}/net.graph.yaml`,
  'untitled:Untitled-1',
  'file:///%zz',
];

/** Requests with a position, and those without. */
const AT_POSITION = ['hover', 'completion', 'definition', 'references', 'prepareRename', 'rename'];
const OF_TEXT = [
  'documentSymbol',
  'foldingRange',
  'documentLink',
  'codeLens',
  'semanticTokens/full',
  'inlayHint',
  'codeAction',
  'selectionRange',
];

/** Processor time that a request may take, and how long one waits for it on a machine that is busy with other things, in ms. */
const CPU_LIMIT_MS = 500;
const PATIENCE_MS = 60_000;

/** A text is replaced in a range, or opened where it is not; or something is asked about it. */
type Message =
  | { readonly do: 'open' | 'close'; readonly at: number; readonly text?: string }
  | {
      readonly do: 'change';
      readonly at: number;
      readonly range: readonly [number, number, number, number];
      readonly text: string;
    }
  | {
      readonly do: 'ask';
      readonly at: number;
      readonly what: string;
      readonly line: number;
      readonly character: number;
      readonly cancel?: boolean;
    };

let running: Promise<Server> | undefined;

class Server {
  readonly client: LanguageServerClient;
  readonly #open = new Set<string>();
  readonly #errors: string[] = [];
  #version = 1;
  #took = 0;

  constructor(client: LanguageServerClient) {
    this.client = client;
    client.connection.onNotification('window/logMessage', ({ type, message }: { type: number; message: string }) => {
      if (type === 1) this.#errors.push(message);
    });
  }

  get connection(): MessageConnection {
    return this.client.connection;
  }

  /** Processor time so far of the thread that answers, in ms; previews are computed in others. Where the system does not tell, none. */
  get cpuMs(): number {
    if (platform() !== 'linux') return 0;
    const { pid } = this.client.process;
    const fields = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  }

  async send(message: Message): Promise<string> {
    const uri = URIS[Math.abs(message.at) % URIS.length]!;
    const textDocument = { uri, version: ++this.#version, languageId: uri.includes('graph') ? 'berth-graph' : 'berth' };
    switch (message.do) {
      case 'open':
        // A client that opens twice breaks the protocol: it closes first.
        if (this.#open.has(uri)) await this.connection.sendNotification('textDocument/didClose', { textDocument });
        this.#open.add(uri);
        await this.connection.sendNotification('textDocument/didOpen', {
          textDocument: { ...textDocument, text: message.text ?? '' },
        });
        return 'o';
      case 'close':
        if (this.#open.delete(uri)) await this.connection.sendNotification('textDocument/didClose', { textDocument });
        return 'c';
      case 'change': {
        if (!this.#open.has(uri)) return '-';
        const [line, character, endLine, endCharacter] = message.range;
        const range = { start: { line, character }, end: { line: endLine, character: endCharacter } };
        await this.connection.sendNotification('textDocument/didChange', {
          textDocument,
          contentChanges: [{ range, text: message.text }],
        });
        return 'e';
      }
      case 'ask':
        return this.#ask(uri, message);
    }
  }

  async #ask(uri: string, { what, line, character, cancel }: Extract<Message, { do: 'ask' }>): Promise<string> {
    const position = { line, character };
    const range = { start: { line: 0, character: 0 }, end: position };
    const params = {
      textDocument: { uri },
      position,
      positions: [position],
      range,
      context: { includeDeclaration: true, diagnostics: [] },
      newName: 'b',
    };
    const source = new CancellationTokenSource();
    const before = this.cpuMs;
    const asked = this.connection.sendRequest(`textDocument/${what}`, params, source.token);
    if (cancel) source.cancel();
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = await Promise.race([
        asked,
        new Promise<never>((_, fail) => {
          timer = setTimeout(() => fail(new Error(`${what} is not answered`)), PATIENCE_MS);
        }),
      ]);
      return Array.isArray(answer) ? (answer.length > 0 ? '[x]' : '[]') : answer ? 'x' : 'n';
    } catch (error) {
      if (!(error instanceof ResponseError)) throw error;
      // Refused in words, cancelled, or about a text that has changed since: each has a number of its own. Internal errors have none.
      must(
        [-32803, -32802, -32801, -32800].includes(error.code),
        () => `${what} is answered with ${error.code}: ${error.message}`,
      );
      return String(error.code);
    } finally {
      clearTimeout(timer);
      this.#took = Math.max(this.#took, this.cpuMs - before);
    }
  }

  /** What one conversation left: errors that were logged, an answer that took too long. */
  async settled(): Promise<void> {
    // The last message is taken in when the server answers one that comes after it.
    await this.connection.sendRequest('textDocument/hover', {
      textDocument: { uri: 'file:///none' },
      position: { line: 0, character: 0 },
    });
    const errors = this.#errors.splice(0);
    must(errors.length === 0, () => `the server logs ${errors[0]}`);
    must(this.client.process.exitCode === null, () => 'the server has ended');
    const took = this.#took;
    this.#took = 0;
    must(took <= CPU_LIMIT_MS, () => `an answer took ${took} ms of the processor`);
  }
}

async function started(): Promise<Server> {
  const client = await LanguageServerClient.start({ server: 'bundle' });
  process.once('exit', () => client.process.kill('SIGKILL'));
  return new Server(client);
}

function conversationIn(input: string): Message[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const isPlace = (one: unknown): boolean =>
    Number.isSafeInteger(one) && (one as number) >= 0 && (one as number) < 2 ** 31;
  return (value as unknown[]).slice(0, 40).filter((message): message is Message => {
    if (!isObject(message) || !isPlace(message['at'])) return false;
    switch (message['do']) {
      case 'open':
        return typeof message['text'] === 'string' && message['text'].length < 50_000;
      case 'close':
        return true;
      case 'change':
        return (
          typeof message['text'] === 'string' &&
          Array.isArray(message['range']) &&
          message['range'].length === 4 &&
          message['range'].every(isPlace)
        );
      case 'ask':
        return (
          typeof message['what'] === 'string' &&
          [...AT_POSITION, ...OF_TEXT].includes(message['what']) &&
          isPlace(message['line']) &&
          isPlace(message['character'])
        );
      default:
        return false;
    }
  });
}

function made(random: Random): string {
  const seeds = [...SPEC_SEEDS, ...GRAPH_SEEDS];
  let text = random.pick(seeds);
  for (let left = random.int(4); left > 0; left--) text = changedText(text, random.pick(seeds), random, SPEC_WORDS);
  const at = random.int(URIS.length);
  const lines = text.split('\n').length;
  const place = (): number => random.int(random.next() < 0.05 ? 2 ** 30 : lines + 1);
  const column = (): number => random.int(random.next() < 0.05 ? 2 ** 30 : 40);
  const messages = Array.from({ length: 3 + random.int(20) }, (): Message => {
    const chance = random.next();
    if (chance < 0.35) {
      const line = place();
      return {
        do: 'change',
        at,
        range: [line, column(), line + random.int(2), column()],
        text: changedText('', random.pick(seeds), random, SPEC_WORDS).slice(0, 300),
      };
    }
    if (chance < 0.38) return { do: 'close', at };
    return {
      do: 'ask',
      at,
      what: random.pick([...AT_POSITION, ...OF_TEXT]),
      line: place(),
      character: column(),
      ...(random.next() < 0.1 && { cancel: true }),
    };
  });
  return JSON.stringify([{ do: 'open', at, text }, ...messages]);
}

export const LANGUAGE_SERVER: TextTarget = {
  name: 'language-server',
  type: 'json',
  isSlow: true,
  doors: ['lsp/server.ts', 'lsp/features.ts', 'lsp/open-text.ts', 'lsp/main.ts'],
  words: SPEC_WORDS,
  seeds: () =>
    SPEC_SEEDS.map((text, at) =>
      JSON.stringify([
        { do: 'open', at, text },
        { do: 'ask', at, what: 'hover', line: 3, character: 8 },
      ]),
    ),
  make: made,
  run: async (input) => {
    const messages = conversationIn(input);
    if (!messages) return 'no conversation';
    const server = await (running ??= started());
    try {
      const seen = [];
      for (const message of messages) seen.push(await server.send(message));
      await server.settled();
      return [...new Set(seen)].sort().join();
    } catch (error) {
      // The next conversation is with another server.
      running = undefined;
      server.client.process.kill('SIGKILL');
      throw error;
    }
  },
};
