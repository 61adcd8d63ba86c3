/** Quick fixes: the mends that problems bring along, and all misspelt keys at once. */
import { overlap } from '../spec/yaml/edit.ts';
import type { InText, Problem, Range, TextEdit } from '../spec/problems/catalogue.ts';
import type { OpenDocument } from './document.ts';

export interface CodeAction {
  readonly title: string;
  readonly kind: 'quickfix' | 'fixAll';
  readonly edits: readonly TextEdit[];
  readonly preferred: boolean;
  /** What the action mends; none for all at once. */
  readonly problem: Problem<InText> | null;
}

/** @param range what is selected. @param problems of the present text, as `diagnostics` gave them. */
export function codeActions(doc: OpenDocument, range: Range, problems: readonly Problem<InText>[]): CodeAction[] {
  const fitting = problems.filter((problem) => overlap(problem.range, range));
  const fixes = fitting.flatMap((problem) =>
    problem.fixes
      .filter(({ edits }) => edits.every((edit) => edit.range.end <= doc.text.length))
      .map(({ title, edits, preferred = false }): CodeAction => ({
        title,
        kind: 'quickfix',
        edits,
        preferred,
        problem,
      })),
  );
  const all = fixAllKeys(problems);
  return all ? [...fixes, all] : fixes;
}

/** Every key that has a likely right spelling; none where there are not at least two. */
function fixAllKeys(problems: readonly Problem<InText>[]): CodeAction | undefined {
  const edits: TextEdit[] = [];
  for (const { code, fixes } of problems) {
    const fix = code === 'BERTH1004' ? fixes.find(({ preferred }) => preferred) : undefined;
    if (fix && !fix.edits.some((edit) => edits.some((other) => overlap(edit.range, other.range))))
      edits.push(...fix.edits);
  }
  if (edits.length < 2) return undefined;
  return { title: `Correct all ${edits.length} misspelt keys`, kind: 'fixAll', edits, preferred: false, problem: null };
}
