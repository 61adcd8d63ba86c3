/** Asks a replica whether it is ready to answer. */
import { request } from 'node:http';
import { TOKEN_HEADER } from '../../../runtime/serving/router.ts';
import type { Backend } from '../../../runtime/serving/router.ts';

/**
 * `GET /healthz`: ready on 200, and on 404 too, since a program that answers but has no such page is up.
 * Any other answer, or none within the limit, is not ready yet.
 */
export function isReady(backend: Backend, limitMs = 2000): Promise<boolean> {
  return new Promise((done) => {
    const probe = request(
      {
        host: backend.host,
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
