/** What every command is given: where to write, how wide, in which format, and how to be interrupted. */
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { DiskFiles } from '../host/disk-files.ts';
import { DeployProblem } from '../deploy/deploy-problem.ts';
import { explain, type ProblemCode, type ProblemParams } from '../spec/problems/catalogue.ts';
import { didYouMean } from '../spec/problems/did-you-mean.ts';
import { EXIT } from './exit-code.ts';
import type { ReportedProblem } from './formats/problem-report.ts';
import { problemText } from './formats/problem-text.ts';
import { printable } from './text/printable.ts';
import { paintFor, widthOf, type Paint } from './terminal.ts';

export const FORMATS = ['text', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/** Ends a command with a problem of the catalogue: said once, on standard error (or as JSON where that was asked for). */
export class CommandProblem extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exitCode: number;
  /** What is wrong with the file that ended the command, each at its place. */
  readonly problems: readonly ReportedProblem[];

  constructor(
    text: { readonly code: string; readonly message: string; readonly hint: string },
    exitCode = 1,
    problems: readonly ReportedProblem[] = [],
  ) {
    super(text.message);
    this.code = text.code;
    this.hint = text.hint;
    this.exitCode = exitCode;
    this.problems = problems;
  }
}

/** A file with errors: nothing is planned, applied or replayed then. */
export function spoiltSpec(errors: readonly ReportedProblem[]): CommandProblem {
  return new CommandProblem(explain('BERTH5013', { errors: errors.length, first: errors[0]!.message }), 1, errors);
}

export function commandProblem<C extends ProblemCode>(code: C, params: ProblemParams<C>, exitCode = 1): CommandProblem {
  return new CommandProblem(explain(code, params), exitCode);
}

export class Session {
  readonly out = process.stdout;
  readonly err = process.stderr;
  readonly paint: Paint = paintFor(process.stdout);
  readonly errPaint: Paint = paintFor(process.stderr);
  readonly width: number = widthOf(process.stdout);
  readonly files = new DiskFiles();
  #abort: AbortController | undefined;
  readonly #told = new Set<string>();
  format: Format = 'text';

  /**
   * Fires at the first Ctrl-C, for what must end in a state that can be gone on from; a second one does not wait for it.
   * A command that never asks for it is ended by the system at once, also in the middle of a long computation.
   */
  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController());
      process.on('SIGINT', () => {
        if (abort.signal.aborted) process.exit(EXIT.interrupted);
        abort.abort();
      });
      process.on('SIGTERM', () => abort.abort());
    }
    return this.#abort.signal;
  }

  get interrupted(): boolean {
    return this.#abort?.signal.aborted ?? false;
  }

  /** Something that went wrong on the way, on standard error; once, however often it is met. */
  warn({ code, message, hint }: { readonly code: string; readonly message: string; readonly hint: string }): void {
    if (this.#told.has(`${code} ${message}`)) return;
    this.#told.add(`${code} ${message}`);
    this.err.write(`${this.errPaint.yellow('!')} ${code} ${printable(message)}\n  ${printable(hint)}\n`);
  }

  print(lines: readonly string[]): void {
    this.out.write(`${lines.join('\n')}\n`);
  }

  json(value: unknown): void {
    this.out.write(`${JSON.stringify(value, null, this.out.isTTY ? 2 : 0)}\n`);
  }

  /** Says what ended the command. */
  complain(error: unknown): number {
    if (error instanceof CommandProblem || error instanceof DeployProblem) {
      const { code, message, hint } = error;
      const problems = error instanceof CommandProblem ? error.problems : [];
      if (this.format === 'json')
        this.json({ error: { code, message, hint }, ...(problems.length > 0 ? { problems } : {}) });
      else {
        if (problems.length > 0) this.err.write(`${problemText(problems, this.errPaint).join('\n')}\n`);
        if (!this.#told.has(`${code} ${message}`))
          this.err.write(`${this.errPaint.red('error')} ${code} ${printable(message)}\n  ${printable(hint)}\n`);
      }
      return error instanceof CommandProblem ? error.exitCode : 1;
    }
    throw error;
  }
}

export interface ReadText {
  /** Absolute path. */
  readonly path: string;
  /** As it is shown: relative to the working folder where that is shorter. */
  readonly shown: string;
  readonly text: string;
}

/** @throws CommandProblem where the file is not there or cannot be read. */
export function readText(file: string): ReadText {
  const path = resolve(file);
  const shown = shownPath(path);
  try {
    return { path, shown, text: readFileSync(path, 'utf8') };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const suggestion = didYouMean(file, new DiskFiles().list('.').filter(isSpecOrGraph));
      throw commandProblem('BERTH1011', { what: 'input', path: shown, suggestion }, EXIT.usage);
    }
    throw commandProblem(
      'BERTH1027',
      { what: 'input', path: shown, detail: READ_FAULTS[code ?? ''] ?? message },
      EXIT.usage,
    );
  }
}

const SPEC_OR_GRAPH = /\.(berth\.ya?ml|graph\.(ya?ml|json))$/;

/** By its name, as in an editor. */
export function isSpecOrGraph(path: string): boolean {
  return SPEC_OR_GRAPH.test(path);
}

/** A spec or graph file to read. @throws CommandProblem where the file is neither, is not there or cannot be read. */
export function readSpecOrGraph(file: string): ReadText {
  const read = readText(file);
  if (!isSpecOrGraph(read.path)) throw commandProblem('BERTH1032', { path: read.shown }, EXIT.usage);
  return read;
}

const READ_FAULTS: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder',
  EACCES: 'you may not read it',
  ERR_STRING_TOO_LONG: 'it is too large',
  ERR_FS_FILE_TOO_LARGE: 'it is too large',
};

/** A path as a person would write it from the working folder. */
export function shownPath(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside === '' || inside.startsWith('..') ? path : inside;
}
