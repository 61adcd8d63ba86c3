/** `berth completion`, in the shells themselves: bash everywhere, zsh and fish where they are. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHELLS, type Shell } from '../../server/src/cli/commands/completion.ts';

const MAIN = fileURLToPath(new URL('../../server/src/cli/main.ts', import.meta.url));
const BASH = `source ./berth.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _berth; printf '%s\\n' "\${COMPREPLY[@]}"`;
/** As a shell of that name reads it, without running it. */
const SYNTAX: Partial<Record<Shell, string>> = { bash: '-n', zsh: '-n', fish: '--no-execute' };

let folder = '';
const there = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;
const script = (shell: Shell): string => {
  const { stdout, status } = spawnSync(process.execPath, [MAIN, 'completion', shell], { encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-completion-'));
  for (const shell of SHELLS) writeFileSync(join(folder, `berth.${shell === 'pwsh' ? 'ps1' : shell}`), script(shell));
  for (const name of ['vision.berth.yaml', 'two words.berth.yml', 'day.csv', 'notes.txt', 'berth.graph.json'])
    writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, 'deploy'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is offered for the last of some words, which is still being written. */
function offered(...words: string[]): string[] {
  const { stdout, stderr } = spawnSync('bash', ['-c', BASH, '-', 'berth', ...words], { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean).sort();
}

describe('completion in bash', () => {
  it.each([
    [['pre'], ['preview']],
    [
      ['forecast', ''],
      ['evaluate', 'help', 'train'],
    ],
    [
      ['agent', ''],
      ['restart', 'status', 'stop'],
    ],
    [['schema', 'F'], ['Federation']],
    [['preview', '--fo'], ['--format']],
    [['forecast', 'train', '--mo'], ['--model']],
    [['forecast', 'train', '--model', 's'], ['seasonal']],
    [['preview', 'vision.berth.yaml', '--format', 'j'], ['json']],
    [['validate', '--format', '=', 'sa'], ['sarif']],
    [
      ['validate', '--format', '='],
      ['github', 'json', 'sarif', 'text'],
    ],
    [['experiment', '--policies', 'faro,b'], ['faro,berth']],
    [['experiment', '--without', 'a'], ['all']],
    [['preview', '--seeds', ''], []],
    [
      ['plan', '--document', 'apply', '--out', 'x', ''],
      ['deploy', 'two words.berth.yml', 'vision.berth.yaml'],
    ],
    [['preview', 'ber'], ['berth.graph.json']],
    [
      ['forecast', 'train', 'd'],
      ['day.csv', 'deploy'],
    ],
    [
      ['trace', 'inspect', 'd'],
      ['day.csv', 'deploy'],
    ],
  ])('offers after %j: %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  it('offers every command and no other', () => {
    const { stdout } = spawnSync(process.execPath, [MAIN, '--help'], { encoding: 'utf8' });
    const commands = [...stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name);
    expect(offered('')).toEqual(commands.sort());
  });
});

describe.each(['fish'].filter(there))('completion in %s', () => {
  const asked = (line: string): string[] =>
    spawnSync('fish', ['-c', 'source ./berth.fish; complete -C $argv[1]', '--', line], {
      cwd: folder,
      encoding: 'utf8',
    })
      .stdout.split('\n')
      .filter(Boolean);

  it('offers commands with what they do, values and files', () => {
    expect(asked('berth pre')).toEqual(['preview\tshow what a file would do']);
    expect(asked('berth experiment --policies faro,b').map((line) => line.split('\t')[0])).toEqual(['faro,berth']);
    expect(asked('berth plan ').sort()).toEqual(['deploy/', 'two words.berth.yml', 'vision.berth.yaml']);
  });
});

describe.each(Object.entries(SYNTAX).filter(([shell]) => there(shell)))('the script for %s', (shell, check) => {
  it('is read by it', () => {
    const { stderr, status } = spawnSync(shell, [check, `berth.${shell}`], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

describe('the script for pwsh', () => {
  it('offers every command', () => {
    const text = script('pwsh');
    expect(offered('').filter((command) => !text.includes(`'${command}: `))).toEqual([]);
  });

  it.each(['pwsh'].filter(there))('completes in %s', () => {
    const complete = '(TabExpansion2 -inputScript "berth pre" -cursorColumn 9).CompletionMatches.CompletionText';
    const { stdout } = spawnSync('pwsh', ['-NoProfile', '-Command', `. ./berth.ps1; ${complete}`], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout.trim()).toBe('preview');
  });
});
