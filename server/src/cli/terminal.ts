/** What the command may do with its terminal: colour only where one looks, width, and one line of progress. */
import { styleText } from 'node:util';

export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

type Style = Parameters<typeof styleText>[0];

/** Colours for a stream: real ones on a terminal, none in a pipe, a file or with NO_COLOR. */
export function paintFor(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv = process.env): Paint {
  const wanted = environment.FORCE_COLOR
    ? environment.FORCE_COLOR !== '0'
    : Boolean(stream.isTTY) && !environment.NO_COLOR;
  const paint =
    (style: Style) =>
    (text: string): string =>
      wanted ? styleText(style, text, { validateStream: false }) : text;
  return { bold: paint('bold'), dim: paint('dim'), red: paint('red'), green: paint('green'), yellow: paint('yellow') };
}

/** Columns to write in: the terminal's, at least 60, and 80 where there is none. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return Math.max(60, Math.min(120, stream.isTTY ? stream.columns || 80 : 80));
}

const FRAME_MS = 100;

/**
 * One line of progress on standard error, shown only on a terminal and only once the work has taken a second.
 * Elsewhere it is silent, so that output stays what a script expects.
 */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #begins: number;
  #line = '';
  #shown = false;
  #drawn = '';
  #next = 0;

  constructor(stream: NodeJS.WriteStream = process.stderr, afterMs = 1000) {
    this.#stream = stream;
    this.#begins = stream.isTTY ? performance.now() + afterMs : Infinity;
    if (stream.isTTY) this.#timer = setTimeout(() => this.#draw(), afterMs);
  }

  /** @param done of `total`; a total of 0 is an unknown one. */
  update(text: string, done: number, total: number): void {
    const cells = 24;
    const filled = total > 0 ? Math.round((Math.min(done, total) / total) * cells) : 0;
    this.#line =
      total > 0 ? `${'█'.repeat(filled)}${'░'.repeat(cells - filled)} ${done}/${total} ${text}` : `… ${text}`;
    this.stillAtWork();
  }

  /**
   * A computation that leaves the event loop no turn says now and then that it goes on, so that the line appears all the same.
   *
   * @returns false, so that it can be given as what asks whether to stop: Ctrl-C ends such a computation without being asked.
   */
  stillAtWork(): false {
    const now = performance.now();
    if (now >= this.#begins && now >= this.#next) {
      this.#next = now + FRAME_MS;
      this.#draw();
    }
    return false;
  }

  /** Takes the line away; what follows starts on a clean one. */
  end(): void {
    clearTimeout(this.#timer);
    if (this.#shown) this.#stream.write('\r\u001b[2K');
    this.#shown = false;
    this.#drawn = '';
  }

  #draw(): void {
    if (this.#drawn === this.#line) return;
    this.#shown = true;
    this.#drawn = this.#line;
    const columns = this.#stream.columns || 80; // 0 where the terminal does not tell
    this.#stream.write(
      `\r\u001b[2K${Array.from(this.#line)
        .slice(0, columns - 1)
        .join('')}`,
    );
  }
}
