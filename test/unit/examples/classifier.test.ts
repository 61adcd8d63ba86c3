import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Digits {
  readonly count: number;
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

// The examples are plain JavaScript, as a user writes it.
const example = (path: string): Promise<unknown> => import(new URL(`../../../examples/${path}`, import.meta.url).href);
const { loadDigits } = (await example('data/digits.mjs')) as { loadDigits: () => { train: Digits; test: Digits } };
const { loadNetwork, classify, views } = (await example('models/classifier-network.mjs')) as {
  loadNetwork: () => object;
  views: (count: number) => readonly object[];
  classify: (
    network: object,
    pixels: Float32Array,
    views: readonly object[],
  ) => { digit: number; probabilities: number[] };
};

test('the pictures are ten thousand, and none is both in training and in test', () => {
  const { train, test: kept } = loadDigits();
  expect(train.count + kept.count).toBe(10_000);
  for (const { count, pixels, labels } of [train, kept]) {
    expect(pixels.length).toBe(count * 784);
    expect(new Set(labels).size).toBe(10);
  }
  const text = ({ pixels }: Digits, i: number) =>
    Buffer.from(pixels.subarray(i * 784, (i + 1) * 784)).toString('latin1');
  const trained = new Set(Array.from({ length: train.count }, (_, i) => text(train, i)));
  expect(
    Array.from({ length: kept.count }, (_, i) => text(kept, i)).filter((picture) => trained.has(picture)).length,
  ).toBe(0);
});

test('the committed network reads more than nine in ten pictures that it was not trained on', () => {
  const { test: kept } = loadDigits();
  const loaded = loadNetwork();
  const straight = views(1);
  let correct = 0;
  for (let i = 0; i < kept.count; i++) {
    const pixels = Float32Array.from(kept.pixels.subarray(i * 784, (i + 1) * 784), (value) => value / 255);
    if (classify(loaded, pixels, straight).digit === kept.labels[i]) correct += 1;
  }
  expect(correct / kept.count).toBeGreaterThan(0.95);
});

test('the picture that the README sends is a seven from every view', () => {
  const { pixels } = JSON.parse(
    readFileSync(new URL('../../../examples/data/seven.json', import.meta.url), 'utf8'),
  ) as { pixels: number[] };
  for (const count of [1, 150, 625]) {
    const { digit, probabilities } = classify(loadNetwork(), Float32Array.from(pixels), views(count));
    expect(digit).toBe(7);
    expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  }
});
