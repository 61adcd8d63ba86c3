import { expect, it } from 'vitest';
import { withoutLinks } from '../../../client/src/without-links.ts';

/** What VS Code takes for a link in a notification: `vs/base/common/linkedText`. */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/;

it.each(['[Apply](command:berth.apply)', 'no key "[x](https://example.org "title")"', '[[a](file:///etc)](command:x)'])(
  'makes no link of %s',
  (text) => {
    expect(text).toMatch(LINK);
    expect(withoutLinks(text)).not.toMatch(LINK);
  },
);

it('leaves other words alone', () => {
  expect(withoutLinks('replicas [1, 2] (of 3)')).toBe('replicas [1, 2] (of 3)');
});
