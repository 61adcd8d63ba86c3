/** The process of one device of a training run: the agent orders steps by lines of JSON on standard input; it ends when standard input does. */
import { Console } from 'node:console';
import { endianness } from 'node:os';
import { createInterface } from 'node:readline';
import { Device } from '../../../runtime/training/device.ts';
import { orderIn } from '../../../runtime/message-line.ts';
import {
  DEVICE_ORDERS_VERSION,
  deviceOrder,
  type DeviceOrder,
  type DeviceReport,
} from '../../../runtime/training/messages.ts';
import { OtherOptimizer } from '../../../runtime/training/optimizer.ts';
import { describeThrown, TrainingModuleError } from '../../../runtime/training/module.ts';

function report(message: DeviceReport): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function fail(error: unknown): void {
  const inModule = error instanceof TrainingModuleError;
  report({
    type: 'failed',
    blame: inModule ? 'module' : error instanceof OtherOptimizer ? 'optimizer' : 'machine',
    message: inModule || error instanceof OtherOptimizer ? error.message : describeThrown(error),
    node: inModule ? (error.node ?? null) : null,
  });
  process.stdout.end(() => process.exit(1));
}

function main(): void {
  if (endianness() !== 'LE')
    throw new Error('tensors are exchanged in little-endian order, which this machine does not have');
  // Standard output belongs to the reports; what the user's module prints goes to the log.
  globalThis.console = new Console(process.stderr, process.stderr);
  let device: Device | undefined;
  let work: Promise<void> = Promise.resolve();
  const obey = async (order: DeviceOrder): Promise<void> => {
    if (order.type === 'setup') device = await Device.open(order, { report, fail, log: (line) => console.error(line) });
    else await device!.obey(order);
  };
  const orders = createInterface({ input: process.stdin });
  orders.on('line', (line) => {
    work = work.then(() => obey(orderIn(deviceOrder, DEVICE_ORDERS_VERSION, line)));
    work.catch(fail);
  });
  orders.on('close', () => process.exit(0)); // the agent is gone; it starts us again from the checkpoint
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}

main();
