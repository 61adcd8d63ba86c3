// The browser that the end-to-end tests drive: one that is there, else Debian's, where we may install it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome.exe'];

/**
 * Path of a Chromium, or undefined. BERTH_CHROMIUM names one that lies elsewhere.
 * @returns {string | undefined}
 */
export function chromium() {
  const named = process.env.BERTH_CHROMIUM;
  if (named) return named;
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => commands.map((name) => join(folder, name)));
  return [...onPath, ...places].find((path) => existsSync(path));
}

/**
 * A Chromium, installed through apt where there is none and we are root on a Debian.
 * @param {(line: string) => void} say told what takes long
 * @returns {{path: string} | {missing: string}} or one sentence why there is none
 */
export function ensuredChromium(say) {
  const found = chromium();
  if (found !== undefined) return { path: found };
  const ask = 'Install chromium, or name one in BERTH_CHROMIUM.';
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get'))
    return { missing: `There is no Chromium here. ${ask}` };
  if (process.getuid?.() !== 0) return { missing: `There is no Chromium here and only root may install it. ${ask}` };
  say('installing chromium with apt (once; about half a minute)…');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const steps = [
    ['-q', '-o', 'Acquire::Retries=3', 'update'],
    ['-q', '-o', 'Acquire::Retries=3', 'install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
  ];
  for (const args of steps) {
    const { status, stdout, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8', maxBuffer: 1e8 });
    if (status !== 0)
      return {
        missing: `apt-get ${args.at(-1)} failed: ${`${stdout}${stderr}`.trim().split('\n').slice(-3).join(' ')} ${ask}`,
      };
  }
  const installed = chromium();
  return installed === undefined
    ? { missing: `apt installed chromium, but it is not on the PATH. ${ask}` }
    : { path: installed };
}
