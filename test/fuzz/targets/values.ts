/** Small texts: quantities, names, what a message or a hover shows of them. */
import { InvalidArgumentError } from 'commander';
import { marked } from 'marked';
import { printable, printableLine, printableLog } from '../../../server/src/cli/text/printable.ts';
import { commaSeparated, listOf, ListOption } from '../../../server/src/cli/list-option.ts';
import { commandEnvironment, findProgram } from '../../../server/src/deploy/targets/local/agent/process-environment.ts';
import { code, plain } from '../../../server/src/language/markdown.ts';
import { didYouMean } from '../../../server/src/spec/problems/did-you-mean.ts';
import { formatQuantity, parseQuantity, QUANTITY_KINDS } from '../../../server/src/spec/quantities/quantity.ts';
import { folderOf, resolveReference } from '../../../server/src/spec/references/reference.ts';
import { decode } from '../../../server/src/spec/text/decode.ts';
import { lookOf, unseenDifference } from '../../../server/src/spec/text/look-alike.ts';
import { clipped, isVisible, visible } from '../../../server/src/spec/text/visible.ts';
import { isReadable, must, refusable } from '../oracle.ts';
import type { BytesTarget, TextTarget } from '../target.ts';
import { TRACE } from './files.ts';

const quantity: TextTarget = {
  name: 'quantity',
  type: 'text',
  doors: ['spec/quantities/quantity.ts'],
  words: ['ms', 's', 'us', 'µs', 'Gi', 'GB/s', '/min', 'm', 'e', 'rps', '1:30', 'KiB', '/s', 'Kbit/s'],
  seeds: () => [
    '720ms',
    '1.5h',
    '8Gi',
    '5.7GB/s',
    '25/s',
    '250m',
    '1e3 ms',
    '-4s',
    '1:30:00',
    '.5us',
    '12',
    '600/min',
    '10 Gbit/s',
  ],
  run: (text) =>
    QUANTITY_KINDS.map((kind) => {
      const read = parseQuantity(text, kind);
      if (!read.ok) {
        if (read.suggestion === undefined) return read.reason;
        const meant = parseQuantity(read.suggestion, kind);
        must(meant.ok, () => `${JSON.stringify(read.suggestion)} is suggested as a ${kind} and is none`);
        return `${read.reason}?`;
      }
      const { value } = read;
      must(Number.isFinite(value) && value >= 0, () => `${text} is ${value}`);
      const again = parseQuantity(formatQuantity(value, kind, { digits: 'exact' }), kind);
      must(
        again.ok && Math.abs(again.value - value) <= 1e-12 * value,
        () => `${value} is written as ${formatQuantity(value, kind, { digits: 'exact' })}`,
      );
      must(
        parseQuantity(formatQuantity(value, kind), kind).ok,
        () => `${formatQuantity(value, kind)} cannot be read back`,
      );
      return 'ok';
    }).join(),
};

const names: TextTarget = {
  name: 'names',
  type: 'text',
  doors: ['spec/text/visible.ts', 'spec/text/look-alike.ts'],
  seeds: () => ['search-images', 'größe', 'сеаrch', 'a\u200bb', 'x'.repeat(300), '👩‍🚒 x', 'e\u0301', 'web\nsearch'],
  run: (text) => {
    const shown = visible(text);
    must(isVisible(shown), () => `${JSON.stringify(shown)} has what cannot be seen`);
    for (const longest of [40, 80, 240]) {
      const short = clipped(text, longest);
      must(short.length <= Math.max(longest, 1), () => `${short.length} characters instead of ${longest}`);
      must(short.isWellFormed() || !text.isWellFormed(), () => `a character is cut in two`);
    }
    const look = lookOf(text);
    const half = text.length >> 1;
    const told =
      unseenDifference(text.slice(0, half), text.slice(half)) ?? unseenDifference(text, text.normalize('NFD'));
    if (told !== undefined) isReadable(visible(told), 'a difference');
    const meant = didYouMean(text, ['search-images', 'web', look, text.slice(1), text.toLowerCase()]);
    return `${isVisible(text)} ${look === text} ${told === undefined} ${meant === undefined}`;
  },
};

const markdown: TextTarget = {
  name: 'markdown',
  type: 'text',
  doors: ['language/markdown.ts', 'cli/text/printable.ts'],
  words: [
    '`',
    '```',
    '[a](b)',
    '![a](command:x)',
    '<b>',
    '|',
    '\\',
    '*a*',
    '__',
    'http://x.y',
    'www.x.y',
    'a@b.c',
    '# ',
    '1. ',
    '> ',
    '&lt;',
    '~~',
    '$x$',
  ],
  seeds: () => [
    'search',
    'a`b``c',
    '[x](command:berth.apply)',
    '<img src=x>',
    '| a | b |',
    '# x',
    '1. a',
    'https://x.y/z',
    '*a* _b_',
    '$(zap)',
  ],
  run: (input) => {
    const text = input.slice(0, 2000); // what the parser of Markdown takes with a page is not of Berth
    const seen = visible(text.replace(/[\r\n]+/g, ' '));
    const spans = inline(code(text));
    must(
      spans.length === 1 && spans[0]?.type === 'codespan',
      () => `${JSON.stringify(code(text))} is not one piece of code`,
    );
    const words = inline(`x ${plain(text)}`);
    const odd = words.find(({ type }) => type !== 'text' && type !== 'escape');
    must(odd === undefined, () => `${JSON.stringify(plain(text))} means something: ${odd?.type}`);
    for (const shown of [printable(text), printableLine(text), printableLog(text)])
      must(!isObeyed(shown), () => `a terminal obeys ${JSON.stringify(shown)}`);
    return `${seen === text} ${words.length > 1}`;
  },
};

/** Whether a terminal takes a character of it for a command; colours (ESC) and tabs are left to the tests of these functions. */
function isObeyed(shown: string): boolean {
  return Array.from(shown).some((character) => {
    const point = character.charCodeAt(0);
    return (point < 0x20 && !'\t\n\u001b'.includes(character)) || (point >= 0x7f && point <= 0x9f);
  });
}

interface Token {
  readonly type: string;
}

function inline(text: string): Token[] {
  return marked.Lexer.lexInline(text);
}

const bytes: BytesTarget = {
  name: 'bytes',
  type: 'bytes',
  doors: ['spec/text/decode.ts', 'host/regular-file.ts', 'host/disk-files.ts'],
  seeds: () => [
    ...['utf8', 'utf16le', 'latin1'].map((encoding) => Buffer.from(`${TRACE}é\n`, encoding as BufferEncoding)),
    Buffer.from(`\ufeff${TRACE}`, 'utf16le'),
    Buffer.from(`\ufeff${TRACE}`, 'utf16le').swap16(),
    ...[
      [0x1f, 0x8b, 8, 0, 1, 255],
      [0x50, 0x4b, 3, 4, 0],
      [0x28, 0xb5, 0x2f, 0xfd, 0],
      [0x50, 0x41, 0x52, 0x31, 0, 200],
    ].map((head) => Uint8Array.from(head)),
  ],
  run: (input) => {
    const decoded = decode(input);
    if ('flaw' in decoded) {
      isReadable(visible(decoded.flaw), 'a flaw');
      return decoded.flaw.slice(0, 30);
    }
    must(!decoded.text.includes('\0'), () => 'a text has a NUL');
    must(decoded.text.isWellFormed(), () => 'a text has half a character');
    return `text ${decoded.text.includes('\ufffd')}`;
  },
};

/** What a command line and a spec name on a machine: lists, programs, paths. */
const machine: TextTarget = {
  name: 'machine-names',
  type: 'text',
  doors: ['cli/list-option.ts', 'deploy/targets/local/agent/process-environment.ts', 'spec/references/reference.ts'],
  words: ['file:///', 'file://host/x', '../', 'C:\\', '%00', '%2e', '~', '$HOME', ',', 'all', 'faro', '/dev/', 'node'],
  seeds: () => [
    'traces/day.csv',
    'file:///a/b.yaml',
    'faro,static',
    '../../x',
    'node',
    'C:\\x\\y',
    '/bin/sh',
    'a b',
    '',
  ],
  run: (text) => {
    const folder = folderOf(text) ?? '/w';
    const path = resolveReference(text, folder);
    must(path === undefined || !path.includes('\0'), () => `a path has a NUL`);
    const option = new ListOption('--x <list>', 'x', ['faro', 'static'], 'all');
    const list = refusable(
      () => listOf(Number)(text).length + commaSeparated(text).length,
      () => 'list',
      InvalidArgumentError,
    );
    const choice = refusable(
      () => option.parseArg?.(text, undefined as never),
      () => 'choice',
      InvalidArgumentError,
    );
    const environment = commandEnvironment({ PATH: text.slice(0, 200) }, {});
    const program = text.length < 300 ? findProgram(text, '/nowhere', environment) : undefined;
    return `${path === undefined} ${list} ${choice} ${program === undefined}`;
  },
};

export const VALUE_TARGETS = [quantity, names, markdown, bytes, machine];
