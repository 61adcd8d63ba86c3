/**
 * nginx as Debian has it, before the same replicas as a router: the one that is installed, or else that of the package, unpacked into the
 * user's cache and not installed.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../scripts/cache.mjs';

const INSTALLED = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx'];

/** @returns where the program is, or why there is none. */
export function findNginx(): { readonly path: string } | { readonly why: string } {
  const installed = INSTALLED.find((path) => existsSync(path));
  if (installed !== undefined) return { path: installed };
  const folder = join(cacheFolder(), 'nginx');
  const path = join(folder, 'usr', 'sbin', 'nginx');
  if (existsSync(path)) return { path };
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync('apt-get', ['download', 'nginx'], { cwd: folder, stdio: 'ignore' });
    const packed = readdirSync(folder).find((name) => name.endsWith('.deb'));
    if (packed === undefined) return { why: 'its package was not found' };
    execFileSync('dpkg', ['-x', packed, '.'], { cwd: folder, stdio: 'ignore' });
    rmSync(join(folder, packed));
    return existsSync(path) ? { path } : { why: 'its package holds no program' };
  } catch {
    return { why: 'it is not installed, and its Debian package cannot be had here' };
  }
}

/** The version, as it says it. */
export function versionOf(path: string): string {
  return execFileSync('sh', ['-c', '"$0" -v 2>&1', path], { encoding: 'utf8' }).trim().split(': ')[1] ?? 'nginx';
}

export interface Nginx {
  readonly child: ChildProcess;
  readonly port: number;
}

/**
 * Starts it with one process at work, as a router has one, and connections that are kept on both sides. It has no queue: each replica gets
 * its requests by turns, and has them wait by itself.
 */
export async function startNginx(path: string, port: number, replicas: readonly number[]): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-nginx-'));
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000;
  ${kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  upstream replicas { ${replicas.map((replica) => `server 127.0.0.1:${replica};`).join(' ')} keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { proxy_pass http://replicas; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`,
  );
  const child = spawn(path, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
    stdio: 'ignore',
  });
  child.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error('nginx does not start');
    await new Promise((next) => setTimeout(next, 20));
  }
  return { child, port };
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
