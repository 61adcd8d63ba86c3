import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clearSpools } from '../../../../../server/src/deploy/runtime/serving/spool.ts';

it('bodies whose process ended between making their file and taking its name away are removed, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-'));
  try {
    for (const name of ['berth-2164ba4d-18ca-44f5-8de6-08a1ab28ebfd', 'berth-notes', 'weights'])
      writeFileSync(join(folder, name), 'x');
    await clearSpools(folder);
    expect(readdirSync(folder).sort()).toEqual(['berth-notes', 'weights']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
