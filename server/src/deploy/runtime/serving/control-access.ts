/**
 * Who may ask what is about the deployment itself, and not one of its replicas: programs of this machine and people who type the address.
 * A page in a browser may not, neither by its own origin nor by a name that was made to lead here (DNS rebinding).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';

/** @returns why it is refused, or undefined. */
export function controlRefusal(request: IncomingMessage): string | undefined {
  const { host, origin } = request.headers;
  if (origin !== undefined) return 'pages in a browser have no access';
  return host !== undefined && isAddress(host) ? undefined : 'ask by an IP address or as localhost';
}

/** Whether a Host header holds an address, which no name server can turn to somebody else. */
function isAddress(host: string): boolean {
  const [, inBrackets, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(host) ?? [];
  if (inBrackets !== undefined) return isIP(inBrackets) === 6;
  return plain !== undefined && (isIP(plain) === 4 || plain.toLowerCase() === 'localhost');
}

/** Answers a question about the deployment, or refuses it. */
export function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  type: string,
  text: () => string,
): void {
  const refusal = controlRefusal(request);
  if (refusal === undefined) response.writeHead(200, { 'content-type': type }).end(text());
  else response.writeHead(403, { 'content-type': 'application/json' }).end(`${JSON.stringify({ error: refusal })}\n`);
}
