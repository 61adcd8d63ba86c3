import { expect, it } from 'vitest';
import { messageIn, orderIn } from '../../../../server/src/deploy/runtime/message-line.ts';
import { siteOrder, siteReport } from '../../../../server/src/deploy/runtime/sites/messages.ts';
import { deviceOrder, deviceReport } from '../../../../server/src/deploy/runtime/training/messages.ts';

it('takes what a device or a site reports', () => {
  expect(messageIn(deviceReport, '{"type":"listening","port":4100}')).toEqual({ type: 'listening', port: 4100 });
  expect(messageIn(siteReport, '{"type":"committed","round":2}')).toEqual({ type: 'committed', round: 2 });
});

it('takes a training for done whose loss is beyond the numbers of JSON', () => {
  const report = { type: 'trained', round: 2, loss: Infinity, samples: 10 };
  expect(messageIn(siteReport, JSON.stringify(report))).toEqual({ ...report, loss: null });
});

it.each([
  ['what a module printed', 'epoch 3: loss 0.2'],
  ['half a message', '{"type":"done","step":'],
  ['a type that there is not', '{"type":"finished"}'],
  ['a message that lacks something', '{"type":"checkpointed"}'],
  ['a message with another thing in a place', '{"type":"listening","port":"4100"}'],
])('does not take %s for one', (_what, line) => {
  expect(messageIn(deviceReport, line)).toBeUndefined();
  expect(messageIn(siteReport, line)).toBeUndefined();
});

it('says which part of an order it does not understand', () => {
  expect(orderIn(siteOrder, 1, '{"type":"commit","round":1,"digest":"ab"}')).toMatchObject({ round: 1 });
  expect(() => orderIn(siteOrder, 1, '{"type":"commit","round":1}')).toThrow('an order was not understood: its digest');
  expect(() => orderIn(deviceOrder, 1, '{"type":"dance"}')).toThrow(
    'its type is none of setup, connect, step, checkpoint',
  );
});
