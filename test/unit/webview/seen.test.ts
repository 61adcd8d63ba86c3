import { expect, it } from 'vitest';
import { isVisible } from '../../../server/src/spec/text/visible.ts';
import { seen } from '../../../webview/src/drawing/seen.ts';

it('shows of a name what would not be seen, and leaves the rest', () => {
  expect(seen('a\u202egnp.exe\u2066\u200f\n\u001b[2J')).toBe('a[U+202E]gnp.exe[U+2066][U+200F][U+000A][U+001B][2J');
  for (const hidden of ['\u200b', '\ufeff', '\u00ad', '\u2028', '\u0085', '\u061c']) {
    expect(isVisible(hidden)).toBe(false);
    expect(isVisible(seen(hidden))).toBe(true);
  }
  for (const name of ['block1/conv', '<b>', '名前', '👩‍🔬', 'é']) expect(seen(name)).toBe(name);
});
