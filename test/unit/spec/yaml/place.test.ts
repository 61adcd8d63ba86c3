import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../../server/src/spec/yaml/place.ts';
import type { Place } from '../../../../server/src/spec/yaml/place.ts';
import { readSpecFile } from '../../../../server/src/spec/spec-file.ts';
import { dedent, URI } from '../check.ts';
import { FILE } from '../texts.ts';

/** The place of the cursor `|`, in short: `key spec.jobs[0] "lat" of name` or `value spec.target "loc"`. */
function at(marked: string): string {
  const text = dedent(marked);
  const offset = text.indexOf('|');
  const clean = text.slice(0, offset) + text.slice(offset + 1);
  const document = readSpecFile(clean, { uri: URI }).documents.findLast((d) => d.range.start <= offset);
  const place = placeAt(
    { text: clean, range: document?.range ?? { start: 0, end: clean.length }, root: document?.root },
    offset,
  );
  return short(place, clean);
}

function short(place: Place, text: string): string {
  const path = place.path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join('.');
  const present = place.present.length > 0 ? ` beside ${place.present.join(',')}` : '';
  return `${place.part} ${path || 'document'} "${text.slice(place.word.start, place.word.end)}"${present}${place.flow ? ' flow' : ''}`;
}

describe('placeAt', () => {
  it.each([
    ['kin|d: x', 'key document "kind"'],
    ['|', 'key document ""'],
    ['kind: Fed|', 'value kind "Fed"'],
    ['kind: |', 'value kind ""'],
    ['a: 1\n|', 'key document "" beside a'],
    ['a: 1\nb|', 'key document "b" beside a'],
    ['spec:\n  |', 'key spec ""'],
    ['spec:\n  target: local\n  |', 'key spec "" beside target'],
    ['spec:\n  target: local\n  ob|', 'key spec "ob" beside target'],
    ['spec:\n  target: local\n  ob|\n  jobs:\n    - name: a', 'key spec "ob" beside target,jobs'],
    ['spec:\n  target: local\n      |', 'key spec "" beside target'],
    ['spec:\n  target: local\n|', 'key document "" beside spec'],
    ['spec:\n  jobs:\n    - |', 'value spec.jobs.[0] ""'],
    ['spec:\n  jobs:\n    - name: a\n    - |', 'value spec.jobs.[1] ""'],
    ['spec:\n  jobs:\n    - na|', 'value spec.jobs.[0] "na"'],
    ['spec:\n  jobs:\n    - name: a\n      |', 'key spec.jobs.[0] "" beside name'],
    ['spec:\n  jobs:\n    - name: a\n      s|\n      priority: 1', 'key spec.jobs.[0] "s" beside name,priority'],
    ['spec:\n  jobs:\n    - name: a\n    - name: b\n      |', 'key spec.jobs.[1] "" beside name'],
    ['spec:\n  jobs:\n  - name: a\n  - name: b\n    |', 'key spec.jobs.[1] "" beside name'],
    ['spec:\n  jobs:\n    - name: a\n      slo:\n        |', 'key spec.jobs.[0].slo ""'],
    ['spec:\n  jobs:\n    - name: a\n      slo:\n        latency: |', 'value spec.jobs.[0].slo.latency ""'],
    ['spec:\n  jobs:\n    - name: a\n      slo: { | }', 'key spec.jobs.[0].slo "" flow'],
    ['spec:\n  jobs:\n    - name: a\n      slo: { latency: 1s, | }', 'key spec.jobs.[0].slo "" beside latency flow'],
    [
      'spec:\n  jobs:\n    - name: a\n      slo: { latency: 1s, per| }',
      'key spec.jobs.[0].slo "per" beside latency flow',
    ],
    ['spec:\n  jobs:\n    - name: a\n      slo: { latency: | }', 'value spec.jobs.[0].slo.latency "" flow'],
    ['spec:\n  devices: [ { name: gpu, | } ]', 'key spec.devices.[0] "" beside name flow'],
    ['spec:\n  devices: [ | ]', 'value spec.devices.[0] "" flow'],
    ['spec:\n  jobs:\n    # a comment\n\n    - name: a\n\n      # more\n      |\n', 'key spec.jobs.[0] "" beside name'],
    ['a: 1\n---\nb: 2\n|', 'key document "" beside b'],
    ['a:\n  - - x\n    - |', 'value a.[0].[1] ""'],
  ])('%j is at %s', (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  it('finds every key and value of a file where its tree has it', () => {
    const file = readSpecFile(FILE, { uri: URI });
    for (const document of file.documents) {
      const lookup = { text: FILE, range: document.range, root: document.root };
      const visit = (path: readonly (string | number)[]): void => {
        const node = document.root!.at(path)!;
        for (const entry of node.entries) {
          const place = placeAt(lookup, entry.keyRange.start + 1);
          expect(place).toMatchObject({ part: 'key', path, key: entry.key, word: entry.keyRange });
          visit([...path, entry.key]);
        }
        node.items.forEach((_, i) => {
          visit([...path, i]);
        });
        if (node.type === 'scalar')
          expect(placeAt(lookup, node.range.end)).toMatchObject({ part: 'value', path, word: node.range });
      };
      visit([]);
    }
  });

  it('answers at every offset of every prefix without throwing', () => {
    for (let end = 0; end < FILE.length; end += 7) {
      const text = FILE.slice(0, end);
      const file = readSpecFile(text, { uri: URI });
      const document = file.documents.at(-1);
      for (const offset of [end, Math.max(0, end - 3), end >> 1]) {
        const place = placeAt({ text, range: document?.range ?? { start: 0, end }, root: document?.root }, offset);
        expect(place.word.start).toBeLessThanOrEqual(place.word.end);
      }
    }
  });
});
