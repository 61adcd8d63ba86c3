import { expect, test } from 'vitest';
import {
  encodeFrame,
  FrameError,
  FrameReader,
  type TensorFrame,
} from '../../../../../server/src/deploy/runtime/training/tensor-frame.ts';

const activation: TensorFrame = {
  kind: 'activation',
  step: 7,
  index: 3,
  tensor: { shape: [2, 3], data: Float32Array.of(1, -2.5, 3e-8, Infinity, 0, 6) },
};
const scalar: TensorFrame = {
  kind: 'gradient',
  step: 8,
  index: 70_000,
  tensor: { shape: [], data: Float32Array.of(0.1) },
};
const nothing: TensorFrame = { kind: 'no-gradient', step: 8, index: 2, tensor: null };
const stream = Buffer.concat([activation, scalar, nothing].map(encodeFrame));

test('frames come out as they went in, however the stream is cut', () => {
  for (let size = 1; size <= stream.length; size++) {
    const reader = new FrameReader();
    const frames: TensorFrame[] = [];
    for (let at = 0; at < stream.length; at += size) frames.push(...reader.push(stream.subarray(at, at + size)));
    expect(frames).toEqual([activation, scalar, nothing]);
  }
});

test.each([
  ['another magic', 0, 1],
  ['an unknown kind', 4, 9],
  ['too many dimensions', 5, 200],
  ['a length that is no number of floats', 16, 23],
  ['a length beyond all reason', 19, 0xff],
])('%s is refused before anything of it is allocated', (_, at, value) => {
  const broken = Buffer.from(encodeFrame(activation));
  broken[at] = value;
  expect(() => new FrameReader().push(broken.subarray(0, 20))).toThrow(FrameError);
});

test('a shape that does not fit the bytes is refused', () => {
  const broken = Buffer.from(encodeFrame(activation));
  broken.writeUInt32LE(4, 20);
  expect(() => new FrameReader().push(broken)).toThrow('shape [4, 3]');
});
