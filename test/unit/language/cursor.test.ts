import { describe, expect, it } from 'vitest';
import { cursorsAt } from '../../../server/src/language/cursor.ts';
import { cursorIn } from './workspace.ts';

/** Expects where the cursor stands: `expects path (how) "word"`. */
function check(marked: string, ...expected: readonly string[]): void {
  const { text, offset } = cursorIn(marked);
  const found = cursorsAt(text, offset).map(({ expects, path, reached, word }) => {
    const how = expects === 'value' ? ` ${reached}` : '';
    return `${expects} /${path.join('/')}${how} "${text.slice(word.start, word.end)}"`;
  });
  expect(found).toEqual(expected);
}

describe('a cursor in block style', () => {
  it('is at a key where its column is that of the keys above', () => {
    check('a:\n  b: 1\n  |', 'key /a ""');
    check('a:\n  b: 1\n|', 'key / ""');
    check('a:\n  b: 1\n  c|d: 2\n', 'key /a "cd"');
  });

  it('is at the value that a key lacks where it is indented more', () => {
    check('a:\n  |', 'value /a line ""');
    check('a:\n  b|', 'value /a line "b"');
    check('a: |', 'value /a inline ""');
    check('a:|', 'value /a inline ""');
    check('a: "x|y" # z', 'value /a inline ""xy""');
  });

  it('is at one more item, or in the one that is begun', () => {
    check('a:\n  - b: 1\n  |', 'item /a ""');
    check('a:\n  - b: 1\n    |', 'key /a/0 ""');
    check('a:\n  - b: 1\n  - |', 'value /a/1 dash ""');
    check('a:\n- b: 1\n- c|', 'value /a/1 dash "c"');
    check('a:\n- b\n|', 'key / ""', 'item /a ""');
    check('- - x: |', 'value /0/0/x inline ""');
    check('a:\n  |-\n', 'value /a line "-"');
    check('a:\n  - b: 1\n  |-', 'item /a "-"');
    check('|- -\n', 'key / "-"');
  });

  it('takes a blank line with a wrong indentation for what it is nearest to', () => {
    check('a:\n  b: 1\n    |', 'key /a "    "');
    check('a:\n    b: 1\n  |', 'key / "  "');
  });

  it('starts anew behind ---', () => {
    check('a:\n  b: 1\n---\nc|', 'key / "c"');
    check('---\na:\n  |', 'value /a line ""');
    check('--- # first\na: 1\n---\nb:\n  - |', 'value /b/0 dash ""');
  });

  it('is nowhere in comments, texts of several lines, anchors', () => {
    check('a: 1 # |');
    check('# |');
    check('a: |-\n  x'.replace('|', '>') + '|');
    check('a: &|');
    check('a: b\n   c|');
  });

  it('finds its way behind a text of several lines', () => {
    check('a:\n  t: >\n    one: two\n\n    three\n  u: |', 'value /a/u inline ""');
    check('a:\n  t: >\n    one\n  |', 'key /a ""');
  });

  it('knows keys in quotes, with colons and with signs', () => {
    check('"a: b":\n  |', 'value /a: b line ""');
    check("'it''s': |", 'value /it\'\'s inline ""');
    check('conv/1: |', 'value /conv/1 inline ""');
    check('http://x: |', 'value /http://x inline ""');
  });

  it('reads lines that end with a carriage return', () => {
    check('a:\r\n  b: 1\r\n  |', 'key /a ""');
    check('a:\r\n  - b\r\n  - |\r\n', 'value /a/1 dash ""');
  });
});

describe('a cursor in brackets', () => {
  it('is at a key or at its value', () => {
    check('a: { | }', 'key /a ""');
    check('a: { b| }', 'key /a "b"');
    check('a: { b: | }', 'value /a/b inline ""');
    check('a: { b: 1, c: 2|3 }', 'value /a/c inline "23"');
    check('{ "a": { "b": [1, |', 'value /a/b/1 inline ""');
    check('a: { "b":|', 'value /a/b inline ""');
  });

  it('counts items, also those that are brackets themselves', () => {
    check('a: [ { x: 1 }, [2, 3], | ]', 'value /a/2 inline ""');
    check('a: [ { x: 1 }, { y| } ]', 'key /a/1 "y"');
  });

  it('is nowhere behind a value that is complete', () => {
    check('a: { b: [1] |');
    check('a: [1] |');
    check('a: { b |');
  });

  it('goes on over lines, until one is indented too little', () => {
    check('a: {\n  b: 1, # { [\n  c: |', 'value /a/c inline ""');
    check('x:\n  a: { b: 1\n  |', 'key /x ""');
    check('x:\n  a: [\n    1\n  ]\n  c: |', 'value /x/c inline ""');
  });

  it('is not misled by brackets and commas in quotes', () => {
    check('a: { b: "},{", c: |', 'value /a/c inline ""');
    check("a: { b: '},{', |", 'key /a ""');
  });
});
