/** What the process of a device is ordered to do and what it reports, as plain JSON; a target brings both across. */
import type { ExecutionPlan } from './execution-plan.ts';
import type { Address } from './tensor-exchange.ts';

export interface DeviceSetup {
  readonly type: 'setup';
  readonly device: number;
  /** The address at which this device listens for the others. */
  readonly host: string;
  readonly plan: ExecutionPlan;
  /** Absolute path of the training module. */
  readonly module: string;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Hex; never in arguments or environments, which others can read. */
  readonly token: string;
  /** Folder of the checkpoint to go on from; null for a new run. */
  readonly resume: string | null;
}

export type DeviceOrder =
  | DeviceSetup
  | { readonly type: 'connect'; readonly addresses: readonly Address[] }
  | { readonly type: 'step'; readonly step: number }
  | { readonly type: 'checkpoint'; readonly step: number; readonly path: string };

export type DeviceReport =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'connected' }
  /** Sent now and then between nodes of a long step: the process is alive. */
  | { readonly type: 'alive'; readonly step: number }
  | {
      readonly type: 'done';
      readonly step: number;
      /** `loss` in decimal digits, NaN or Infinity, none of which JSON's numbers could carry. */
      readonly losses: readonly {
        readonly node: number;
        readonly loss: string;
        readonly correct: number;
        readonly count: number;
      }[];
      readonly busyUs: number;
      readonly forwardEndUs: number;
      readonly endUs: number;
      readonly bytesSent: number;
    }
  | { readonly type: 'checkpointed'; readonly step: number }
  /** The process ends after this. `module`: the user's module is at fault; `machine`: anything else. */
  | {
      readonly type: 'failed';
      readonly blame: 'module' | 'machine';
      readonly message: string;
      readonly node: string | null;
    };
