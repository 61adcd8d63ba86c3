/** Previews as text: the sentence, then the table, then what the picture would show. */
import type { Preview } from '../../preview/model.ts';
import type { Kind } from '../../spec/types.ts';
import { inTerminal } from '../kinds.ts';
import type { Paint } from '../terminal.ts';
import { wrapped } from './table.ts';

/** Lines for one document. */
export function previewText(preview: Preview, paint: Paint, width: number): string[] {
  const title = `${paint.bold(preview.name)} ${paint.dim(preview.kind)}`;
  const body = inTerminal<Kind>(preview.kind).preview(preview, paint, width);
  return [title, ...wrapped(preview.sentence, width), '', ...body];
}
