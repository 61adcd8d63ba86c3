import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  makeIdentity,
  siteIdentity,
  type SiteIdentity,
} from '../../../../../server/src/deploy/runtime/sites/identity.ts';
import { SiteLinks, type Member } from '../../../../../server/src/deploy/runtime/sites/links.ts';

interface Site {
  readonly links: SiteLinks;
  readonly member: Member;
  readonly received: string[];
  readonly refused: string[];
  readonly lost: string[];
}

let identities: SiteIdentity[];
const sites: Site[] = [];
beforeAll(async () => {
  identities = await Promise.all(['north', 'south', 'stranger'].map(makeIdentity));
});
beforeEach(async () => {
  sites.push(await open(0, 'north'), await open(1, 'south'));
  for (const { links } of sites) links.join(sites.map(({ member }) => member));
});
afterEach(() => {
  for (const { links } of sites.splice(0)) links.close();
});

const HOST = '127.0.0.1';

async function open(identity: number, name: string): Promise<Site> {
  const [received, refused, lost]: [string[], string[], string[]] = [[], [], []];
  const links = new SiteLinks(identities[identity]!, {
    onData: (_connection, from, bytes) => {
      if (bytes.includes('nonsense')) throw new Error('nonsense');
      received.push(`${from}: ${bytes.toString()}`);
    },
    onRefused: (who, why) => refused.push(`${who}: ${why}`),
    onLost: (member, why) => lost.push(`${member}: ${why}`),
  });
  return {
    links,
    received,
    refused,
    lost,
    member: { name, host: HOST, port: await links.listen(HOST), fingerprint: identities[identity]!.fingerprint },
  };
}

test('members are known by their certificates, and bytes arrive in order', async () => {
  const [north, south] = sites as [Site, Site];
  north.links.send(1, Buffer.from('a'));
  north.links.send(1, Buffer.from('b'));
  south.links.send(0, Buffer.from('c'));
  await expect.poll(() => south.received.join('')).toMatch(/^0: a(0: )?b$/);
  await expect.poll(() => north.received).toEqual(['1: c']);
  expect(north.links.bytesSent).toBe(2);
});

test('a server that shows another certificate than the list is sent nothing', async () => {
  const [north] = sites as [Site, Site];
  const impostor = await open(2, 'south');
  sites.push(impostor);
  impostor.links.join(sites.slice(0, 2).map(({ member }) => member));
  north.links.join([north.member, { ...impostor.member, fingerprint: identities[1]!.fingerprint }]);
  north.links.send(1, Buffer.from('secret'));
  await expect.poll(() => north.lost).toEqual(['1: it showed another certificate']);
  expect(north.refused).toEqual(['south: its certificate is not the one of this site']);
  expect(impostor.received).toEqual([]);
});

test.each([
  [
    'with a certificate that is in no list',
    { minVersion: 'TLSv1.3', stranger: true },
    'a stranger: its certificate is in no membership list',
  ],
  [
    'without a certificate',
    { minVersion: 'TLSv1.3', stranger: false },
    'a stranger: its certificate is in no membership list',
  ],
  ['by TLS 1.2', { maxVersion: 'TLSv1.2', stranger: true }, 'a stranger: no TLS 1.3 handshake'],
] as const)('a client %s is turned away unheard', async (_, { stranger, ...versions }, why) => {
  const [north] = sites as [Site, Site];
  const { key, certificate } = identities[2]!;
  const socket = connect({
    host: HOST,
    port: north.member.port,
    rejectUnauthorized: false,
    ...versions,
    ...(stranger && { key, cert: certificate }),
  });
  socket.on('error', () => {});
  socket.on('secureConnect', () => socket.write('let me in'));
  await new Promise((closed) => socket.on('close', closed));
  await expect.poll(() => north.refused.join()).toContain(why);
  expect(north.received).toEqual([]);
});

test('a member that sends what is refused is cut off and named', async () => {
  const [north, south] = sites as [Site, Site];
  south.links.send(0, Buffer.from('nonsense'));
  await expect.poll(() => north.refused).toEqual(['south: it sent nonsense']);
});

test('a member that has moved is found again, one that is gone is reported', async () => {
  const [north, south] = sites as [Site, Site];
  north.links.send(1, Buffer.from('before'));
  await expect.poll(() => south.received).toEqual(['0: before']);
  south.links.close();
  const moved = await open(1, 'south');
  sites.push(moved);
  const members = [north.member, moved.member];
  for (const { links } of [north, moved]) links.join(members);
  north.links.send(1, Buffer.from('after'));
  await expect.poll(() => moved.received).toEqual(['0: after']);
  moved.links.close();
  await expect
    .poll(() => {
      if (north.lost.length === 0) north.links.send(1, Buffer.from('anyone?'));
      return north.lost.length;
    })
    .toBeGreaterThan(0);
});

test('an identity is made once, kept in files of its owner alone, and found again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-identity-'));
  try {
    const made = await siteIdentity(join(folder, 'north'), 'north');
    expect(await siteIdentity(join(folder, 'north'), 'north')).toEqual(made);
    expect((await siteIdentity(join(folder, 'south'), 'south')).fingerprint).not.toBe(made.fingerprint);
    expect(made.fingerprint).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect((await stat(join(folder, 'north'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'north', 'key.pem'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, 'north', 'certificate.pem'), 'utf8')).not.toContain('PRIVATE');
  } finally {
    await rm(folder, { recursive: true });
  }
});
