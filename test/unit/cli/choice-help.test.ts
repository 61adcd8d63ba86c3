import { expect, it } from 'vitest';
import { choiceHelp } from '../../../server/src/cli/text/choice-help.ts';

it('puts the names of a registry in a column, their sentences beside them within the width', () => {
  const choices = [
    { name: 'aiad', documentation: 'One replica more, one less.' },
    { name: 'static', documentation: 'Each job keeps the replicas it started with.' },
  ];
  expect(choiceHelp('Policies', choices, 40)).toBe(`
Policies:
  aiad    One replica more, one less.
  static  Each job keeps the replicas it
          started with.`);
});
