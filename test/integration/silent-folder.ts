/**
 * A folder on a disk that never answers, as a network folder whose server is gone: a file system of this test (FUSE) that takes requests
 * and says nothing. It exists for the processes that are started by it alone, and ends with them.
 */
import { spawnSync } from 'node:child_process';

/** Programs started by this command find such a file system at a folder. */
export function withSilent(folder: string): readonly string[] {
  const mount = `exec 9<>/dev/fuse && mount -i -t fuse -o fd=9,rootmode=40000,user_id=0,group_id=0 silent "$0" && exec "$@"`;
  return ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount, folder];
}

/** Whether this system has what it takes. */
export function canBeSilent(folder: string): boolean {
  const [program, ...args] = withSilent(folder);
  return spawnSync(program!, [...args, 'true'], { stdio: 'ignore' }).status === 0;
}
