import { SCHEMAS } from '../../spec/generated/schemas.ts';
import { EXIT } from '../exit-code.ts';
import { type Session } from '../session.ts';
import { ProblemError } from '../../spec/problems/problem-error.ts';

/** Prints the JSON Schemas, for other tools: one by its kind, or all by kind. */
export function schema(session: Session, kind: string | undefined): number {
  if (kind === undefined) session.out.write(`${JSON.stringify(SCHEMAS, null, 2)}\n`);
  else {
    const found = Object.entries(SCHEMAS).find(([name]) => name.toLowerCase() === kind.toLowerCase());
    if (!found) {
      const kinds = Object.keys(SCHEMAS).join(', ');
      throw new ProblemError(
        { code: 'BERTH1014', severity: 'error', message: `There is no kind "${kind}".`, hint: `Use ${kinds}.` },
        { exitCode: EXIT.usage },
      );
    }
    session.out.write(`${JSON.stringify(found[1], null, 2)}\n`);
  }
  return EXIT.ok;
}
