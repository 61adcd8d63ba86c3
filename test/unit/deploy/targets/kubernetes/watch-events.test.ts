import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { BackOff } from '../../../../../server/src/deploy/targets/kubernetes/api/back-off.ts';
import { linesOf, readWatchEvent } from '../../../../../server/src/deploy/targets/kubernetes/api/watch-events.ts';

test('lines are whole however they are cut on the way; what follows the last line end is none', async () => {
  const bytes = Buffer.from('{"a":"ä"}\n\n{"b":2}\r\n{"c":');
  for (const size of [1, 2, 3, 7, bytes.length]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    expect(await Array.fromAsync(linesOf(Readable.from(pieces), 'https://k'))).toEqual(['{"a":"ä"}', '{"b":2}\r']);
  }
});

test('a line without end is given up', async () => {
  const endless = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(1000, 'x')));
  await expect(Array.fromAsync(linesOf(endless, 'https://k', undefined, 5000))).rejects.toMatchObject({
    code: 'BERTH5628',
  });
});

test.each(['<html>', '{"type":"NEW","object":{}}', '{"type":"ADDED"}', '{"type":"ADDED","object":[]}'])(
  'a line that is no event is refused: %s',
  (line) => {
    expect(() => readWatchEvent(line, 'https://k')).toThrow(expect.objectContaining({ code: 'BERTH5627' }));
  },
);

test('waits double up to a limit, begin anew after a success, and lie between half and all', () => {
  const waits = (random: number): number[] => {
    const backOff = new BackOff({ first: 100, most: 1000 }, () => random);
    const first = Array.from({ length: 6 }, () => backOff.next());
    backOff.succeeded();
    return [...first, backOff.next()];
  };
  expect(waits(0)).toEqual([50, 100, 200, 400, 500, 500, 50]);
  expect(waits(1)).toEqual([100, 200, 400, 800, 1000, 1000, 100]);
});
