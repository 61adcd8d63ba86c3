import { expect } from 'vitest';
import { parse } from 'yaml';
import { readGraph } from '../../../server/src/graph/source.ts';
import { pathText } from '../../../server/src/graph/graph-finding.ts';
import { explain } from '../../../server/src/spec/problems/catalogue.ts';

/** Reads a graph from YAML text and compares its problems, each as `CODE path: message`. */
export function checkProblems(text: string, ...expected: (string | RegExp)[]): void {
  const read = readGraph(parse(text, { uniqueKeys: false }));
  const problems = read.ok ? [] : read.problems;
  const shown = problems.map((problem) => {
    const { message } = explain(problem.code, problem.params as never);
    return `${problem.code} ${pathText(problem.path)}: ${message}`;
  });
  expect(shown).toEqual(
    expected.map((one): unknown =>
      typeof one === 'string' ? expect.stringContaining(one) : expect.stringMatching(one),
    ),
  );
}
