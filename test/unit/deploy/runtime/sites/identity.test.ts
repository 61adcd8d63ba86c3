import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { siteIdentity } from '../../../../../server/src/deploy/runtime/sites/identity.ts';

it('a site stays who it is, and is given a new identity where a file of the old one was cut off', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-'));
  try {
    let known = await siteIdentity(folder, 'north');
    for (const name of ['key.pem', 'certificate.pem'])
      for (const length of [0, 40, 150]) {
        expect(await siteIdentity(folder, 'north')).toEqual(known);
        await truncate(join(folder, name), length);
        const made = await siteIdentity(folder, 'north');
        expect(made.fingerprint).not.toBe(known.fingerprint);
        known = made;
      }
  } finally {
    await rm(folder, { recursive: true });
  }
});
