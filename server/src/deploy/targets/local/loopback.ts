/** The loopback interface, on which everything that the local target runs listens, and its free TCP ports. */
import { createServer } from 'node:net';
import { listen } from '../../runtime/serving/listen.ts';

export const LOOPBACK = '127.0.0.1';

/** A port that nobody listened on a moment ago; who is to listen may still find it taken and then asks again. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listen(probe, LOOPBACK, 0);
  await new Promise((closed) => probe.close(closed));
  return port;
}
