import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { commandEnvironment, findProgram } from '../../../server/src/deploy/targets/local/agent/process-environment.ts';

it('passes on what finds programs, and nothing else', () => {
  const environment = commandEnvironment(
    { PORT: '1' },
    { PATH: '/bin', HOME: '/home/me', AWS_SECRET_ACCESS_KEY: 'x', NODE_OPTIONS: '--inspect' },
  );
  expect(environment).toEqual({ PATH: `/bin${delimiter}${dirname(process.execPath)}`, HOME: '/home/me', PORT: '1' });
});

it('finds a program as the system would', () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-'));
  try {
    writeFileSync(join(folder, 'tool'), '#!/bin/sh\n');
    chmodSync(join(folder, 'tool'), 0o755);
    writeFileSync(join(folder, 'text'), '');
    chmodSync(join(folder, 'text'), 0o644);
    expect(findProgram('./tool', folder, {})).toBe(join(folder, 'tool'));
    expect(findProgram('tool', '/', { PATH: `/nowhere${delimiter}${folder}` })).toBe(join(folder, 'tool'));
    expect(findProgram('tool', folder, { PATH: '/nowhere' })).toBeUndefined();
    expect(findProgram('text', '/', { PATH: folder })).toBeUndefined();
    expect(findProgram(folder, '/', {})).toBeUndefined();
    expect(findProgram('', '/', { PATH: folder })).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
