// House rules that no linter knows: what no file of the project may hold, be called, or weigh.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, extname, join, sep } from 'node:path';
import { filesBelow } from './freshness.mjs';
import { root } from './pinned-node.mjs';

const vagueNames = /^(utils?|helpers?|common|misc|manager)$/;
const codeFile = /\.(ts|tsx|mjs|js|css)$/;
const textFile =
  /\.(ts|tsx|mjs|cjs|js|jsx|json|md|ya?ml|css|html|svg|py|sh|txt|csv|toml)$|(^|\/)(LICENSE|\.[a-z]+rc|\.gitignore|\.ci\/run)$/;

const longestFile = 450;
const heaviestBinary = 200_000;

/**
 * What a text may not contain. Split literals, so that this file does not find itself.
 * @type {readonly {pattern: RegExp, says: string}[]}
 */
const forbiddenTexts = [
  { pattern: placesOfThisMachine(), says: 'a path of one machine' },
  // tests may make up a home: of these people
  { pattern: /(?<![\w.~:/-])\/(?:root|home|Users)\/(?!(?:me|user)\b)[.\w]/, says: 'a path of one machine' },
  { pattern: /(?<![\w.])\/var\/folders\/|[A-Z]:\\Users\\[a-z]/, says: 'a path of one machine' },
  {
    pattern: new RegExp(
      ['registry\\.npmjs', 'registry\\.yarnpkg', 'npm\\.pkg\\.github', 'pypi\\.org/simple', 'deb\\.debian'].join('|'),
    ),
    says: 'the host of a package registry',
  },
  { pattern: /"resolved": "https?:/, says: 'the host of a package registry' },
  {
    pattern: new RegExp('^(?:<{7}|>{7}) |\\b(?:TO' + 'DO|FIX' + 'ME|X' + 'XX)\\b(?=[:(])', 'm'),
    says: 'work left to do',
  },
];

/** This checkout, what lies beside it and the home of whoever runs this, where these are no everyday names like `/app`. */
function placesOfThisMachine() {
  const places = [root, join(dirname(root), 'shared'), homedir()].filter((place) => place.split(sep).length > 2);
  if (places.length === 0) return /(?!)/;
  return new RegExp(`(?:${places.map((place) => place.replaceAll(/[^\w/]/g, '\\$&')).join('|')})(?![\\w-])`);
}

/**
 * @typedef {object} Untidiness
 * @property {string} file
 * @property {number} [line]
 * @property {string} says
 * @property {boolean} fatal
 */

/**
 * Everything untidy in the files of the project (those git tracks or would track).
 * @param {string} [folder]
 * @param {readonly string[]} [files] relative to it
 * @returns {Untidiness[]}
 */
export function untidiness(folder = root, files = projectFiles(folder)) {
  /** @type {Untidiness[]} */
  const found = [];
  for (const file of files) {
    const stat = statSync(join(folder, file), { throwIfNoEntry: false });
    if (!stat?.isFile()) continue;
    const segments = file.split('/');
    const named = segments.find((segment, i) =>
      vagueNames.test(i === segments.length - 1 ? basename(segment, extname(segment)) : segment),
    );
    if (named !== undefined) found.push({ file, says: `"${named}" names no concept`, fatal: true });
    if (!textFile.test(file)) {
      if (stat.size > heaviestBinary)
        found.push({
          file,
          says: `a binary of ${Math.round(stat.size / 1000)} kB; ${heaviestBinary / 1000} kB is the limit`,
          fatal: true,
        });
      continue;
    }
    found.push(...untidyText(file, readFileSync(join(folder, file), 'utf8')));
  }
  return found;
}

/**
 * @param {string} file @param {string} text
 * @returns {Untidiness[]}
 */
function untidyText(file, text) {
  /** @type {Untidiness[]} */
  const found = [];
  const lines = text.split('\n');
  if (codeFile.test(file) && lines.length > longestFile && !file.includes('/generated/')) {
    found.push({ file, says: `${lines.length} lines: usually two concepts`, fatal: false });
  }
  for (const { pattern, says } of forbiddenTexts) {
    const at = pattern.exec(text)?.index;
    if (at !== undefined) found.push({ file, line: text.slice(0, at).split('\n').length, says, fatal: true });
  }
  return found;
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function projectFiles(folder) {
  try {
    const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
    const listed = execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1e8,
    });
    return listed.split('\0').filter((file) => file !== '');
  } catch {
    // an unpacked archive: no git, so nothing but what is never committed is left out
    const left = new Set(['node_modules', 'dist', 'build', 'artifacts', 'playground', '.git']);
    return filesBelow(folder, ['.'], (name) => !left.has(name));
  }
}
