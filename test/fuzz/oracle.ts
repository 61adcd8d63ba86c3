/** What must hold of every answer, whatever was asked. */
import { CATALOGUE } from '../../server/src/spec/problems/catalogue.ts';
import { ProblemError } from '../../server/src/spec/problems/problem-error.ts';
import { isVisible } from '../../server/src/spec/text/visible.ts';

/** A promise of Berth that an input broke. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export function must(condition: boolean, says: () => string): asserts condition {
  if (!condition) throw new Broken(says());
}

interface Said {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly range?: { readonly start: number; readonly end: number };
}

/** Of the catalogue, on one line, each character of it seen, and about a place that is there. @param length of the text that it is about. */
export function isSound({ code, message, hint, range }: Said, length?: number): void {
  must(Object.hasOwn(CATALOGUE, code), () => `no code of the catalogue: ${code}`);
  for (const said of [message, hint]) isReadable(said, code);
  if (!range) return;
  const { start, end } = range;
  must(Number.isInteger(start) && Number.isInteger(end), () => `${code} stands at ${start} to ${end}`);
  must(start >= 0 && start <= end, () => `${code} stands at ${start} to ${end}`);
  // What is missing at the end of a text is shown behind it: editors cut such a place to what is there.
  must(length === undefined || end <= length + 1, () => `${code} stands at ${start} to ${end} of ${length}`);
}

/** On one line, each character of it seen, and of a length that can be read. */
export function isReadable(said: string, whose: string): void {
  must(typeof said === 'string' && said !== '', () => `${whose} says nothing`);
  must(isVisible(said), () => `${whose} says what cannot be seen: ${JSON.stringify(said)}`);
  must(said.length <= 2000, () => `${whose} says ${said.length} characters`);
}

/** The codes of problems, each once: what was seen. */
export function codes(problems: readonly { readonly code: string }[]): string {
  return [...new Set(problems.map(({ code }) => code.slice(5)))].sort().join();
}

/** Runs what may refuse its input: with a problem of the catalogue, or one of these errors, whose message becomes part of one. */
export function refusable<T>(
  run: () => T,
  refusal: (value: T) => string,
  ...known: readonly (new (...args: never[]) => Error)[]
): string {
  try {
    return refusal(run());
  } catch (error) {
    return refusalOf(error, known);
  }
}

/** The code of a refusal. @throws the error where it is none. */
export function refusalOf(error: unknown, known: readonly (new (...args: never[]) => Error)[] = []): string {
  if (error instanceof ProblemError) {
    isSound(error.problem);
    return error.code;
  }
  const kind = known.find((one) => error instanceof one);
  if (kind === undefined) throw error;
  must((error as Error).message !== '', () => `${kind.name} says nothing`);
  return kind.name;
}
