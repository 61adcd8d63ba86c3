import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';

const folder = new URL('../../../media/templates/', import.meta.url);

test.each(readdirSync(folder))('what "New Spec" writes from %s is a spec without a mistake', (file) => {
  const text = readFileSync(new URL(file, folder), 'utf8')
    .replaceAll(/\$\{\d+:([^}]*)\}/g, '$1')
    .replaceAll('$0', '');
  // Every file that it names is there: what a person fills in first.
  const files = { read: () => ({ text: 'nodes: []\n', version: '1' }) };
  const spec = readSpecFile(text, { uri: 'file:///specs/new.berth.yaml', files });
  expect(spec.problems).toEqual([]);
  expect(spec.documents.map((document) => document.spec?.target)).toEqual(['local']);
});
