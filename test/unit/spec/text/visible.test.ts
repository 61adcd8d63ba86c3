import { describe, expect, it } from 'vitest';
import { clipped, isVisible, visible } from '../../../../server/src/spec/text/visible.ts';

describe('what cannot be seen', () => {
  it.each([
    ['a\nb\r\n\tc\u007f', 'a␊b␍␊␉c␡'],
    ['\u001b[31mred', '␛[31mred'],
    ['no\u00a0break\u3000wide\u2028line\u0085', 'no[U+00A0]break[U+3000]wide[U+2028]line[U+0085]'],
    ['\u202eevil\u2066\u200b\u00ad\ufeff', '[U+202E]evil[U+2066][U+200B][U+00AD][U+FEFF]'],
    ['\u3164\u2800\u{e0041}\ud83d', '[U+3164][U+2800][U+E0041][U+D83D]'],
    ['a\u200db\ufe0f', 'a[U+200D]b[U+FE0F]'],
    ['\u{1fc69}\u200d', '[U+1FC69][U+200D]'],
  ])('is shown in %j', (text, shown) => {
    expect(isVisible(text)).toBe(false);
    expect(visible(text)).toBe(shown);
    expect(visible(shown)).toBe(shown);
  });

  it.each(['größe', 'gro\u0308ße', '名前', '🚢 ❤️ 👨‍👩‍👧 ❤️‍🔥 👩🏽‍🚀', 'a b', '«»−…'])('is not in %j', (text) => {
    expect(isVisible(text)).toBe(true);
    expect(visible(text)).toBe(text);
  });
});

it('cuts between characters', () => {
  expect(clipped('abcdefghi', 9)).toBe('abcdefghi');
  expect(clipped('abcdefghij', 9)).toBe('abcde…hij');
  expect(clipped('🚢🚢🚢🚢🚢', 9)).toMatch(/^(?:🚢)+…(?:🚢)+$/u);
});
