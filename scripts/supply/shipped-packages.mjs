// What others wrote of the packaged extension: the npm packages in its bundles, each with a licence that allows it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { partsWithin } from './parts-within.mjs';

/** Licences under which a package may be shipped, as SPDX names them: all let it be passed on inside a work under Apache-2.0. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'EPL-2.0',
  'ISC',
  'MIT',
  'Zlib',
]);

/** Which licence Berth takes where a package offers several. @type {Record<string, string>} */
const chosen = { 'EPL-2.0 OR GPL-3.0-or-later': 'EPL-2.0' };

const licenceFile = /^(licen[cs]e|copying)(\.|-|$)/i;
const noticeFile = /^(notice|copyrightnotice|third-?party-?notices)(\.|-|$)/i;

/**
 * @typedef {object} ShippedPackage
 * @property {string} folder relative to the checkout
 * @property {string} name
 * @property {string} version
 * @property {string} licence one SPDX identifier
 * @property {string} text of its licence, and of the notices that it wants passed on
 */

/**
 * @param {string} root of the checkout
 * @param {readonly string[]} folders of packages, relative to it
 * @returns {ShippedPackage[]} by name and version
 * @throws {Error} where a licence does not allow it, or its text is missing
 */
export function shippedPackages(root, folders) {
  const packages = folders.map((folder) => shippedPackage(root, folder));
  const refused = packages.filter(({ licence }) => !allowed.has(licence));
  if (refused.length > 0) {
    const list = refused.map(({ name, licence }) => `${name} (${licence})`).join(', ');
    throw new Error(
      `not to be shipped under their licences: ${list}. Those allowed stand in scripts/supply/shipped-packages.mjs.`,
    );
  }
  return packages.sort((a, b) => compare(`${a.name}@${a.version}`, `${b.name}@${b.version}`));
}

/** @param {string} root @param {string} folder @returns {ShippedPackage} */
function shippedPackage(root, folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const files = readdirSync(join(root, folder)).sort();
  if (!files.some((file) => licenceFile.test(file))) throw new Error(`${folder} holds no text of its licence.`);
  const licence = chosen[license] ?? String(license);
  const texts = [
    ...(licence === license ? [] : [`Berth takes ${name} under ${licence}.`]),
    ...files.filter((file) => licenceFile.test(file)).map((file) => textOf(join(root, folder, file))),
    ...files.filter((file) => noticeFile.test(file)).map((file) => textOf(join(root, folder, file))),
    ...(partsWithin[name] ?? []),
  ];
  return { folder, name, version, licence, text: texts.join('\n\n') };
}

/** @param {string} file */
function textOf(file) {
  const lines = readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/);
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/** By code units, the same on every machine. @param {string} a @param {string} b */
export function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
