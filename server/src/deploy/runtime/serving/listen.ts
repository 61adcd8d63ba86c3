/** Where a server listens: at the port of before, so that who has its address finds it again. */
import type { Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Connections that may wait to be taken, as far as the system allows; whoever comes beyond is not heard for a second. */
const BACKLOG = 4096;

/** Binds a server to one address. @param port 0 for any. @returns its port. @throws the system's error, e.g. EADDRINUSE. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((done, fail) => {
    const failed = (error: Error): void => fail(error);
    server.once('error', failed);
    server.listen({ host, port, exclusive: true, backlog: BACKLOG }, () => {
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
  host: string,
  before: number | undefined,
): Promise<{ readonly port: number; readonly moved: boolean }> {
  if (before === undefined) return { port: await listen(server, host, 0), moved: false };
  const deadline = performance.now() + STILL_HELD_MS;
  for (;;) {
    try {
      return { port: await listen(server, host, before), moved: false };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      if (performance.now() > deadline) return { port: await listen(server, host, 0), moved: true };
      await pause(50);
    }
  }
}
