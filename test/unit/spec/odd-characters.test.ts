/** Characters that pass for blanks and signs of YAML are named where they stand, once, and mended. */
import { describe, expect, it } from 'vitest';
import { readGraphDocument } from '../../../server/src/language/graph-document.ts';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';
import { applied } from '../../../server/src/spec/yaml/edit.ts';
import { check, URI } from './check.ts';

const SPEC = `apiVersion: berth.dev/v1alpha1
kind: InferenceCluster
metadata: { name: v }
spec:
  capacity: { replicas: 8 }
  jobs:
    - name: a
      slo: { latency: 500ms, percentile: 99 }
      processingTime: 100ms
      workload: { rate: 10/s }
`;

describe('a character that passes for another', () => {
  it('is marked itself, and is all that is said', () => {
    check(`
      apiVersion: berth.dev/v1alpha1
      kind: InferenceCluster
      metadata: { name: v }
      spec:
        capacity: { replicas: 8 }
        jobs:
          - name: a
            slo:\u00a0{ latency: 500ms, percentile: 99 }
                ~ BERTH1033 Here stands a no-break space (U+00A0) where a space is meant. [fix]
            processing\u200bTime: 100ms
                      ~ BERTH1033 Here stands a zero-width space (U+200B), which YAML takes for a letter. [fix]
            workload： { rate: 10/s }
                    ~ BERTH1033 Here stands a full-width colon (U+FF1A) where \`:\` is meant. [fix]
    `);
  });

  it.each<[string, string, string, string]>([
    ['between key and value', 'slo: ', 'slo:\u00a0', 'a no-break space (U+00A0) where a space is meant'],
    ['as indentation', '      slo', '\u00a0'.repeat(6) + 'slo', '6 no-break spaces (U+00A0) where spaces are meant'],
    ['behind the indentation', '      slo', '     \u3000slo', 'an ideographic space (U+3000) where a space is meant'],
    ['behind a dash', '- name', '-\u202fname', 'a narrow no-break space (U+202F) where a space is meant'],
    ['between brackets', '{ rate: 10/s }', '{\u00a0rate: 10/s }', 'a no-break space (U+00A0) where a space is meant'],
    ['for a break', 'spec:\n  ', 'spec:\n\u2028 ', 'a line separator (U+2028) where a space is meant'],
    ['for a dash', '- name', '– name', 'an en dash (U+2013) where `-` is meant'],
    ['for a comma', '500ms, ', '500ms， ', 'a full-width comma (U+FF0C) where `,` is meant'],
    ['for a digit', 'replicas: 8', 'replicas: ８', 'a digit of another script (U+FF18) where `8` is meant'],
    ['for digits with a unit', '500ms', '٥٠٠ms', 'a digit of another script (U+0665) where `500ms` is meant'],
    ['for digits of mathematics', '99 }', '𝟡𝟗 }', 'a digit of another script (U+1D7E1) where `99` is meant'],
    ['for a line end', '8 }\n', '8 }\u2028', 'a line separator (U+2028) where a line break is meant'],
    [
      'for a line end, in old files',
      '8 }\n',
      '8 }\u0085',
      'a next-line character (U+0085) where a line break is meant',
    ],
    ['for the end of a page', '8 }\n', '8 }\f', 'a control character (U+000C) where a line break is meant'],
  ])('%s is mended', (_, meant, odd, what) => {
    const text = SPEC.replace(meant, odd);
    const { problems } = readSpecFile(text, { uri: URI });
    expect(problems.map(({ code }) => code)).toEqual(['BERTH1033']);
    expect(problems[0]?.message).toMatch(new RegExp(`^Here stands? ${what.replace(/[()+`]/g, '\\$&')}\\.$`));
    expect(applied(text, problems[0]!.fixes[0]!.edits)).toBe(SPEC);
  });

  it.each<[string, string, string]>([
    ['behind a value', SPEC.replace('100ms\n', '100ms\u00a0\n'), SPEC.replace('100ms\n', '100ms \n')],
    ['before a value', SPEC.replace(': 100ms', ': \u200e100ms'), SPEC],
    ['before a colon', SPEC.replace('processingTime', 'processingTime\ufeff'), SPEC],
    ['before a second document', `---\n\ufeff${SPEC}`, `---\n${SPEC}`],
    ['around a value', SPEC.replace('100ms', '“100ms”'), SPEC.replace('100ms', '"100ms"')],
  ])('%s is mended', (_, text, mended) => {
    const { problems } = readSpecFile(text, { uri: URI });
    expect(problems.map(({ code }) => code)).toEqual(['BERTH1033']);
    expect(applied(text, problems[0]!.fixes[0]!.edits)).toBe(mended);
  });

  it('is mended with all others at once, as a text from a web page needs', () => {
    const text = SPEC.replace(/^ +/gm, (blanks) => '\u00a0'.repeat(blanks.length));
    const { problems } = readSpecFile(text, { uri: URI });
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['BERTH1033']));
    const fix = problems[0]!.fixes.find(({ title }) => title === 'Mend all 6');
    expect(applied(text, fix!.edits)).toBe(SPEC);
  });

  it.each([
    ['in a comment', SPEC.replace('spec:', 'spec: # a\u00a0b：\u200b')],
    ['before everything', `\ufeff${SPEC}`],
    ['in quotes', `${SPEC}      serve: { command: [node, "\u00a0x", 'a: “b”'] }\n`],
    [
      'in a block',
      `${SPEC}      serve:\n        command:\n          - sh\n          - |\n            echo a:\u00a0b\n            \u00a0– c\n`,
    ],
    ['within a value', `${SPEC}      serve: { command: [node, a\u00a0b – c] }\n`],
  ])('%s is what it is', (_, text) => {
    expect(readSpecFile(text, { uri: URI }).problems).toEqual([]);
  });

  it('in a value that is wrong is shown in it', () => {
    check(`
      apiVersion: berth.dev/v1alpha1
      kind: InferenceCluster
      metadata: { name: v }
      spec:
        capacity: { replicas: 8 }
        jobs:
          - name: a\u00a0b
                  ~~~ BERTH1019 "a[U+00A0]b" cannot be a name; did you mean "a-b"? [fix]
            slo: { latency: 500\u00a0ms }
                            ~~~~~~ BERTH1022 "500[U+00A0]ms" is not a duration; did you mean "500ms"? [fix]
            processingTime: 100ms
            workload: { rate: 10/s }
    `);
  });
});

it('full-width braces are mended one by one', () => {
  const text = SPEC.replace('{ rate: 10/s }', '｛ rate: 10/s ｝');
  const { problems } = readSpecFile(text, { uri: URI });
  expect(problems.map(({ message }) => message)).toEqual([
    'Here stands a full-width brace (U+FF5B) where `{` is meant.',
    'Here stands a full-width brace (U+FF5D) where `}` is meant.',
  ]);
  expect(applied(text, problems[0]!.fixes.at(-1)!.edits)).toBe(SPEC);
});

it.each(['name: web２', 'column: "８"', 'column: ８列'])('%s has digits that are meant', (written) => {
  const problems = readSpecFile(SPEC.replace('name: a', `name: a # ８\n      ${written}`), { uri: URI }).problems;
  expect(problems.map(({ code }) => code)).not.toContain('BERTH1033');
});

describe('a text with NUL', () => {
  it.each(['net.graph.yaml', 'net.graph.json'])('is the same problem in a graph that is open: %s', (path) => {
    const text = '{"nodes": [], "edges": [\0]}';
    const { problems, graph } = readGraphDocument(text, { path });
    expect(problems).toMatchObject([{ code: 'BERTH1034', range: { start: 24, end: 25 } }]);
    expect(graph).toBeUndefined();
    const wide = readGraphDocument('{"nodes": []}'.replace(/[^]/g, '$&\0'), { path });
    expect(wide.problems.map(({ hint }) => hint)).toEqual(['Open the file as UTF-16, or save it as UTF-8.']);
  });

  it('is one problem, which tells UTF-16 from damage', () => {
    const wide = SPEC.replace(/[^]/g, '$&\0');
    expect(readSpecFile(wide, { uri: URI }).problems).toMatchObject([
      { code: 'BERTH1034', range: { start: 1, end: 2 }, hint: 'Open the file as UTF-16, or save it as UTF-8.' },
    ]);
    check(`${SPEC}# \0
  ~ BERTH1034 Here stands a NUL character (U+0000), which no text has.
`);
  });
});

it('what is looked at does not grow with the text', () => {
  for (const text of ['\u00a0'.repeat(2_000_000), `a: ${'é\u00a0'.repeat(1_000_000)}`, 'a:\u00a0b\n'.repeat(200_000)]) {
    const problems = readSpecFile(text, { uri: URI }).problems;
    expect(problems.length).toBeLessThan(200);
  }
});
