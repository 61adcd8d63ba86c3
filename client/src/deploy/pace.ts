import type * as vscode from 'vscode';

/**
 * Does something at once, and then no more often than every so many milliseconds; the last call is never lost. VS Code waits for a
 * pause before it draws a tree anew, and what runs makes none.
 */
export class Pace implements vscode.Disposable {
  readonly #ms: number;
  readonly #run: () => void;
  #timer: NodeJS.Timeout | undefined;
  #waiting = false;

  constructor(ms: number, run: () => void) {
    this.#ms = ms;
    this.#run = run;
  }

  call(): void {
    if (this.#timer !== undefined) {
      this.#waiting = true;
      return;
    }
    this.#waiting = false;
    this.#run();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#waiting) this.call();
    }, this.#ms);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
