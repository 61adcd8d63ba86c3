import { importKubernetes } from '../../kubernetes/import.ts';
import { problemError } from '../../spec/problems/problem-error.ts';
import { EXIT } from '../exit-code.ts';
import { report } from '../formats/problem-report.ts';
import { problemText } from '../formats/problem-text.ts';
import { readText, type Session } from '../session.ts';
import { mustBeWritable, writeText } from '../write-file.ts';

export interface ImportKubernetesOptions {
  readonly out?: string;
}

/** Writes what a RayService or a Deployment says as an InferenceCluster, and says what is to be filled in and what is lost. */
export async function importResources(
  session: Session,
  path: string,
  { out }: ImportKubernetesOptions,
): Promise<number> {
  if (out !== undefined) mustBeWritable(out);
  const file = await readText(session, path);
  const { spec, problems: found, otherKinds, found: any } = importKubernetes(file.text);
  if (!any) throw problemError('BERTH5650', { file: file.shown, kinds: otherKinds });
  const problems = report(file, found);
  if (out !== undefined && spec !== undefined) writeText(out, spec);
  if (session.format === 'json') {
    session.json({ spec: spec ?? null, notRead: otherKinds, problems });
  } else {
    // The spec alone goes to standard output, so that it can be kept in a file.
    session.err.write(`${problemText(problems, session.errPaint).join('\n')}\n`);
    if (spec !== undefined && out === undefined) session.out.write(spec);
  }
  return spec === undefined ? EXIT.problems : EXIT.ok;
}
