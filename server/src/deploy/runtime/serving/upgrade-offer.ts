/** A client that offers to speak another protocol (WebSocket), until a replica has agreed: it gets an HTTP answer, and what it says is kept. */
import { ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Call } from './exchange.ts';

/** What a client may say before the replica has agreed to speak another protocol. */
const EARLY_LIMIT = 2 ** 16;

/** Takes what Node gives for an upgrade. Its connection is destroyed when the client leaves, or says too much too early. */
export function upgradeOffer(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): { readonly response: ServerResponse; readonly upgrade: NonNullable<Call['upgrade']> } {
  let said = head;
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(request.socket);
  response.on('error', () => {});
  response.once('finish', () => request.socket.destroySoon());
  socket.on('error', () => {});
  // Only who reads notices that the other side has left.
  const listen = (chunk: Buffer): void => {
    said = Buffer.concat([said, chunk]);
    if (said.length > EARLY_LIMIT) socket.destroy();
  };
  const leave = (): void => void socket.destroy();
  socket.on('data', listen).once('end', leave);
  const take = (): Buffer => {
    socket.off('data', listen).off('end', leave);
    return said;
  };
  return { response, upgrade: { socket, take } };
}
