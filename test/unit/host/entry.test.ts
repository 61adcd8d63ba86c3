import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { processEntries } from '../../../scripts/build.mjs';
import { entryUrl } from '../../../server/src/host/entry.ts';

test('every entry point that the build bundles is found among the sources by its name', () => {
  const entries = processEntries();
  expect(entries).toContain('server/src/deploy/targets/local/agent/agent-process.ts');
  for (const entry of entries) {
    const url = entryUrl(entry.split('/').at(-1)!.replace('.ts', ''));
    expect(existsSync(fileURLToPath(url))).toBe(true);
    expect(url.pathname.endsWith(entry)).toBe(true);
  }
});

test('a name that is no entry point is refused', () => {
  expect(() => entryUrl('types')).toThrow('no entry point types.ts');
});
