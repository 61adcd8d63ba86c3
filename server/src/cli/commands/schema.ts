import { SCHEMAS } from '../../spec/generated/schemas.ts';
import { EXIT } from '../exit-code.ts';
import { CommandProblem, type Session } from '../session.ts';

/** Prints the JSON Schemas, for other tools: one by its kind, or all by kind. */
export function schema(session: Session, kind: string | undefined): number {
  if (kind === undefined) session.out.write(`${JSON.stringify(SCHEMAS, null, 2)}\n`);
  else {
    const found = Object.entries(SCHEMAS).find(([name]) => name.toLowerCase() === kind.toLowerCase());
    if (!found) {
      const kinds = Object.keys(SCHEMAS).join(', ');
      throw new CommandProblem(
        { code: 'BERTH1014', message: `There is no kind "${kind}".`, hint: `Use ${kinds}.` },
        EXIT.usage,
      );
    }
    session.out.write(`${JSON.stringify(found[1], null, 2)}\n`);
  }
  return EXIT.ok;
}
