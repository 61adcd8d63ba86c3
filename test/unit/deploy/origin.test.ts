import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isSameOwner, originOf, originText } from '../../../server/src/deploy/plan/origin.ts';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'berth-'))));
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const remote = (url: string): string => `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${url}\n`;

describe('the origin of a deployment', () => {
  it.each([
    'git@host.example:team/models.git',
    'https://host.example/team/models',
    'https://user:secret@Host.example/team/models.git/',
    'ssh://git@host.example/team/models.git',
  ])('is the same in every checkout, without credentials: %s', (url) => {
    write('one/.git/config', remote(url));
    expect(originOf(join(root, 'one/deploy/vision.berth.yaml'), 'vision')).toEqual({
      repository: 'host.example/team/models',
      path: 'deploy/vision.berth.yaml',
      document: 'vision',
    });
  });

  it('is known in a further worktree, whose .git is a file', () => {
    write('main/.git/config', remote('https://host.example/team/models'));
    write('main/.git/worktrees/side/commondir', '../..\n');
    write('side/.git', `gitdir: ${join(root, 'main/.git/worktrees/side')}\n`);
    expect(originOf(join(root, 'side/a.berth.yaml'), 'a')).toEqual(originOf(join(root, 'main/a.berth.yaml'), 'a'));
  });

  it('is the first commit where there is no remote', () => {
    const first = 'a'.repeat(40);
    write('.git/config', '[core]\n');
    write('.git/logs/HEAD', `${'0'.repeat(40)} ${first} A <a@b.example> 1 +0000\tcommit (initial): begin\n`);
    expect(originOf(join(root, 'a.berth.yaml'), 'a')).toMatchObject({
      repository: `commit:${first}`,
      path: 'a.berth.yaml',
    });
  });

  it('is the file itself outside a repository, and in one that has no name yet', () => {
    const source = join(root, 'a.berth.yaml');
    const outside = { repository: null, path: source, document: 'a' };
    expect(originOf(source, 'a')).toEqual(outside);
    write('.git/config', '[core]\n');
    expect(originOf(source, 'a')).toEqual(outside);
    expect(originText(outside)).toBe(source);
  });
});

it('knows its owner again when the repository got its name later, but not another file of the folder', () => {
  const at = { particulars: { folder: '/w' }, origin: { repository: null, path: '/w/a.berth.yaml', document: 'a' } };
  const named = { ...at, origin: { repository: 'host.example/team/models', path: 'a.berth.yaml', document: 'a' } };
  expect(isSameOwner(at, named)).toBe(true);
  expect(isSameOwner(at, { ...named, particulars: { folder: '/elsewhere' } })).toBe(false);
  expect(isSameOwner(named, { ...named, particulars: { folder: '/elsewhere' } })).toBe(true);
  expect(isSameOwner(at, { ...at, origin: { ...at.origin, path: '/w/b.berth.yaml' } })).toBe(false);
});
