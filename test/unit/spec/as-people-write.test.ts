/** YAML as people write it: read, or one message that says what to write instead. */
import { describe, expect, it } from 'vitest';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';
import { ALIAS_LIMIT } from '../../../server/src/spec/yaml/document.ts';
import { check, checkFix, dedent, URI } from './check.ts';

const HEAD = `
      apiVersion: berth.dev/v1alpha1
      kind: InferenceCluster
      metadata: { name: v }
      spec:
        capacity: { replicas: 8 }
        jobs:`;

describe('a short value in a block', () => {
  it('is read without the line break at its end', () => {
    const file = check(`${HEAD}
          - name: >-
              a
            slo:
              latency: |
                500ms
            processingTime: >
              100ms
            workload:
              rate: |+
                10/s

    `);
    expect(file.documents[0]?.spec).toMatchObject({
      jobs: [{ name: 'a', slo: { latency: 500 }, processingTime: 100 }],
    });
  });

  it('that is wrong is marked where it stands, and said on one line', () => {
    check(`${HEAD}
          - name: |
              Search
              ~~~~~~ BERTH1019 "Search" cannot be a name; did you mean "search"? [fix]
            slo:
              latency: |
                500 ms
                ~~~~~~ BERTH1022 "500 ms" is not a duration; did you mean "500ms"? [fix]
            processingTime: |
              100
              ~~~ BERTH1022 "100␊ms␊" is not a duration; did you mean "100ms"? [fix]
              ms
            replicas:
              max: |
                8
                ~ BERTH1006 "max" takes a whole number, not a text. [fix]
            workload: { rate: 10/s }
    `);
  });

  it.each([
    ['latency: |\n              500 ms', 'latency: 500ms'],
    ['latency: >\n              500\n              ms', 'latency: 500ms'],
  ])('%j is mended as a whole', (before, after) => {
    const spec = (latency: string): string => `${HEAD}
        - name: a
          slo:
            ${latency}
          processingTime: 100ms
          workload: { rate: 10/s }
    `;
    checkFix(spec(before), spec(after));
  });
});

describe('values that several share', () => {
  const JOB = `
          - &first
            name: a
            slo: &slo { latency: 500ms, percentile: 99 }
            processingTime: 100ms
            workload: { rate: 10/s }`;

  it('are taken over with a merge key, own keys first', () => {
    const file = check(`${HEAD}${JOB}
          - <<: *first
            name: b
            slo: { <<: *slo, latency: 700ms }
          - name: c
            <<: [{ processingTime: 50ms }, *first]
    `);
    expect(file.documents[0]?.spec).toMatchObject({
      jobs: [
        { name: 'a', slo: { latency: 500, percentile: 99 }, processingTime: 100 },
        { name: 'b', slo: { latency: 700, percentile: 99 }, processingTime: 100 },
        { name: 'c', slo: { latency: 500, percentile: 99 }, processingTime: 50 },
      ],
    });
  });

  it('are judged once, where they are written', () => {
    check(`${HEAD}
          - &first
            name: a
            slo: { latency: 500 ms }
                            ~~~~~~ BERTH1022 "500 ms" is not a duration; did you mean "500ms"? [fix]
            procesingTime: 100ms
            ~~~~~~~~~~~~~ BERTH1004 "jobs[0]" has no key "procesingTime"; did you mean "processingTime"? [fix]
            workload: { rate: 10/s }
          - <<: *first
            name: b
    `);
  });

  it('are mappings: anything else is one message', () => {
    check(`${HEAD}${JOB}
          - <<: [*slo, 3]
            ~~ BERTH1023 A spec cannot use a merge key ("<<") for anything but mappings.
            name: b
    `);
  });

  it('stand where they are first used, not under a key of their own', () => {
    const { problems } = readSpecFile(
      dedent(`
      x-slo: &slo { latency: 500ms }
      apiVersion: berth.dev/v1alpha1
      kind: InferenceCluster
      metadata: { name: v }
      spec:
        capacity: { replicas: 8 }
        jobs: [{ name: a, slo: *slo, processingTime: 100ms, workload: { rate: 10/s } }]
      `),
      { uri: URI },
    );
    expect(problems.map(({ code, hint }) => `${code} ${hint}`)).toEqual([
      'BERTH1004 Move "&slo" with its value to where it is first used, and leave "*slo" at the others.',
    ]);
  });

  it('do not grow without end', () => {
    const keys = Array.from({ length: 2000 }, (_, i) => `k${i}: 1`).join(', ');
    const text = `a: &a { ${keys} }\n${Array.from({ length: 100 }, (_, i) => `b${i}: { <<: *a }\n`).join('')}`;
    const { problems } = readSpecFile(text, { uri: URI });
    expect(problems.map(({ message }) => message)).toEqual([
      `The aliases in this document stand for more than ${ALIAS_LIMIT} values; it is not read further.`,
    ]);
  });
});

describe('tags and the words of YAML 1.1', () => {
  it('are read where YAML 1.2 knows them, and else told what to write', () => {
    check(`${HEAD}
          - name: !!str a
            slo: { latency: 1:00:00, percentile: !!int "99" }
                            ~~~~~~~ BERTH1008 "1:00:00" has no unit of a duration; did you mean "3600s"? [fix]
            processingTime: !duration 100ms
                            ~~~~~~~~~ BERTH1023 A spec cannot use the tag "!duration".
            replicas: { min: 0o1, max: 1_000 }
                                       ~~~~~ BERTH1006 "max" takes a whole number, not the text "1_000". [fix]
            priority: 0,5
                      ~~~ BERTH1006 "priority" takes a number, not the text "0,5". [fix]
            workload: { rate: 10/s }
        autoscaler: { adaptQuantile: yes }
                                     ~~~ BERTH1006 "adaptQuantile" takes true or false, not the text "yes". [fix]
    `);
  });

  it('are mended', () => {
    const spec = (priority: string): string => `${HEAD}
          - { name: a, slo: { latency: 1s }, processingTime: 0.1s, priority: ${priority}, workload: { rate: 1/s } }
    `;
    checkFix(spec("'1,5'"), spec('1.5'));
    checkFix(spec('1_000'), spec('1000'));
    checkFix(spec('"2"'), spec('2'));
  });
});

describe('a word that YAML 1.1 and YAML 1.2 read differently', () => {
  const spec = (name: string, priority: string): string => `${HEAD}
          - { name: ${name}, slo: { latency: 1s }, processingTime: 0.1s, priority: ${priority}, workload: { rate: 1/s } }
    `;
  const said = (text: string): string[] =>
    readSpecFile(dedent(text), { uri: URI }).problems.map(({ code, message }) => `${code} ${message}`);

  it.each([
    ['010', 'the number 10', 'the number 8', '10'],
    ['08', 'the number 8', 'a text', '8'],
    ['!!int 010', 'the number 10', 'the number 8', undefined],
  ])('as number: %s is %s', (written, here, there, instead) => {
    const word = written.replace('!!int ', '');
    expect(said(spec('a', written))).toEqual([
      `BERTH1035 "${word}" is ${here} here, and ${there} for readers of YAML 1.1.`,
    ]);
    if (instead !== undefined) checkFix(spec('a', written), spec('a', instead));
  });

  it.each([
    ['no', 'false'],
    ['On', 'true'],
    ['y', 'true'],
    ['2026-03-29', 'a date'],
  ])('as text: %s is %s elsewhere', (written, there) => {
    const { problems } = readSpecFile(dedent(spec(written, '1')), { uri: URI });
    expect(problems.map(({ message }) => message)).toContain(
      /^[A-Z]/.test(written)
        ? `"${written}" cannot be a name; did you mean "${written.toLowerCase()}"?`
        : `"${written}" is a text here, and ${there} for readers of YAML 1.1.`,
    );
    expect(problems).toHaveLength(1);
    expect(said(spec(`"${written.toLowerCase()}"`, '1'))).toEqual([]);
    expect(said(spec(`!!str ${written.toLowerCase()}`, '1'))).toEqual([]);
  });

  it.each(['.5', '+5', '0x1F', '0o17', '1e3', '3E-4', '1.5e+3', '00', '5', '1.', '-0.5', '"5"', '~', '[010]'])(
    'is not %s, which says nothing or is a problem of its own',
    (priority) => {
      expect(said(spec('a', priority)).filter((message) => message.startsWith('BERTH1035'))).toEqual(
        priority === '[010]' ? [expect.stringContaining('"010"')] : [],
      );
    },
  );

  it.each<[string, Record<string, string>]>([
    ['columns', { '1_000': 'the number 1000', '1:30': 'the number 90', '0b11': 'the number 3', off: 'false' }],
    [
      'times',
      { '2026-03-29T01:00:00Z': 'a time', '2026-03-29 01:00:00': 'a time', '190:20:30.15': 'the number 685230.15' },
    ],
  ])('may stand in %s', (_, words) => {
    for (const [word, there] of Object.entries(words)) {
      const text = dedent(spec('a', '1')).replace('rate: 1/s', `trace: t.csv, column: ${word}`);
      const { problems } = readSpecFile(text, { uri: URI });
      expect(problems.map(({ message }) => message)).toContain(
        `"${word}" is a text here, and ${there} for readers of YAML 1.1.`,
      );
    }
  });

  it('may be a key, and is found again when the text beside it changes', () => {
    const text = dedent(`
      apiVersion: berth.dev/v1alpha1
      kind: TrainingPlacement
      metadata: { name: v }
      spec:
        graph: net.graph.json
        devices: [{ name: gpu, memory: 1Gi }]
        pins:
          on: gpu
          "off": gpu
    `);
    const first = readSpecFile(text, { uri: URI });
    const later = readSpecFile(`# one line more\n${text}`, { uri: URI, previous: first });
    for (const { problems, text: whole } of [first, later])
      expect(
        problems.filter(({ code }) => code === 'BERTH1035').map(({ range }) => whole.slice(range.start, range.end)),
      ).toEqual(['on']);
  });
});

describe('what is no spec yet', () => {
  const SPEC = dedent(`${HEAD}
        - name: a
          slo: { latency: 500ms }
          processingTime: 100ms
          workload: { rate: 10/s }
    `);

  it.each<[string, string, string, readonly string[]]>([
    ['a tag of bytes', 'name: a', 'name: !!binary YQ==', ['BERTH1023 A spec cannot use the tag "!!binary".']],
    [
      'a tag of a date',
      'name: a',
      'name: !!timestamp 2026-03-29',
      ['BERTH1023 A spec cannot use the tag "!!timestamp".'],
    ],
    [
      'a template',
      'name: a',
      'name: {{ .Values.name }}',
      ['BERTH1023 A spec cannot use a template; it has to be filled in first.'],
    ],
    ['tabs', /^ {2}/gm.source, '\t', ['BERTH1003 A tab indents this line; YAML indents with spaces only.']],
    [
      'a directive without its end',
      'apiVersion',
      '%YAML 1.2\napiVersion',
      ['BERTH1001 This is not YAML: a line "---" is missing below the directives.'],
    ],
    [
      'a key behind the marker',
      'apiVersion',
      '--- apiVersion',
      ['BERTH1001 This is not YAML: what comes after "---" starts on a line of its own.'],
    ],
    [
      'a path with backslashes',
      '{ rate: 10/s }',
      '{ trace: "C:\\data\\a.csv", column: a }',
      [
        'BERTH1001 This is not YAML: the escape after the backslash is not known; in single quotes a backslash is a letter.',
      ],
    ],
    [
      'an alias of nothing',
      '{ latency: 500ms }',
      '*slo',
      ['BERTH1001 This is not YAML: the alias "*slo" names no anchor above it.'],
    ],
    [
      'a key given twice',
      'name: a',
      'name: a\n    name: b',
      ['BERTH1002 The key "name" is given twice; the first is on line 7.'],
    ],
    ['brackets without end', '{ rate: 10/s }', '{ rate: 10/s', ['BERTH1001 This is not YAML: the { is not closed.']],
    [
      'brackets in thousands',
      'name: a',
      `name: a\n    priority: ${'['.repeat(5000)}`,
      ['BERTH1001 This is not YAML: it is nested too deeply.'],
    ],
    [
      'dashes in thousands',
      'name: a',
      `name:\n        ${'- '.repeat(5000)}a`,
      ['BERTH1001 This is not YAML: it is nested too deeply.'],
    ],
  ])('%s is one message', (_, before, after, expected) => {
    const { problems } = readSpecFile(SPEC.replace(new RegExp(before, 'gm'), after), { uri: URI });
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual(expected);
  });

  it('a path whose backslashes are escapes is told so', () => {
    const { problems } = readSpecFile(SPEC.replace('{ rate: 10/s }', '{ trace: "C:\\new.csv", column: a }'), {
      uri: URI,
    });
    expect(problems.map(({ code, hint }) => `${code} ${hint}`)).toEqual([
      'BERTH1011 In double quotes a backslash begins an escape: write "/", or single quotes.',
    ]);
  });

  it.each(['%YAML 1.2\n---\n', '%YAML 1.1\n---\n', '%TAG ! tag:a,2026:\n---\n', '--- # first\n', '\ufeff', '# é\n\n'])(
    '%j before it is read',
    (head) => {
      expect(readSpecFile(head + SPEC, { uri: URI }).problems).toEqual([]);
    },
  );

  it.each(['\r\n', '\n\n', ' \n', '\t\n', ' # c\n'])('lines that end in %j are read', (end) => {
    expect(readSpecFile(SPEC.replaceAll('\n', end), { uri: URI }).problems).toEqual([]);
  });
});

describe('several documents', () => {
  const document = (name: string): string => `
      apiVersion: berth.dev/v1alpha1
      kind: InferenceCluster
      metadata: { name: ${name} }
      spec:
        capacity: { replicas: 8 }
        jobs: [{ name: a, slo: { latency: 1s }, processingTime: 100ms, workload: { rate: 10/s } }]`;

  it('of which one is broken are read but for it', () => {
    const file = check(`${document('one')}
      ---
      kind: "Federation
            ~~~~~~~~~~~ BERTH1001 This is not YAML: the quote is not closed. [fix]
      ---${document('two')}
      ...
    `);
    expect(file.documents.flatMap(({ spec }) => spec?.name ?? [])).toEqual(['one', 'two']);
  });

  it('may hold comments only', () => {
    const file = check(`
      # before
      ---
      # nothing here
      ---${document('one')}
      ---
      # nor here
    `);
    expect(file.documents.flatMap(({ spec }) => spec?.name ?? [])).toEqual(['one']);
    check('# only this\n');
  });
});

it('a key given very often is the death of nothing', () => {
  const { problems } = readSpecFile('a: b\n'.repeat(300_000), { uri: URI });
  expect(problems.map(({ code }) => code)).toContain('BERTH1002');
});
