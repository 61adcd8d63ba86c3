import { expect, test } from 'vitest';
import { trainingModuleName } from '../../../server/src/spec/training-module.ts';

test.each([
  ['models/digits.mjs', { language: 'javascript', file: 'models/digits.mjs' }],
  ['digits', { language: 'javascript', file: 'digits' }],
  ['model.py', { language: 'python', file: 'model.py' }],
  ['models/net.py:Net', { language: 'python', file: 'models/net.py', name: 'Net' }],
  ['C:\\models\\net.py:Net', { language: 'python', file: 'C:\\models\\net.py', name: 'Net' }],
  ['package.models:make_net', { language: 'python', name: 'make_net' }],
  ['C:\\models\\net.mjs', { language: 'javascript', file: 'C:\\models\\net.mjs' }],
  ['a:b.mjs', { language: 'javascript', file: 'a:b.mjs' }],
])('%s', (written, meant) => {
  expect(trainingModuleName(written)).toEqual(meant);
});
