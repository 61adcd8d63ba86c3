/** Fuzzes one target: makes inputs from a seed, runs them, and keeps those that show something new to change them further. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { random as seeded } from '../unit/spec/random.ts';
import { mutated } from './mutate.ts';
import { runTarget, type Input, type Target } from './target.ts';

/** Processor time that one input may take, in ms. */
export const HANG_MS = 500;

export interface Found {
  readonly target: string;
  readonly input: Input;
  /** What is wrong, and where: the same for inputs that show the same. */
  readonly signature: string;
  readonly stack: string;
}

export interface FuzzOptions {
  readonly seed: number;
  /** Ends after so many inputs, or so many milliseconds. */
  readonly inputs: number;
  readonly ms: number;
  readonly hangMs?: number;
  /** Told of each input before it is run: whoever ends a run that hangs knows by what. */
  readonly onInput?: (input: Input) => void;
}

export interface Outcome {
  readonly inputs: number;
  readonly sights: number;
  readonly found: readonly Found[];
}

const CRASHES = fileURLToPath(new URL('crashes/', import.meta.url));
const CORPUS = fileURLToPath(new URL('corpus/', import.meta.url));

/** Inputs that are kept of a run; of more, some give way. */
const POOL = 400;
/** Findings of one kind are one; of more kinds than these somebody looks first. */
const MOST_FOUND = 8;

/** What once crashed, for ever in the tests. @returns by the names of their files. */
export function crashes(target?: string): Map<string, { readonly target: string; readonly input: Input }> {
  return kept(CRASHES, target);
}

function kept(folder: string, target?: string): Map<string, { readonly target: string; readonly input: Input }> {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => /^[\w-]+?--.+\.(?:txt|bin)$/.test(file)) : [];
  const wanted = files.filter((file) => target === undefined || file.startsWith(`${target}--`));
  return new Map(
    wanted.map((file) => {
      const bytes = readFileSync(join(folder, file));
      return [file, { target: file.split('--')[0]!, input: file.endsWith('.txt') ? bytes.toString() : bytes }];
    }),
  );
}

/** Inputs that fuzzing begins with: seeds, the corpus, and what once crashed. */
export function beginnings(target: Target): Input[] {
  return [
    ...target.seeds(),
    ...[kept(CORPUS, target.name), crashes(target.name)].flatMap((files) =>
      Array.from(files.values(), ({ input }) => input),
    ),
  ];
}

export async function fuzz(target: Target, options: FuzzOptions): Promise<Outcome> {
  const random = seeded(options.seed);
  for (let i = 0; i < 8; i++) random.next(); // seeds beside each other begin alike
  const pool = beginnings(target);
  const first = pool.length;
  const sights = new Set<string>();
  const found = new Map<string, Found>();
  const deadline = performance.now() + options.ms;
  let inputs = 0;
  while (
    inputs < options.inputs &&
    ((inputs < first && !target.isSlow) || performance.now() < deadline) &&
    found.size < MOST_FOUND
  ) {
    const input = inputs < first ? pool[inputs]! : nextInput(target, random, pool);
    options.onInput?.(input);
    inputs++;
    const judged = await judge(target, input, options.hangMs);
    if ('signature' in judged) {
      if (!found.has(judged.signature)) found.set(judged.signature, { target: target.name, input, ...judged });
      continue;
    }
    if (sights.has(judged.sight)) continue;
    if (sights.size < 20_000) sights.add(judged.sight);
    if (pool.length < POOL) pool.push(input);
    else pool[first + random.int(pool.length - first)] = input;
  }
  return { inputs, sights: sights.size, found: [...found.values()] };
}

function nextInput(target: Target, random: ReturnType<typeof seeded>, pool: readonly Input[]): Input {
  if (target.make && random.next() < 0.35) {
    const made = target.make(random);
    return random.next() < 0.5 ? made : mutated(target, made, random, pool);
  }
  return mutated(target, random.pick(pool), random, pool);
}

export type Judged = { readonly sight: string } | { readonly signature: string; readonly stack: string };

/** Runs one input. One that took too long is run again twice: a collection of garbage is no hang. */
export async function judge(target: Target, input: Input, hangMs = HANG_MS): Promise<Judged> {
  try {
    for (let times = 1; ; times++) {
      const before = cpuMs();
      const sight = await runTarget(target, input);
      const took = cpuMs() - before;
      if (target.isSlow || took <= hangMs) return { sight };
      if (times === 3)
        return { signature: `${target.name}: takes more than ${hangMs} ms`, stack: `${took.toFixed(0)} ms` };
    }
  } catch (error) {
    return {
      signature: `${target.name}: ${signatureOf(error)}`,
      stack: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The error without what differs from input to input, and the place that threw it. */
function signatureOf(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${typeof error}`;
  const words = error.message
    .replace(/"(?:[^"\\]|\\.)*"|\d+/g, '…')
    .split('\n')[0]!
    .slice(0, 60);
  const place = error.stack?.split('\n').find((line) => /server\/src\//.test(line));
  const at = error.name === 'Broken' ? '' : (/server\/src\/[^:]+:\d+/.exec(place ?? '')?.[0] ?? '');
  return `${error.name} ${words} ${at}`.trim();
}
