import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LineLog } from '../../../server/src/deploy/targets/local/agent/line-log.ts';

it('keeps the newest lines and never grows beyond twice its limit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-'));
  try {
    const path = join(folder, 'agent.log');
    const log = new LineLog(path, 2000);
    for (let i = 0; i < 500; i++) log.write(`line ${i}`);
    expect(readdirSync(folder).sort()).toEqual(['agent.log', 'agent.log.1']);
    expect(statSync(path).size + statSync(`${path}.1`).size).toBeLessThan(4200);
    expect(log.tail(3).map((line) => line.slice(25))).toEqual(['line 497', 'line 498', 'line 499']);
    expect(new LineLog(path).tail(1)[0]).toMatch(/^\d{4}-\d\d-\d\dT.* line 499$/);
    expect(log.tail(0)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('loses a line rather than its caller where nothing can be written', () => {
  const log = new LineLog('/nowhere/at/all/agent.log');
  expect(() => log.write('x')).not.toThrow();
  expect(log.tail(5)).toEqual([]);
});

it('begins a line of its own where the one before was cut off', () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-'));
  try {
    const path = join(folder, 'agent.log');
    writeFileSync(path, '2026-11-29T10:00:00.000Z whole\n2026-11-29T10:00:01.000Z cut o');
    const log = new LineLog(path);
    log.write('after');
    log.write('and more');
    expect(log.tail(10).map((line) => line.slice(25))).toEqual(['whole', 'cut o', 'after', 'and more']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
