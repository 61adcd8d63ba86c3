/** What the process of a device is ordered to do and what it reports, as plain JSON; a target brings both across. */
import {
  listOf,
  mapOf,
  nullable,
  number,
  object,
  oneOf,
  optional,
  taggedBy,
  text,
  trusted,
  whole,
  type Shape,
} from '../../shape.ts';
import type { ExecutionPlan, PlannedNode } from './execution-plan.ts';
import type { OpSettings } from './module.ts';
import type { TrainingMemory } from '../../../spec/types.ts';
import type { KnownModule } from '../../types.ts';
import type { Address } from './tensor-exchange.ts';

/** Goes up when a process of another version would misread an order, or the agent its report. */
export const DEVICE_ORDERS_VERSION = 1;

export interface DeviceSetup {
  readonly type: 'setup';
  /** Of the orders; the first agents did not say it. */
  readonly version?: number;
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
  /** Bytes that the device has; what keeps no limit is not told one. */
  readonly memory?: number;
  /** By what a PyTorch module is known again; absent where its graph does not say. */
  readonly profile?: KnownModule;
  /** What memory is planned for; absent where the spec does not say. */
  readonly optimizer?: NonNullable<TrainingMemory['optimizer']>;
}

export type DeviceOrder =
  | DeviceSetup
  | { readonly type: 'connect'; readonly addresses: readonly Address[] }
  | { readonly type: 'step'; readonly step: number }
  | { readonly type: 'checkpoint'; readonly step: number; readonly path: string };

export const BLAMES = ['module', 'graph', 'version', 'optimizer', 'memory', 'python', 'lost', 'machine'] as const;
export type Blame = (typeof BLAMES)[number];

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
      /** At its worst moment, of the step after which it was measured. */
      readonly peakBytes?: number;
    }
  | { readonly type: 'checkpointed'; readonly step: number }
  /**
   * The process ends after this. `module`: the user's module is at fault; `graph`: the plan is of another module; `version`: of another version of it; `optimizer`: it trains with another than planned; `memory`: the device is too small;
   * `python`: this Python cannot run it; `lost`: another device is gone, which whoever started it will say; `machine`: anything else.
   */
  | {
      readonly type: 'failed';
      readonly blame: Blame;
      readonly message: string;
      readonly node: string | null;
    };

export const knownModule: Shape<KnownModule> = object<KnownModule>({
  way: oneOf('export', 'fx', 'hooks'),
  fingerprint: text,
  torch: optional(text),
  inputs: optional(listOf(text)),
});

const anything: Shape<unknown> = () => undefined;
const plan = object<ExecutionPlan>({
  devices: listOf(text),
  nodes: listOf(
    object<PlannedNode>({
      name: text,
      device: whole,
      op: trusted<OpSettings>(mapOf(anything)),
      inputs: listOf(whole),
      outputs: listOf(whole),
    }),
  ),
  edges: listOf(object<ExecutionPlan['edges'][number]>({ from: whole, to: whole })),
});

type Order<T extends DeviceOrder['type']> = Extract<DeviceOrder, { type: T }>;
type Report<T extends DeviceReport['type']> = Extract<DeviceReport, { type: T }>;

export const deviceOrder: Shape<DeviceOrder> = taggedBy<DeviceOrder, 'type'>('type', {
  setup: object<DeviceSetup>({
    type: oneOf('setup'),
    version: optional(whole),
    device: whole,
    host: text,
    plan,
    module: text,
    batchSize: whole,
    learningRate: number,
    token: text,
    resume: nullable(text),
    memory: optional(number),
    profile: optional(knownModule),
    optimizer: optional(oneOf('sgd', 'momentum', 'adam', 'adamw')),
  }),
  connect: object<Order<'connect'>>({
    type: oneOf('connect'),
    addresses: listOf(object<Address>({ host: text, port: whole })),
  }),
  step: object<Order<'step'>>({ type: oneOf('step'), step: whole }),
  checkpoint: object<Order<'checkpoint'>>({ type: oneOf('checkpoint'), step: whole, path: text }),
});

export const deviceReport: Shape<DeviceReport> = taggedBy<DeviceReport, 'type'>('type', {
  listening: object<Report<'listening'>>({ type: oneOf('listening'), port: whole }),
  connected: object<Report<'connected'>>({ type: oneOf('connected') }),
  alive: object<Report<'alive'>>({ type: oneOf('alive'), step: whole }),
  done: object<Report<'done'>>({
    type: oneOf('done'),
    step: whole,
    losses: listOf(
      object<Report<'done'>['losses'][number]>({ node: whole, loss: text, correct: number, count: number }),
    ),
    busyUs: number,
    forwardEndUs: number,
    endUs: number,
    bytesSent: whole,
    peakBytes: optional(whole),
  }),
  checkpointed: object<Report<'checkpointed'>>({ type: oneOf('checkpointed'), step: whole }),
  failed: object<Report<'failed'>>({
    type: oneOf('failed'),
    blame: oneOf(...BLAMES),
    message: text,
    node: nullable(text),
  }),
});
