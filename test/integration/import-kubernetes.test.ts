/** `berth import kubernetes`: the spec goes where it is wanted, and what is said of it elsewhere. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { berth, type Place } from './berth-command.ts';

let place: Place;
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-import-'));
  place = { folder, state: join(folder, 'state') };
});
afterAll(() => rmSync(place.folder, { recursive: true, force: true }));

const SERVICE = `apiVersion: ray.io/v1
kind: RayService
metadata: { name: vision }
spec:
  serveConfigV2: |
    applications:
      - name: digits
        deployments: [{ name: Digits, num_replicas: 2 }]
---
apiVersion: v1
kind: Service
metadata: { name: vision }
`;

function write(name: string, text: string): string {
  const path = join(place.folder, name);
  writeFileSync(path, text);
  return path;
}

test('the spec alone is on standard output, and is valid once it is filled in', async () => {
  const { code, out, err } = await berth(place, 'import', 'kubernetes', write('service.yaml', SERVICE));
  expect(code).toBe(0);
  expect(err).toMatch(/service\.yaml:7:15 warning BERTH5655 /);
  expect(out).toMatch(/^apiVersion: berth\.dev\/v1alpha1\nkind: InferenceCluster\nmetadata: \{ name: "vision" \}\n/);
  const empty = write('empty.berth.yaml', out);
  expect((await berth(place, 'validate', empty)).out).toContain('BERTH1029');
  const filledIn = write(
    'filled.berth.yaml',
    out
      .replace(/latency: #.*/, 'latency: 500ms')
      .replace(/Time: #.*/, 'Time: 100ms')
      .replace(/rate: #.*/, 'rate: 1/s'),
  );
  expect(await berth(place, 'validate', filledIn)).toMatchObject({ code: 0 });
});

test('with --out it is in a file, and JSON names the kinds that were passed over', async () => {
  const target = join(place.folder, 'made.berth.yaml');
  const source = write('service.yaml', SERVICE);
  const { code, out } = await berth(place, 'import', 'kubernetes', source, '--out', target, '--format', 'json');
  expect(code).toBe(0);
  const said = JSON.parse(out) as { spec: string; notRead: string[]; problems: { code: string }[] };
  expect(readFileSync(target, 'utf8')).toBe(said.spec);
  expect(said.notRead).toEqual(['Service']);
  expect(said.problems.map((problem) => problem.code)).toContain('BERTH5655');
});

test('an error leaves no spec, and its place is that in the file', async () => {
  const wrong = write('wrong.yaml', SERVICE.replace('num_replicas: 2', 'num_replicas: two'));
  const target = join(place.folder, 'never.berth.yaml');
  const { code, out, err } = await berth(place, 'import', 'kubernetes', wrong, '--out', target);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/wrong\.yaml:8:53 error BERTH5654 "num_replicas" is "two"/);
  expect(() => readFileSync(target)).toThrow();
  const other = write('other.yaml', SERVICE.slice(SERVICE.indexOf('---')));
  expect((await berth(place, 'import', 'kubernetes', other)).err).toContain('it has Service');
});
