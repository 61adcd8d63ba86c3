import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { trustedCommands } from '../../../client/src/trusted-commands.ts';

it('trusts a text with the commands that it links, and no text with what deploys', () => {
  expect(trustedCommands('**4 replicas**\n\n[Open the preview](command:berth.preview)')).toEqual({
    enabledCommands: ['berth.preview'],
  });
  for (const text of ['', '[x](command:berth.apply)', '[x](command:berth.plan?%5B%5D)', '[x](command:berth.preview?1)'])
    expect(trustedCommands(text)).toBe(false);
});

it('trusts with every command that the language room links', () => {
  const folder = new URL('../../../server/src/language/', import.meta.url);
  const linked = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap(
      (name) => readFileSync(new URL(name.replaceAll('\\', '/'), folder), 'utf8').match(/\]\(command:[^)]*\)/g) ?? [],
    );
  expect(linked.length).toBeGreaterThan(0);
  for (const link of linked) expect(trustedCommands(`[x${link}`)).not.toBe(false);
});
