/** Previews as one SVG file: of each document its name, its sentence and its drawings, in the reader's light or dark scheme. */
import { moved, standalone, text } from '../../language/pictures/svg.ts';
import type { Preview } from '../../preview/model.ts';
import type { Kind } from '../../spec/types.ts';
import { inTerminal } from '../kinds.ts';
import { wrapped } from '../text/table.ts';
import { PREVIEW_STYLE, WIDTH } from './part.ts';

const MARGIN = 16;
/** Letters of the sentence in the width of a picture. */
const LETTERS = 130;
const TITLE_LETTERS = 150;

export function previewSvg(previews: readonly Preview[]): string {
  const body: string[] = [];
  let [y, width] = [MARGIN, WIDTH];
  for (const preview of previews) {
    body.push(moved(MARGIN, y, [text(0, 16, preview.name, 'class="name"')]));
    body.push(moved(MARGIN + WIDTH, y, [text(0, 16, preview.kind, 'class="soft" text-anchor="end"')]));
    y += 24;
    for (const line of wrapped(preview.sentence, LETTERS)) {
      body.push(moved(MARGIN, y, [text(0, 16, line, 'class="sentence"')]));
      y += 20;
    }
    for (const part of inTerminal<Kind>(preview.kind).picture(preview)) {
      y += 18;
      for (const line of wrapped(part.title, TITLE_LETTERS)) {
        body.push(moved(MARGIN, y, [text(0, 12, line, 'class="title"')]));
        y += 18;
      }
      y += 6;
      body.push(moved(MARGIN, y, part.body));
      y += part.height;
      width = Math.max(width, part.width);
    }
    y += 2 * MARGIN;
  }
  const title = previews.map(({ name, sentence }) => `${name}: ${sentence}`).join('\n');
  return standalone(width + 2 * MARGIN, y, title, body, PREVIEW_STYLE);
}
