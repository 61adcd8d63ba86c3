/** What can go wrong with a training run, in the words that status, editor and CLI show. */
import { deployFault } from '../../../deploy-problem.ts';
import type { Blame } from '../../../runtime/training/messages.ts';
import type { Fault } from '../../../types.ts';

/** Why a group of device processes stopped; thrown by it, turned into a fault by the run. */
export class DeviceFailure extends Error {
  readonly reason: Exclude<Blame, 'lost'> | 'exited' | 'hung' | 'diverged';
  /** Device name, or node name where the module is at fault in one. */
  readonly subject: string | undefined;
  constructor(reason: DeviceFailure['reason'], message: string, subject?: string) {
    super(message);
    this.reason = reason;
    this.subject = subject;
  }
}

/** What would be the same if the run were started again from its checkpoint. */
const HOPELESS: readonly DeviceFailure['reason'][] = [
  'module',
  'diverged',
  'graph',
  'version',
  'optimizer',
  'memory',
  'python',
];

export function isHopeless({ reason }: DeviceFailure): boolean {
  return HOPELESS.includes(reason);
}

/**
 * @param attemptsLeft how often the run is still started again from its checkpoint; 0 where it ends here.
 * @param hangAfterMs after how much silence a run is taken to hang.
 */
export function trainingFault(
  failure: DeviceFailure,
  module: string,
  attemptsLeft: number,
  hangAfterMs: number,
): Omit<Fault, 'at'> {
  const fault = faultOf(failure, module, hangAfterMs);
  return attemptsLeft > 0 ? { ...fault, hint: 'The run goes on from its last checkpoint.' } : fault;
}

function faultOf({ reason, message, subject }: DeviceFailure, module: string, hangAfterMs: number): Omit<Fault, 'at'> {
  switch (reason) {
    case 'module':
      return deployFault('BERTH5020', { module, detail: message }, subject);
    case 'graph':
      return deployFault('BERTH5034', { module, detail: message });
    case 'version':
      return deployFault('BERTH5350', { module, detail: message });
    case 'optimizer':
      return deployFault('BERTH5351', { module, detail: message });
    case 'memory':
      return deployFault('BERTH5033', { device: subject ?? '', detail: message }, subject);
    case 'python':
      return deployFault('BERTH5032', { module, detail: message });
    case 'hung':
      return deployFault(
        'BERTH5007',
        { what: `Device ${subject ?? ''}`, seconds: Math.round(hangAfterMs / 1000) },
        subject,
      );
    case 'exited':
    case 'machine':
      return deployFault('BERTH5014', { device: subject ?? '', detail: message }, subject);
    case 'diverged':
      return deployFault('BERTH5030', { detail: message });
  }
}
