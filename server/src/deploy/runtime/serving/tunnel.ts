/** Two connections that are one, once both sides speak another protocol than HTTP (WebSocket). */
import type { Duplex } from 'node:stream';

/** Where nothing was said for so long in either direction, nobody is there. */
export const TUNNEL_SILENCE_MS = 600_000;
/** Who was told that the other side has ended may take so long to end too. */
const LINGER_MS = 5000;

/** Joins them. @param onEnd called once, when both are closed. */
export function tunnel(client: Duplex, replica: Duplex, silenceMs: number, onEnd: () => void): void {
  const ends = [client, replica];
  const destroy = (): void => ends.forEach((end) => end.destroy());
  const silence = setTimeout(destroy, silenceMs).unref();
  let linger: NodeJS.Timeout | undefined;
  let open = 2;
  for (const end of ends) {
    const other = end === client ? replica : client;
    end.on('error', destroy);
    end.on('data', () => silence.refresh());
    end.once('end', () => (linger ??= setTimeout(destroy, LINGER_MS).unref()));
    end.once('close', () => {
      if (!end.readableEnded) other.destroy(); // else it has been told, and takes the last of what was said
      if (--open > 0) return;
      clearTimeout(silence);
      clearTimeout(linger);
      onEnd();
    });
    end.pipe(other);
  }
  // Either may have closed before it was listened to.
  if (ends.some((end) => end.destroyed)) destroy();
}
