import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { TensorExchange } from '../../../../../server/src/deploy/runtime/training/tensor-exchange.ts';
import { encodeFrame, type TensorFrame } from '../../../../../server/src/deploy/runtime/training/tensor-frame.ts';

const HOST = '127.0.0.1';
const token = randomBytes(32).toString('hex');
const open: TensorExchange[] = [];
afterEach(() => {
  for (const exchange of open.splice(0)) exchange.close();
});

function exchange(device: number, breaches: string[] = [], secret = token): TensorExchange {
  const made = new TensorExchange({
    device,
    token: secret,
    expects: (from, { index }) => from === 1 && index < 10,
    onBreach: (message) => breaches.push(message),
    onBroken: () => {},
  });
  open.push(made);
  return made;
}

const frame = (index: number): TensorFrame => ({
  kind: 'activation',
  step: 0,
  index,
  tensor: { shape: [2], data: Float32Array.of(index, -index) },
});

test('a tensor arrives whether it is asked for before or after', async () => {
  const [receiver, sender] = [exchange(0), exchange(1)];
  const early = receiver.take('activation', 0, 4);
  await sender.dial([{ host: HOST, port: await receiver.listen(HOST) }], [0]);
  sender.send(0, frame(4));
  sender.send(0, frame(5));
  expect((await early)!.data).toEqual(Float32Array.of(4, -4));
  expect((await receiver.take('activation', 0, 5))!.data).toEqual(Float32Array.of(5, -5));
  expect(sender.bytesSent).toBe(16);
});

test('what the plan does not have ends the connection and is told', async () => {
  const breaches: string[] = [];
  const [receiver, sender] = [exchange(0, breaches), exchange(1)];
  await sender.dial([{ host: HOST, port: await receiver.listen(HOST) }], [0]);
  sender.send(0, frame(10));
  await expect.poll(() => breaches).toEqual(['device 1 sent activation 10, which the plan does not have']);
});

test('a connection without the token is dropped, with whatever it sends', async () => {
  const receiver = exchange(0);
  const port = await receiver.listen(HOST);
  const socket = connect(port, HOST);
  const greeting = Buffer.alloc(36);
  greeting.writeUInt32LE(1, 32);
  socket.write(Buffer.concat([greeting, encodeFrame(frame(4))]));
  socket.on('error', () => {});
  await new Promise((closed) => socket.on('close', closed));
  let arrived = false;
  void receiver.take('activation', 0, 4).then(() => (arrived = true));
  const sender = exchange(1);
  await sender.dial([{ host: HOST, port }], [0]);
  sender.send(0, frame(6));
  await receiver.take('activation', 0, 6);
  expect(arrived).toBe(false);
});
