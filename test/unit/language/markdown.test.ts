import { Marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { code, paragraphs, plain, table } from '../../../server/src/language/markdown.ts';
import { random } from '../spec/random.ts';

const marked = new Marked({ gfm: true });

/** What a reader sees of a Markdown text, and every kind of thing that it is made of. */
function shown(markdown: string): { readonly text: string; readonly kinds: ReadonlySet<string> } {
  const kinds = new Set<string>();
  void marked.walkTokens(marked.lexer(markdown), ({ type }) => {
    kinds.add(type);
  });
  const html = marked.parse(markdown, { async: false });
  const text = html.replace(/<\/?(?:p|code|strong|table|thead|tbody|tr|th|td)(?: align="\w+")?>/g, '');
  expect(text).not.toMatch(/[<>]/);
  return {
    text: text.replace(/&(\w+|#39);/g, (entity) => ENTITIES[entity] ?? entity).replaceAll('\u00a0', ' '),
    kinds,
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&quot;': '"',
  '&#39;': "'",
};

const NASTY = [
  '`',
  '``',
  '`` [x](command:berth.apply) ``',
  '[Apply](command:berth.apply)',
  '![x](https://example.org/x.png)',
  '<img src=x onerror=alert(1)>',
  '<a href="command:berth.apply">x</a>',
  '<command:berth.apply>',
  'https://example.org/?a=b',
  'www.example.org',
  'somebody@example.org',
  '# heading',
  '- item',
  '+ item',
  '1. item',
  '2) item',
  '> quote',
  '---',
  '===',
  '***bold***',
  '__bold__',
  '~~gone~~',
  '| a | b |',
  '\\',
  '\\`',
  '&lt;b&gt;',
  '&#60;',
  '[x]: https://example.org',
  '[^1]',
  '$x$',
  '    code',
  'a  b',
];
const PLAIN = new Set(['paragraph', 'text', 'escape', 'space', 'strong']);

describe('a name in Markdown', () => {
  it.each(NASTY)('%s is shown as it is', (name) => {
    const { text, kinds } = shown(`${plain(name)} has 2 replicas`);
    expect([...kinds].filter((kind) => !PLAIN.has(kind))).toEqual([]);
    expect(text.trim()).toBe(`${name.trim()} has 2 replicas`);
  });

  it.each(NASTY)('%s is code that is shown as it is', (name) => {
    const { text, kinds } = shown(`reads ${code(name)}.`);
    expect([...kinds].filter((kind) => !PLAIN.has(kind))).toEqual(['codespan']);
    expect(text.trim()).toBe(`reads ${name}.`);
  });

  it.each(NASTY)('%s stays in its cell', (name) => {
    const { kinds, text } = shown(table(['device', 'nodes'], [[plain(name), '2']]));
    expect([...kinds].filter((kind) => !PLAIN.has(kind))).toEqual(['table']);
    expect(text.replaceAll(' ', '')).toContain(name.replaceAll(' ', ''));
  });

  it('hides nothing, and turns no text around', () => {
    expect(plain('a\u202eb\u200bc\u0007')).toBe('a\\[U+202E\\]b\\[U+200B\\]c␇');
    expect(code('a\u202eb')).toBe('`a[U+202E]b`');
    expect(plain('108\u00a0ms')).toBe('108\u00a0ms');
  });

  it('makes nothing of any text but text', () => {
    const r = random(4711);
    const parts = [
      ...NASTY,
      '`',
      '*',
      '_',
      '[',
      ']',
      '(',
      ')',
      '<',
      '>',
      '!',
      '|',
      '\n',
      ' ',
      'a',
      ':',
      '//',
      '.',
      '1',
    ];
    for (let i = 0; i < 3000; i++) {
      const name = Array.from({ length: 1 + r.int(6) }, () => r.pick(parts)).join('');
      const markdown = paragraphs([`**job** ${plain(name)} has ${code(name)}`, plain(name)]);
      const made = [...shown(markdown).kinds].filter(
        (kind) => !PLAIN.has(kind) && kind !== 'codespan' && kind !== 'strong',
      );
      expect(made, JSON.stringify(name)).toEqual([]);
    }
  });
});
