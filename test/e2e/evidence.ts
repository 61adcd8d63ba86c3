/**
 * What end-to-end tests leave behind for a person to look at: `artifacts/`, which CI keeps.
 */
import { cpSync, existsSync, globSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const artifacts = fileURLToPath(new URL('../../artifacts/', import.meta.url));

/** The file of a screenshot, its folder made. */
export function screenshotFile(name: string): string {
  const file = join(artifacts, 'screenshots', `${name.replaceAll(/[^\w.-]+/g, '-')}.png`);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

/** Copies the logs of server, extension host and extension out of a session's folder, which is about to go. */
export function keepLogs(sessionFolder: string, name: string): void {
  const to = join(artifacts, 'logs', name.replaceAll(/[^\w.-]+/g, '-'));
  const logs = ['server.log', ...globSync('user/logs/**/*.log', { cwd: sessionFolder })];
  for (const log of logs) {
    const from = join(sessionFolder, log);
    if (!existsSync(from)) continue;
    mkdirSync(to, { recursive: true });
    cpSync(from, join(to, basename(log)));
  }
}
