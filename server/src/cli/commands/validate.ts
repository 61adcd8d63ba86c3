import { join, resolve } from 'node:path';
import { EXIT } from '../exit-code.ts';
import { githubLines } from '../formats/github.ts';
import { report } from '../formats/problem-report.ts';
import { problemCount, problemText } from '../formats/problem-text.ts';
import { sarif } from '../formats/sarif.ts';
import { checkFile } from '../open-file.ts';
import { isSpecOrGraph, readSpecOrGraph, shownPath, unreadableInput, type Session } from '../session.ts';
import { Progress } from '../terminal.ts';
import { VERSION } from '../../host/version.ts';
import type { InFile, Problem } from '../../spec/problems/problem.ts';
import { ProblemError, problemError } from '../../spec/problems/problem-error.ts';

export const VALIDATE_FORMATS = ['text', 'json', 'sarif', 'github'] as const;
export type ValidateFormat = (typeof VALIDATE_FORMATS)[number];

/** Checks files, and the spec and graph files below folders. Exit status 1 where anything is an error. */
export async function validate(session: Session, paths: readonly string[], format: ValidateFormat): Promise<number> {
  const files = (await Promise.all(paths.map((path) => specFiles(session, path)))).flat();
  const progress = new Progress();
  const problems: Problem<InFile>[] = [];
  try {
    for (const [i, file] of files.entries()) {
      progress.update(file, i, files.length);
      const read = await readOrRefused(session, file);
      if (read instanceof ProblemError) {
        // Where it is the only one, nothing was checked; else it does not hide what is wrong with the others.
        if (files.length === 1) throw read;
        problems.push({ ...read.problem, file: shownPath(resolve(file)), bytes: { start: 0, end: 0 } });
        continue;
      }
      const checked = await checkFile(read, session.files, { shouldStop: () => progress.stillAtWork() });
      problems.push(...report(read, checked.problems));
    }
  } finally {
    progress.end();
  }
  switch (format) {
    case 'text':
      session.print([...problemText(problems, session.paint), problemCount(problems, files.length)]);
      break;
    case 'json':
      session.json({ files: files.length, problems });
      break;
    case 'sarif':
      session.json(sarif(problems, VERSION));
      break;
    case 'github':
      if (problems.length > 0) session.print(githubLines(problems));
      break;
  }
  return problems.some((problem) => problem.severity === 'error') ? EXIT.problems : EXIT.ok;
}

async function readOrRefused(
  session: Session,
  file: string,
): Promise<Awaited<ReturnType<typeof readSpecOrGraph>> | ProblemError> {
  try {
    return await readSpecOrGraph(session, file);
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'BERTH1027') return error;
    throw error;
  }
}

async function specFiles({ reader }: Session, path: string): Promise<string[]> {
  const folder = resolve(path);
  const everywhere = { depth: Infinity, most: Infinity, without: ['node_modules'], everything: true };
  // Of what cannot be looked at, reading it will say what is wrong.
  if ((await reader.kind(folder).catch(() => undefined)) !== 'folder') return [path];
  const inside = await reader.list(folder, everywhere).catch((error: unknown) => {
    throw unreadableInput(shownPath(folder), error);
  });
  const found = inside
    .filter(isSpecOrGraph)
    .sort()
    .map((file) => join(path, file));
  // A check that checked nothing must not pass for one that found nothing.
  if (found.length === 0)
    throw problemError(
      'BERTH1030',
      { file: path, wanted: 'no spec or graph file in it', has: [] },
      { exitCode: EXIT.usage },
    );
  return found;
}
