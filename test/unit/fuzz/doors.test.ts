/** Whatever takes data from outside is fuzzed: a new parser that is in no target does not pass unseen. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { filesBelow } from '../../../scripts/freshness.mjs';
import { TARGETS } from '../../fuzz/targets.ts';

const root = fileURLToPath(new URL('../../../server/src/', import.meta.url));

/** Signs of a parser: it reads JSON, bytes or a text, or says so by its name. */
const READS =
  /\bJSON\.parse\(|\bread(?:Big)?U?Int\d+|\bnew TextDecoder\(|^export (?:async )?function (?:read|parse|decode)(?!AndPlan)\w*\(|\bcheckShape\(|\bcreateInterface\(/m;

/** What has these signs and takes nothing that it must mistrust, or is reached through another door. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'cli/commands/apply.ts': 'yes or no, typed',
  'host/python.ts': 'reads what our own program in Python writes; a line that is not of it is passed over',
  'deploy/targets/local/federation/site-process.ts': 'reads through message-line.ts',
  'deploy/targets/local/training/device-process.ts': 'reads through message-line.ts',
};

describe('doors', () => {
  const doors = new Set(TARGETS.flatMap((target) => target.doors));
  const files = filesBelow(root, ['.']).filter((file) => file.endsWith('.ts') && !file.includes('/generated/'));

  it('are all fuzzed', () => {
    const parsers = files.filter((file) => READS.test(readFileSync(root + file, 'utf8')));
    expect(parsers.length).toBeGreaterThan(20);
    expect(parsers.filter((file) => !doors.has(file) && !(file in OTHERWISE))).toEqual([]);
    expect(Object.keys(OTHERWISE).filter((file) => !parsers.includes(file) || doors.has(file))).toEqual([]);
  });

  it('are there', () => {
    expect([...doors].filter((door) => !files.includes(door))).toEqual([]);
  });

  it('have names of their own', () => {
    const names = TARGETS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]+(?:-[a-z]+)*$/.test(name))).toEqual([]);
  });
});
