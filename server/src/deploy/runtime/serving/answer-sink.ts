/** Takes an answer from a replica as fast as it comes, however slow the one is who asked for it: what that one has not taken yet is spooled. */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Spool, SpoolRoom } from './spool.ts';

/** Bytes that lie in memory for who is slow, before the disk is used. */
const UNSENT_LIMIT = 2 ** 18;
/** What is no longer than this is written together with the head, as one string. */
const ONE_WRITE_BYTES = 2 ** 14;
/** Who does not take that much in so long has stalled. */
export const STALL_LIMIT_MS = 60_000;

export class AnswerSink {
  readonly #answer: Pick<Readable, 'pause' | 'resume'>;
  readonly #response: ServerResponse;
  readonly #room: SpoolRoom;
  readonly #stallLimitMs: number;
  #spool: Spool | undefined;
  /** Bytes of the spool that were sent on. */
  #sent = 0;
  #isPumping = false;
  #hasEnded = false;
  #stall: NodeJS.Timeout | undefined;

  /** @param answer where it comes from. */
  constructor(
    answer: Pick<Readable, 'pause' | 'resume'>,
    response: ServerResponse,
    room: SpoolRoom,
    stallLimitMs: number,
  ) {
    this.#answer = answer;
    this.#response = response;
    this.#room = room;
    this.#stallLimitMs = stallLimitMs;
    response.once('close', () => {
      clearTimeout(this.#stall);
      this.#spool?.release();
    });
  }

  write(chunk: Buffer): void {
    const response = this.#response;
    if (response.destroyed) return;
    if (!this.#spool && response.writableLength < UNSENT_LIMIT) {
      if (!response.write(chunk)) this.#watch();
      return;
    }
    this.#spool ??= this.#room.spool(() => response.destroy());
    const wait = this.#spool.append(chunk);
    if (wait) {
      this.#answer.pause();
      void wait.then(() => this.#answer.resume());
    }
    void this.#pump();
  }

  /** The replica is done. @param last what came with its end. */
  end(last?: Buffer): void {
    if (this.#hasEnded) return;
    if (last && (this.#spool || last.length > ONE_WRITE_BYTES)) this.write(last);
    this.#hasEnded = true;
    if (this.#spool) return;
    if (last && last.length <= ONE_WRITE_BYTES) this.#response.end(last.toString('latin1'), 'latin1');
    else this.#response.end();
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#spool && this.#sent < this.#spool.length) {
        if (this.#response.writableNeedDrain) await this.#drained();
        if (this.#response.destroyed) return;
        const chunk = await this.#spool.read(this.#sent);
        this.#sent += chunk.length;
        if (!this.#response.write(chunk)) this.#watch();
      }
    } catch {
      this.#response.destroy(); // what lay on the disk cannot be read: half an answer must not look like a whole one
      return;
    }
    this.#isPumping = false;
    this.#spool?.release();
    this.#spool = undefined;
    this.#sent = 0;
    if (this.#hasEnded) this.#response.end();
  }

  #drained(): Promise<void> {
    const response = this.#response;
    return new Promise((done) => {
      const either = (): void => {
        response.off('drain', either).off('close', either);
        done();
      };
      response.on('drain', either).on('close', either);
    });
  }

  #watch(): void {
    if (this.#stall) return;
    this.#stall = setTimeout(() => this.#response.destroy(), this.#stallLimitMs).unref();
    this.#response.once('drain', () => {
      clearTimeout(this.#stall);
      this.#stall = undefined;
    });
  }
}
