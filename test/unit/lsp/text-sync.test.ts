/** A text is what its client says, also where the client points beyond it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TEXT_SYNC } from '../../../server/src/lsp/text-sync.ts';

type Place = readonly [line: number, character: number];

/** The offset of a place by what the protocol says of it: no further than its line, no further than the text. */
function offset(text: string, [line, character]: Place): number {
  const lines = text.split('\n');
  if (line >= lines.length) return text.length;
  const before = lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0);
  return before + Math.min(character, lines[line]!.length);
}

it('takes changes at any place, and bears those beyond its end', () => {
  const place = fc.tuple(fc.oneof(fc.nat(6), fc.nat(2 ** 31 - 1)), fc.oneof(fc.nat(6), fc.nat(2 ** 31 - 1)));
  const text = fc.stringMatching(/^[ab\n]{0,12}$/);
  const change = fc.record({ from: place, to: place, text });
  fc.assert(
    fc.property(text, fc.array(change, { minLength: 1, maxLength: 6 }), (first, changes) => {
      let expected = first;
      const document = TEXT_SYNC.create('file:///a.berth.yaml', 'berth', 1, first);
      changes.forEach(({ from, to, text: newText }, i) => {
        const [start, end] = [offset(expected, from), offset(expected, to)].sort((a, b) => a - b);
        expected = expected.slice(0, start) + newText + expected.slice(end);
        const at = ([line, character]: Place): { line: number; character: number } => ({ line, character });
        TEXT_SYNC.update(document, [{ range: { start: at(from), end: at(to) }, text: newText }], i + 2);
        expect(document.getText()).toBe(expected);
        expect(document.lineCount).toBe(expected.split('\n').length);
      });
    }),
  );
});
