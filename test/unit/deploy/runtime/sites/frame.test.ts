import { expect, test } from 'vitest';
import {
  encodeSiteMessage,
  HEADER_BYTES,
  sha256,
  SiteFrameError,
  SiteFrameReader,
  type FrameScope,
} from '../../../../../server/src/deploy/runtime/sites/frame.ts';
import type { SiteMessage } from '../../../../../server/src/securedfl/aggregation-plan.ts';

const scope: FrameScope = { job: sha256('job'), plan: sha256('plan'), length: 3, precision: 'float32' };
const envelope = { round: 2, attempt: 5, iteration: 1, from: 4, to: 7 };
const messages: SiteMessage[] = [
  { ...envelope, kind: 'y', vector: Float32Array.of(1, -2, 1e-30) },
  { ...envelope, kind: 'partial', vector: Float32Array.of(0, NaN, 4) },
  { ...envelope, kind: 'digest', digest: sha256('z').toString('hex') },
];

test('messages come out as they went in, however the stream is cut', () => {
  const stream = Buffer.concat(messages.map((message) => encodeSiteMessage(message, scope)));
  for (const size of [1, 2, 3, 127, 128, 129, stream.length]) {
    const reader = new SiteFrameReader(scope, 4);
    const out: SiteMessage[] = [];
    for (let at = 0; at < stream.length; at += size) out.push(...reader.push(stream.subarray(at, at + size)));
    expect(out).toEqual(messages);
  }
});

test('float64 vectors keep every bit', () => {
  const wide: FrameScope = { ...scope, precision: 'float64' };
  const message: SiteMessage = { ...envelope, kind: 'y', vector: Float64Array.of(0.1, 1 / 3, -1e-300) };
  expect(new SiteFrameReader(wide, 4).push(encodeSiteMessage(message, wide))).toEqual([message]);
});

const [first] = messages as [SiteMessage];
test.each([
  ['in the name of another site', encodeSiteMessage({ ...first, from: 3 }, scope), 'in the name of another site'],
  ['of another job', encodeSiteMessage(first, { ...scope, job: sha256('other') }), 'another job'],
  ['of another plan', encodeSiteMessage(first, { ...scope, plan: sha256('other') }), 'another plan'],
  [
    'longer than the plan',
    encodeSiteMessage({ ...first, kind: 'y', vector: new Float32Array(4) }, scope),
    'wrong length',
  ],
  ['that is no message', Buffer.alloc(HEADER_BYTES, 7), 'no message'],
])('a message %s is refused by its header', (_, bytes, why) => {
  const reader = new SiteFrameReader(scope, 4);
  expect(() => reader.push(bytes.subarray(0, HEADER_BYTES))).toThrow(why);
});

test('a payload that was altered on the way is refused', () => {
  const bytes = encodeSiteMessage(first, scope);
  bytes[HEADER_BYTES + 2]! ^= 1;
  expect(() => new SiteFrameReader(scope, 4).push(bytes)).toThrow(SiteFrameError);
});
