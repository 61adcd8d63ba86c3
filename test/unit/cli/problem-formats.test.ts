import { describe, expect, it } from 'vitest';
import { githubLines } from '../../../server/src/cli/formats/github.ts';
import { report } from '../../../server/src/cli/formats/problem-report.ts';
import { problemCount, problemText } from '../../../server/src/cli/formats/problem-text.ts';
import { sarif } from '../../../server/src/cli/formats/sarif.ts';
import { problem } from '../../../server/src/spec/problems/catalogue.ts';

const text = 'jobs:\n  - name: a\n    slo: { latncy: 720ms }\n';
const start = text.indexOf('latncy');
const problems = report({ path: '/work/specs/a.berth.yaml', shown: 'specs/a.berth.yaml', text }, [
  problem(
    'BERTH1004',
    { key: 'latncy', parent: 'slo', allowed: ['latency', 'percentile'], suggestion: 'latency' },
    { start, end: start + 6 },
  ),
]);
const plain = { bold: String, dim: String, red: String, green: String, yellow: String };

describe('problems for people and tools', () => {
  it('counts lines and columns from 1', () => {
    expect(problems[0]).toMatchObject({
      start: { line: 3, column: 12 },
      end: { line: 3, column: 18 },
      source: '    slo: { latncy: 720ms }',
    });
  });

  it('marks the token under its line', () => {
    const lines = problemText(problems, plain);
    expect(lines[0]).toMatch(/^specs\/a\.berth\.yaml:3:12 error BERTH1004 /);
    const [source, mark] = [lines[1] ?? '', lines[2] ?? ''];
    expect(source.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe('latncy');
    expect(problemCount(problems, 1)).toBe('1 error in 1 file.');
    expect(problemCount([], 2)).toBe('No problems in 2 files.');
  });

  it('stops after twenty of a file, and says how many there are', () => {
    const many = Array.from({ length: 50 }, () => problems[0]!);
    const lines = problemText([...many, { ...problems[0]!, file: 'other.berth.yaml' }], plain);
    expect(lines.filter((line) => line.startsWith('specs/a.berth.yaml:3:12 error'))).toHaveLength(20);
    expect(lines).toContain('specs/a.berth.yaml and 30 more; --format json lists all of them.');
    expect(lines.some((line) => line.startsWith('other.berth.yaml:3:12 error'))).toBe(true);
    expect(problemCount(many, 1)).toBe('50 errors in 1 file.');
  });

  it('lets no text of a file steer the terminal', () => {
    const evil = { ...problems[0]!, message: 'The key "\u001b[2J" is odd.', source: '    slo: { \u001b[2J: 1' };
    const lines = problemText([{ ...evil, file: 'a\u0007.berth.yaml' }], plain).join('\n');
    for (const control of ['\u001b', '\u0007']) expect(lines).not.toContain(control);
    expect(lines).toContain('␛[2J: 1');
  });

  it('writes SARIF 2.1.0 with a rule for each code', () => {
    expect(sarif(problems, '0.1.0')).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'berth', rules: [{ id: 'BERTH1004' }] } },
          results: [
            {
              ruleId: 'BERTH1004',
              ruleIndex: 0,
              level: 'error',
              locations: [{ physicalLocation: { region: { startLine: 3, startColumn: 12 } } }],
            },
          ],
        },
      ],
    });
  });

  it('escapes what GitHub would misread', () => {
    const [line] = githubLines([{ ...problems[0]!, file: 'a,b:c.yaml', message: '50 % of\nit' }]);
    expect(line).toMatch(/^::error file=a%2Cb%3Ac\.yaml,line=3,col=12,.*::50 %25 of%0Ait /);
  });
});
