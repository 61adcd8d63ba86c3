/** The process of one site of a federation: the agent orders rounds by lines of JSON on standard input; it ends when standard input does. */
import { endianness } from 'node:os';
import { createInterface } from 'node:readline';
import { orderIn } from '../../../runtime/message-line.ts';
import { SITE_ORDERS_VERSION, siteOrder, type SiteReport } from '../../../runtime/sites/messages.ts';
import { Site } from '../../../runtime/sites/site.ts';
import { TrainerFailure } from '../../../runtime/sites/trainer.ts';

const ALIVE_EVERY_MS = 2000;

function report(message: SiteReport): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

let failed = false;
function fail(error: unknown): void {
  if (failed) return;
  failed = true;
  const failure = error instanceof TrainerFailure ? error : undefined;
  report({
    type: 'failed',
    reason: failure?.reason ?? 'machine',
    message: (error as Error).message,
    exit: failure?.exit ?? '',
  });
  setImmediate(() => process.exit(1));
}

function main(): void {
  if (endianness() !== 'LE')
    throw new Error('weights are exchanged in little-endian order, which this machine does not have');
  let site: Promise<Site> | undefined;
  setInterval(() => report({ type: 'alive' }), ALIVE_EVERY_MS);
  const orders = createInterface({ input: process.stdin });
  orders.on('line', (line) => {
    const order = orderIn(siteOrder, SITE_ORDERS_VERSION, line);
    if (order.type === 'setup') site = Site.open(order, { report, fail });
    (order.type === 'setup' ? site! : site!.then((opened) => opened.obey(order))).catch(fail);
  });
  orders.on('close', () => process.exit(0)); // the agent is gone; its successor goes on from the last finished round
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}

main();
