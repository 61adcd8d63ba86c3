/** Above each document: what can be done with it, what would come of it, and its state while it is live. */
import { missingKeys } from '../deploy/plan/unmet-needs.ts';
import { targetDescriptions } from '../deploy/target-description.ts';
import { explain } from '../spec/problems/catalogue.ts';
import type { Range } from '../spec/problems/catalogue.ts';
import { isSpecKind } from '../spec/kinds.ts';
import { visible } from '../spec/text/visible.ts';
import { targetType, targetWords, writtenTarget } from '../spec/target-type.ts';
import { answerOf } from './kinds.ts';
import type { Knowledge, OpenDocument } from './document.ts';
import { sections } from './section.ts';

export interface CodeLens {
  readonly range: Range;
  readonly title: string;
  /** None for what is only told. */
  readonly command?: 'berth.preview' | 'berth.plan' | 'berth.apply' | 'berth.watch';
  readonly tooltip?: string;
  /** Position of the document that the command is about; the adapter knows the file. */
  readonly document: number;
}

export function codeLenses(doc: OpenDocument, knowledge: Knowledge): CodeLens[] {
  return sections(doc).flatMap(({ index, kind, root }): CodeLens[] => {
    if (!root || !isSpecKind(kind)) return [];
    const range = root.entries[0]?.keyRange ?? root.range;
    // As it is written, also where there is no such target: what is wrong with it stands at its place.
    const written = root.at(['spec', 'target']);
    const target = typeof written?.scalar === 'string' ? written.scalar : targetWords(writtenTarget(written));
    const status = knowledge.status(index);
    const preview = knowledge.outcome(index)?.preview;
    const lens = (title: string, command?: NonNullable<CodeLens['command']>, tooltip?: string): CodeLens => ({
      range,
      title,
      document: index,
      ...(command === undefined ? {} : { command }),
      ...(tooltip === undefined ? {} : { tooltip }),
    });
    const nothing = nothingToRun(doc, index);
    return [
      lens('Preview', 'berth.preview'),
      ...(nothing === undefined
        ? [lens('Plan', 'berth.plan'), lens(`Apply to ${visible(target)}`, 'berth.apply')]
        : [lens(nothing.brief, undefined, nothing.words)]),
      ...(status ? [lens(visible(status.summary), 'berth.watch', 'Watch it beside the text')] : []),
      // What runs says more than what would: the line has room for one of them.
      ...(!status && preview ? [lens(answerOf(preview), 'berth.preview', preview.sentence)] : []),
    ];
  });
}

/** Why a document has nothing that could be applied: in a few words and in full. Undefined where it has, or where nobody can say yet. */
export function nothingToRun(
  doc: OpenDocument,
  document: number,
): { readonly brief: string; readonly words: string } | undefined {
  const spec = doc.type === 'spec' ? doc.spec.documents[document]?.lastGood : undefined;
  const [missing] = spec ? missingKeys(spec, targetDescriptions[targetType(spec.target)]) : [];
  if (!spec || !missing) return undefined;
  const { message, hint } = explain('BERTH5012', {
    key: missing.key,
    owner: missing.owner,
    target: targetType(spec.target),
  });
  return { brief: `nothing to run: no ${missing.key}`, words: `${message} ${hint}` };
}
