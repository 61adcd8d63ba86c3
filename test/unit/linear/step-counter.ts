/**
 * Counts what a program does instead of how long it takes: how often each block of each function ran, of the sources and of the libraries
 * alike (V8's precise coverage), and how many letters and items those built-in functions looked through that look through all of them. The
 * same program counts the same steps on every machine.
 */
import { Session, type Profiler } from 'node:inspector';

export interface Steps {
  /** By function: its file, name and place. */
  readonly byFunction: ReadonlyMap<string, number>;
  /** Letters and items that built-in functions looked through. */
  readonly lookedThrough: number;
}

/** Modules that are imported after this was made are counted. */
export class StepCounter {
  readonly #session = new Session();
  readonly #counted: (url: string) => boolean;
  #lookedThrough = 0;

  /** @param counted which modules count. */
  constructor(counted: (url: string) => boolean) {
    this.#counted = counted;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    this.#countBuiltIns();
  }

  /** What a piece of work takes, from its begin to its end on this thread. */
  of(work: () => void): Steps {
    this.#take();
    this.#lookedThrough = 0;
    work();
    const lookedThrough = this.#lookedThrough;
    const byFunction = new Map<string, number>();
    for (const { url, functions } of this.#take()) {
      if (!this.#counted(url)) continue;
      for (const { functionName, ranges } of functions) {
        const steps = ranges.reduce((sum, { count }) => sum + count, 0);
        const name = `${url.replace(/^.*\/(?=server\/|node_modules\/|test\/)/, '')} ${functionName}@${ranges[0]!.startOffset}`;
        if (steps > 0) byFunction.set(name, (byFunction.get(name) ?? 0) + steps);
      }
    }
    return { byFunction, lookedThrough };
  }

  #take(): readonly Profiler.ScriptCoverage[] {
    let taken: readonly Profiler.ScriptCoverage[] = [];
    // On the thread's own session the answer comes before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error;
      taken = result;
    });
    return taken;
  }

  #countBuiltIns(): void {
    this.#count(String.prototype, ['indexOf'], (text, [, from = 0], at) =>
      Number(at) < 0 ? Math.max(0, text.length - Number(from)) : Number(at) - Number(from) + 1,
    );
    this.#count(String.prototype, ['lastIndexOf'], (text, [, from = text.length], at) =>
      Math.max(0, Math.min(text.length, Number(from)) - Math.max(0, Number(at)) + 1),
    );
    const whole = [
      'includes',
      'split',
      'replace',
      'replaceAll',
      'trim',
      'trimEnd',
      'trimStart',
      'toLowerCase',
    ] as const;
    this.#count(String.prototype, [...whole, 'normalize', 'match', 'search', 'repeat'], (text) => text.length);
    const items = ['unshift', 'shift', 'indexOf', 'includes', 'slice', 'concat', 'join', 'splice', 'flat'];
    this.#count(Array.prototype, items, (list) => list.length);
    this.#count(RegExp.prototype, ['exec'], (pattern, [text], match) => {
      if (match)
        return (
          (match as RegExpExecArray)[0].length +
          (pattern.sticky || pattern.global ? 0 : (match as RegExpExecArray).index)
        );
      const anchored = pattern.sticky || (pattern.source.startsWith('^') && !pattern.multiline);
      return anchored ? 1 : String(text).length;
    });
  }

  /** Makes built-in functions add what they looked through, given what they were called on, with and what they gave. */
  #count<T extends object>(
    prototype: T,
    names: readonly string[],
    lookedThrough: (self: T, given: readonly unknown[], result: unknown) => number,
  ): void {
    const add = (steps: number): void => {
      this.#lookedThrough += steps;
    };
    for (const name of names) {
      const builtIn = Reflect.get(prototype, name) as (this: T, ...given: unknown[]) => unknown;
      const counted = function (this: T, ...given: unknown[]): unknown {
        const result = builtIn.apply(this, given);
        add(lookedThrough(this, given, result) + 1);
        return result;
      };
      Object.defineProperty(prototype, name, { value: counted, configurable: true, writable: true });
    }
  }
}

/** How much more may be done for twice the size: what is neither per letter nor per item evens out. */
const TWICE = 2.3;

/**
 * Functions that did more for twice as much text than a linear one does, and by how much.
 *
 * @param letters of the larger text: a function may take a few steps for each beside what it took before.
 */
export function steeperThanLinear(half: Steps, whole: Steps, letters: number): string[] {
  const found: string[] = [];
  const judge = (name: string, before: number, after: number, few: number): void => {
    if (after > TWICE * before + few * letters) found.push(`${name}: ${before} → ${after}`);
  };
  // A function that did nothing before has only begun: it is judged by the sum of all steps.
  for (const [name, before] of half.byFunction) judge(name, before, whole.byFunction.get(name) ?? 0, 4);
  judge('built-in functions', half.lookedThrough, whole.lookedThrough, 20);
  return found;
}

export function allSteps({ byFunction, lookedThrough }: Steps): number {
  return [...byFunction.values()].reduce((sum, steps) => sum + steps, lookedThrough);
}
