import { describe, expect, it } from 'vitest';
import { readGraphContent } from '../../../server/src/language/graph-document.ts';
import { saidOf } from './said-of-graph.ts';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (c) => c.charCodeAt(0)) : part)),
  );

/** The header of an entry of a ZIP archive that holds nothing. */
const zipOf = (name: string): Uint8Array =>
  bytes(
    'PK',
    [3, 4],
    Array.from({ length: 22 }, () => 0),
    [name.length, 0, 0, 0],
    name,
  );

describe('files of another kind', () => {
  it.each([
    ['a pickle', bytes([0x80, 2, 0x8a, 0x0a])],
    ['a model of PyTorch', zipOf('archive/data.pkl')],
    ['one that is called otherwise', zipOf('model/data.pkl')],
  ])('refuses %s, says why, and what to do instead', (_, content) => {
    for (const path of ['/x/net.pt', '/x/net.graph.json', '/x/net.graph.yaml']) {
      expect(saidOf({ path, bytes: content })).toEqual([
        expect.stringMatching(/^BERTH3050 byte 0: .*Berth never does\.$/),
      ]);
    }
    const [problem] = readGraphContent({ path: '/x/net.pt', bytes: content }).problems;
    expect(problem?.hint).toContain('torch.onnx.export');
  });

  it.each([
    ['safetensors', bytes([40, 0, 0, 0, 0, 0, 0, 0], '{"__metadata__":{}}')],
    ['GGUF', bytes('GGUF', [3, 0, 0, 0])],
    ['TensorFlow Lite', bytes([0x1c, 0, 0, 0], 'TFL3')],
    ['HDF5', bytes([0x89], 'HDF', [13, 10])],
    ['ZIP', zipOf('a.txt')],
  ])('names a file of %s', (name, content) => {
    expect(saidOf({ path: '/x/net.bin', bytes: content })).toEqual([
      expect.stringMatching(new RegExp(`^BERTH3007 byte 0: .*${name}`)),
    ]);
  });
});
