/** Free TCP ports of the loopback interface. */
import { createServer } from 'node:net';
import type { Server } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** A port that nobody listened on a moment ago; who is to listen may still find it taken and then asks again. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listenOnLoopback(probe, 0);
  await new Promise((closed) => probe.close(closed));
  return port;
}

/** Binds a server to loopback alone. @returns its port. @throws the system's error, e.g. EADDRINUSE. */
export function listenOnLoopback(server: Server, port: number): Promise<number> {
  return new Promise((done, fail) => {
    const failed = (error: Error): void => fail(error);
    server.once('error', failed);
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      server.off('error', failed);
      const address = server.address();
      done(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** How long a port of before may still be held by the end of who had it. */
const STILL_HELD_MS = 500;

/** Binds to the port that was used before, or to a free one where that is taken meanwhile. */
export async function listenAgain(
  server: Server,
  before: number | undefined,
): Promise<{ readonly port: number; readonly moved: boolean }> {
  if (before === undefined) return { port: await listenOnLoopback(server, 0), moved: false };
  const deadline = performance.now() + STILL_HELD_MS;
  for (;;) {
    try {
      return { port: await listenOnLoopback(server, before), moved: false };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      if (performance.now() > deadline) return { port: await listenOnLoopback(server, 0), moved: true };
      await new Promise((next) => setTimeout(next, 50));
    }
  }
}
