/** Answers as replicas send them, read however they are cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader, BadAnswer } from '../../../../../server/src/deploy/runtime/serving/answer-reader.ts';

interface Heard {
  readonly hints: number[];
  code: number;
  reason: string;
  headers: readonly string[];
  body: string;
  isWhole: boolean;
  keeps: boolean;
  trailers: readonly string[];
  rest: string;
}

/** @param cuts where a piece of it ends. @param ends whether the connection ends then. */
function read(text: string, cuts: readonly number[] = [], { method = 'GET', ends = false } = {}): Heard | 'bad' {
  const heard: Heard = {
    ...{ hints: [], code: 0, reason: '', headers: [], body: '', isWhole: false, keeps: false, trailers: [], rest: '' },
  };
  const reader = new AnswerReader(method, {
    onInformation: ({ code }) => heard.hints.push(code),
    onHead: (head) => Object.assign(heard, head),
    onBody: (chunk) => (heard.body += chunk.toString('latin1')),
  });
  const bytes = Buffer.from(text, 'latin1');
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  try {
    for (const [i, to] of [...places, bytes.length].entries()) {
      const piece = bytes.subarray(i === 0 ? 0 : places[i - 1], to);
      heard.rest += reader.push(piece)?.toString('latin1') ?? '';
    }
  } catch (error) {
    if (error instanceof BadAnswer) return 'bad';
    throw error;
  }
  heard.isWhole = ends ? reader.end() : reader.isDone;
  return { ...heard, keeps: reader.keeps, trailers: reader.trailers };
}

const LENGTH = 'HTTP/1.1 200 OK\r\nX:  a b \t\r\nContent-Length: 5\r\n\r\nwhole';
const CHUNKS =
  'HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\nHTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n' +
  '2;x="y"\r\nwh\r\n3\r\nole\r\n0\r\nX-Sum: 7\r\n\r\n';
const OPEN = 'HTTP/1.1 200\r\n\r\nwhole';

describe('an answer', () => {
  it('ends with its length', () => {
    expect(read(`${LENGTH}more`)).toEqual({
      ...{ hints: [], code: 200, reason: 'OK', headers: ['X', 'a b', 'Content-Length', '5'], body: 'whole' },
      ...{ isWhole: true, keeps: true, trailers: [], rest: 'more' },
    });
    expect(read(LENGTH.slice(0, -1))).toMatchObject({ body: 'whol', isWhole: false });
    expect(read(LENGTH.slice(0, -1), [], { ends: true })).toMatchObject({ isWhole: false });
  });

  it('ends with its last chunk and its trailers', () => {
    expect(read(CHUNKS)).toMatchObject({
      ...{ hints: [103], code: 201, body: 'whole', isWhole: true, keeps: true, trailers: ['X-Sum', '7'], rest: '' },
    });
    expect(read(CHUNKS.slice(0, -2))).toMatchObject({ isWhole: false });
  });

  it('ends with the connection where nothing else says so', () => {
    expect(read(OPEN)).toMatchObject({ reason: '', body: 'whole', isWhole: false });
    expect(read(OPEN, [], { ends: true })).toMatchObject({ body: 'whole', isWhole: true, keeps: false });
  });

  it.each([
    ['to HEAD', LENGTH.slice(0, -5), 'HEAD'],
    ['204', 'HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n', 'GET'],
    ['304', 'HTTP/1.1 304 Same\r\nTransfer-Encoding: chunked\r\n\r\n', 'GET'],
    ['101', 'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n', 'GET'],
  ])('%s has no body', (_, text, method) => {
    expect(read(`${text}rest`, [], { method })).toMatchObject({ body: '', isWhole: true, rest: 'rest' });
  });

  it.each([
    ['Connection: close', false],
    ['Connection: x , CLOSE', false],
    ['Connection: upgrade', false],
    ['Connection: closed', true],
    ['Connection: keep-alive', true],
  ])('%s: a connection that may be used again: %s', (line, keeps) => {
    expect(read(LENGTH.replace('X:', `${line}\r\nX:`))).toMatchObject({ keeps });
    expect(read(LENGTH.replace('X:', `${line}\r\nX:`).replace('1.1', '1.0'))).toMatchObject({ keeps: false });
  });

  it('is the same however it is cut', () => {
    fc.assert(
      fc.property(fc.constantFrom(LENGTH, CHUNKS, OPEN, `${LENGTH}more`), fc.array(fc.nat()), (text, cuts) => {
        expect(read(text, cuts, { ends: true })).toEqual(read(text, [], { ends: true }));
      }),
    );
    const everywhere = Array.from(CHUNKS, (_, at) => at);
    expect(read(CHUNKS, everywhere)).toEqual(read(CHUNKS));
  });

  it('is none where it could be read in two ways', () => {
    const lines = [
      'Content-Length: 5\r\nContent-Length: 5',
      'Content-Length: +5',
      'Content-Length: 5, 5',
      'Content-Length: 0x5',
      'Content-Length:',
      'Content-Length: 99999999999999999999',
      'Transfer-Encoding: chunked\r\nContent-Length: 5',
      'Transfer-Encoding: gzip, chunked',
      'Transfer-Encoding: chunked, chunked',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: xchunked',
      'Content-Length : 5',
      ' Content-Length: 5',
      'X: a\r\n folded',
      'X: a\nContent-Length: 5',
      'X: a\rContent-Length: 5',
      'X: \0',
      'X',
      ': x',
    ];
    for (const line of lines) expect([line, read(`HTTP/1.1 200 OK\r\n${line}\r\n\r\nwhole`)]).toEqual([line, 'bad']);
    for (const first of ['HTTP/1.1 200 OK\n', 'HTTP/1.1  200', 'HTTP/2 200', 'http/1.1 200', '\r\nHTTP/1.1 200', 'X'])
      expect([first, read(`${first}\r\n\r\n`)]).toEqual([first, 'bad']);
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    for (const body of [
      '\r\n',
      '-1\r\n',
      '0x1\r\n',
      '1\nx\r\n',
      '1\r\nxy\r\n',
      ' 1\r\n',
      '1;\0\r\n',
      '1fffffffffffff\r\n',
    ])
      expect([body, read(chunked + body)]).toEqual([body, 'bad']);
  });

  it('is none whose head, or line, has no end', () => {
    expect(read(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`)).toBe('bad');
    expect(read(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}`)).toBe('bad');
    const trailers = 'X: y\r\n'.repeat(200);
    expect(read(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${trailers}\r\n`)).toBe('bad');
  });
});
