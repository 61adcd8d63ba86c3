/** The InferenceCluster of a file that is to be replayed. */
import type { WhatIf } from '../preview/model.ts';
import type { ProblemCode } from '../spec/problems/catalogue.ts';
import type { InferenceCluster } from '../spec/types.ts';
import { report } from './formats/problem-report.ts';
import { checkDocument, nothingIn, openFile, specDocuments } from './open-file.ts';
import { readSpecOrGraph, invalidSpec, type Session } from './session.ts';
import type { InFile, Problem } from '../spec/problems/problem.ts';

/** No error of the spec, but one for who wants it replayed. */
const NO_REPLAY: ProblemCode = 'BERTH2014';
/** Without this warning the figures of a replay would be taken for those of a policy. */
const SPOILS_REPLAYS: ProblemCode = 'BERTH2015';

/**
 * @param tried what will be tried of it: with each of these it must be without an error.
 * @returns the document as it is written.
 * @throws ProblemError where the file cannot be read, has an error, cannot be replayed or has no such document.
 */
export async function clusterOfFile(
  session: Session,
  path: string,
  document: string | undefined,
  tried: readonly WhatIf[],
): Promise<InferenceCluster> {
  const file = await readSpecOrGraph(session, path);
  const opened = await openFile(file, session.files);
  const warnings = new Map<string, Problem<InFile>>();
  for (const whatIf of tried) {
    const { problems } = await checkDocument(opened, { document, whatIf });
    const reported = report(file, problems);
    const errors = reported.flatMap((problem) =>
      problem.severity === 'error' || problem.code === NO_REPLAY ? [{ ...problem, severity: 'error' as const }] : [],
    );
    if (errors.length > 0) throw invalidSpec(errors);
    for (const problem of reported) if (problem.code === SPOILS_REPLAYS) warnings.set(problem.message, problem);
  }
  for (const problem of warnings.values()) session.warn(problem);
  const cluster = specDocuments(opened, document)
    .map(({ spec }) => spec)
    .find((spec) => spec.kind === 'InferenceCluster');
  if (!cluster) throw nothingIn(opened, document, 'to replay', 'InferenceCluster');
  return cluster;
}
