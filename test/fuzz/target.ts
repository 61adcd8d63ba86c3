/** What is fuzzed: a parser, or whatever takes data from outside, with what it is given and what must hold whatever that is. */
import type { random } from '../unit/spec/random.ts';

export type Random = ReturnType<typeof random>;

/** A text, or bytes where the parser takes bytes. Inputs of more than one part are JSON. */
export type Input = string | Uint8Array;

/**
 * What was seen of a run, in a word: codes of problems, a shape. An input that shows something new is kept, and changed further; so a
 * run finds its way into a parser without knowing its code.
 */
export type Sight = string;

interface Base<I extends Input> {
  readonly name: string;
  /** Modules below `server/src/` that take their data from it: `test/unit/fuzz/doors.test.ts` looks that none is left out. */
  readonly doors: readonly string[];
  /** Inputs to begin with. */
  readonly seeds: () => readonly I[];
  /** Words that mean something there. */
  readonly words?: readonly string[];
  /** Makes an input that is nearly right. */
  readonly make?: (random: Random) => I;
  /** @throws whatever is a finding: an error that no person can understand, or a promise that is broken. */
  readonly run: (input: I) => Sight | Promise<Sight>;
  /** Waits for sockets or processes: its own time is no measure, and few inputs pass in a second. */
  readonly isSlow?: boolean;
}

export interface TextTarget extends Base<string> {
  readonly type: 'text' | 'json';
}

export interface BytesTarget extends Base<Uint8Array> {
  readonly type: 'bytes';
}

export type Target = TextTarget | BytesTarget;

/** A run over what a text of JSON says; a text that is none comes no further. */
export function ofJson<S extends Sight | Promise<Sight>>(run: (value: unknown) => S): (input: string) => S | 'no JSON' {
  return (input) => {
    let value: unknown;
    try {
      value = JSON.parse(input);
    } catch {
      return 'no JSON';
    }
    return run(value);
  };
}

/** Runs an input of a target's own type. */
export function runTarget(target: Target, input: Input): Sight | Promise<Sight> {
  if (target.type === 'bytes') return target.run(typeof input === 'string' ? Buffer.from(input) : input);
  return target.run(typeof input === 'string' ? input : Buffer.from(input).toString());
}
