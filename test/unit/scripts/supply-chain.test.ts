import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { packageFilesIn } from '../../../scripts/build.mjs';
import { billOfMaterials } from '../../../scripts/supply/bill-of-materials.mjs';
import { noticeOf } from '../../../scripts/supply/notice.mjs';
import { shippedPackages } from '../../../scripts/supply/shipped-packages.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

interface LockedPackage {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  hasInstallScript?: boolean;
}

function json<T>(file: string): T {
  return JSON.parse(readFileSync(join(root, file), 'utf8')) as T;
}

const locked = Object.entries(json<{ packages: Record<string, LockedPackage> }>('package-lock.json').packages);

describe('what is installed', () => {
  test.each(['package.json', 'examples/package.json'])('%s names one version of each package', (file) => {
    const { dependencies, devDependencies, optionalDependencies } = json<Manifest>(file);
    const versions = { ...dependencies, ...devDependencies, ...optionalDependencies };
    expect(Object.keys(versions)).not.toHaveLength(0);
    expect(Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test('every package of the lockfile has a version and a hash, and no host', () => {
    const packages = locked.filter(([path, { link }]) => path.includes('node_modules/') && link !== true);
    expect(packages.length).toBeGreaterThan(100);
    expect(packages.filter(([, { version }]) => version === undefined)).toEqual([]);
    expect(packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([]);
    expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  test('no install script runs; a package that has one must do without it', () => {
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
    const withScript = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
    // signs packages for the marketplace; copies its binary over a script; keeps passwords of publishers
    expect(withScript).toEqual(['node_modules/@vscode/vsce-sign', 'node_modules/esbuild', 'node_modules/keytar']);
  });
});

describe('what is shipped', () => {
  const holder = { name: 'holder', version: '1.0.0', license: 'MIT' };

  function withPackages<T>(packages: Record<string, Record<string, string>>, use: (folder: string) => T): T {
    const folder = mkdtempSync(join(tmpdir(), 'berth-shipped-'));
    try {
      for (const [path, files] of Object.entries(packages)) {
        mkdirSync(join(folder, path), { recursive: true });
        for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, path, name), text);
      }
      return use(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  function manifest(name: string, license: string): string {
    return JSON.stringify({ ...holder, name, license });
  }

  test('packages with one licence text stand above it together, and notices go with it', () => {
    const notice = withPackages(
      {
        'node_modules/b': { 'package.json': manifest('b', 'MIT'), LICENSE: 'Text  \r\nof both\r\n' },
        'node_modules/a': { 'package.json': manifest('a', 'MIT'), 'license.md': 'Text\nof both' },
        'node_modules/c': {
          'package.json': manifest('c', 'ISC'),
          COPYING: 'Of c',
          'ThirdPartyNotices.txt': 'within c',
        },
      },
      (folder) => noticeOf(shippedPackages(folder, ['node_modules/b', 'node_modules/a', 'node_modules/c'])),
    );
    const line = '-'.repeat(72);
    expect(notice.split('\n').slice(4).join('\n')).toBe(
      `a 1.0.0\nb 1.0.0\n${line}\nText\nof both\n\n\nc 1.0.0\n${line}\nOf c\n\nwithin c\n`,
    );
  });

  test('a licence that is not allowed, and one without a text, is refused by name', () => {
    withPackages(
      {
        'node_modules/a': { 'package.json': manifest('a', 'GPL-3.0-only'), LICENSE: 'x' },
        'node_modules/b': { 'package.json': manifest('b', 'MIT') },
        'node_modules/c': { 'package.json': JSON.stringify({ name: 'c', version: '1.0.0' }), LICENSE: 'x' },
      },
      (folder) => {
        expect(() => shippedPackages(folder, ['node_modules/a'])).toThrow('a (GPL-3.0-only)');
        expect(() => shippedPackages(folder, ['node_modules/b'])).toThrow('node_modules/b holds no text');
        expect(() => shippedPackages(folder, ['node_modules/c'])).toThrow('c (undefined)');
      },
    );
  });

  test('generated code says which packages it holds', () => {
    const validators = readFileSync(join(root, 'server/src/spec/generated/validators.js'), 'utf8');
    expect(packageFilesIn(validators)).toContain('node_modules/ajv/dist/runtime/ucs2length.js');
  });

  test('the bill of materials is valid CycloneDX, names each package once, and is the same each time', () => {
    const shipped = ['a', 'b', 'a/node_modules/b'].map((path) => ({
      folder: `node_modules/${path}`,
      name: path.endsWith('b') ? '@scope/b' : 'a',
      version: '1.0.0',
      licence: 'MIT',
      text: '',
    }));
    const integrity = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
    const packages = {
      'node_modules/a': { integrity, dependencies: { b: '^1.0.0', unbundled: '^1.0.0' } },
      'node_modules/b': { integrity },
      'node_modules/a/node_modules/b': { integrity },
    };
    const of = { name: 'berth', version: '1.0.0', license: 'Apache-2.0', description: 'x' };
    const bill = billOfMaterials(of, shipped, packages);
    expect(billOfMaterials(of, [...shipped].reverse(), packages)).toBe(bill);
    expect(bill).not.toMatch(/timestamp|serialNumber/);

    const ajv = new Ajv({ strict: false, validateFormats: false });
    const schemas = 'node_modules/@cyclonedx/cyclonedx-library/res/schema';
    for (const name of ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json'])
      ajv.addSchema(json<object>(`${schemas}/${name}`), `http://cyclonedx.org/schema/${name}`);
    const validate = ajv.compile(json<object>(`${schemas}/bom-1.6.SNAPSHOT.schema.json`));
    const data = JSON.parse(bill) as {
      components: { purl: string }[];
      dependencies: { ref: string; dependsOn?: string[] }[];
    };
    validate(data);
    expect(validate.errors).toBeNull();
    expect(data.components.map(({ purl }) => purl)).toEqual([
      'pkg:npm/a@1.0.0',
      'pkg:npm/%40scope/b@1.0.0',
      'pkg:npm/%40scope/b@1.0.0',
    ]);
    expect(data.dependencies.find(({ ref }) => ref === 'node_modules/a')?.dependsOn).toEqual([
      'node_modules/a/node_modules/b',
    ]);
  });
});
