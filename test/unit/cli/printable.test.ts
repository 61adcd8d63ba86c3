import { styleText } from 'node:util';
import { expect, it } from 'vitest';
import { printable, printableLine, printableLog } from '../../../server/src/cli/text/printable.ts';

const red = styleText('red', 'too slow', { validateStream: false });
const bold = styleText('bold', 'vision', { validateStream: false });

it('shows what would move the cursor, rename the window or hide text', () => {
  for (const fit of [printable, printableLine, printableLog]) {
    expect(fit('a\u001b[2Jb')).toBe('a␛[2Jb');
    expect(fit('\u001b]0;owned\u0007')).toBe('␛]0;owned␇');
    expect(fit('\u001b[8mhidden')).toBe('␛[8mhidden');
    expect(fit('\u001b[1;8mhidden')).toBe('␛[1;8mhidden');
    expect(fit('\u009b31m')).toBe('\u242131m');
    expect(fit('over\rwritten\b')).toBe('over␍written␈');
    expect(fit('a\tb\nc')).toBe('a\tb\nc');
  }
});

it('keeps the styles that the command itself gives a line, and no others', () => {
  expect(printableLine(`${bold} is ${red}`)).toBe(`${bold} is ${red}`);
  expect(printableLine('\u001b[42mall is well\u001b[0m')).toBe('␛[42mall is well␛[0m');
  expect(printable(red)).toBe('␛[31mtoo slow␛[39m');
});

it('lets a program colour its log', () => {
  expect(printableLog('\u001b[1;38;5;208mwarn\u001b[0m')).toBe('\u001b[1;38;5;208mwarn\u001b[0m');
  expect(printableLog('\u001b[mplain')).toBe('\u001b[mplain');
});
