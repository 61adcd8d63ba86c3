/** Asks a replica whether it is ready to answer. */
import { request } from 'node:http';
import { LOOPBACK } from './free-port.ts';
import { TOKEN_HEADER } from './router.ts';
import type { Backend } from './router.ts';

/**
 * `GET /healthz`: ready on 200, and on 404 too, since a program that answers but has no such page is up.
 * Any other answer, or none within the limit, is not ready yet.
 */
export function isReady(backend: Backend, limitMs = 2000): Promise<boolean> {
  return new Promise((done) => {
    const probe = request(
      {
        host: LOOPBACK,
        port: backend.port,
        path: '/healthz',
        agent: false,
        headers: { [TOKEN_HEADER]: backend.token },
      },
      (answer) => {
        answer.resume();
        answer.on('error', () => {});
        done(answer.statusCode === 200 || answer.statusCode === 404);
      },
    );
    probe.setTimeout(limitMs, () => probe.destroy());
    probe.on('error', () => done(false));
    probe.on('close', () => done(false)); // after an answer this changes nothing any more
    probe.end();
  });
}
