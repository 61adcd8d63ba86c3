/** What a site is ordered to do and what it reports, as plain JSON; a target brings both across. No weights pass here. */
import { listOf, nullable, number, object, oneOf, optional, taggedBy, text, whole, type Shape } from '../../shape.ts';
import type { Member } from './links.ts';

/** Goes up when a process of another version would misread an order, or the agent its report. */
export const SITE_ORDERS_VERSION = 1;

export interface SiteSetup {
  readonly type: 'setup';
  /** Of the orders; the first agents did not say it. */
  readonly version?: number;
  /** Id of the deployment. */
  readonly job: string;
  readonly site: number;
  /** The address at which this site listens for the others. */
  readonly host: string;
  readonly names: readonly string[];
  readonly rounds: readonly (readonly (readonly number[])[])[];
  readonly rho: readonly number[];
  /** Aggregation weights p_0..p_{n-1}. */
  readonly weights: readonly number[];
  readonly command: readonly string[];
  readonly cwd: string;
  /** The site's private folder. */
  readonly folder: string;
  readonly seed: number;
  readonly trainerSilenceMs: number;
  /** The last finished round; null before the first. */
  readonly resume: { readonly round: number; readonly digest: string } | null;
}

export type SiteOrder =
  | SiteSetup
  | { readonly type: 'join'; readonly members: readonly Member[] }
  /** `from`: the last average, or the site's own weights where they took part in an attempt that was given up. */
  | {
      readonly type: 'train';
      readonly round: number;
      readonly attempt: number;
      readonly from: 'average' | 'own';
      readonly epochs: number;
    }
  | { readonly type: 'average'; readonly round: number; readonly attempt: number }
  | { readonly type: 'abort'; readonly attempt: number }
  | { readonly type: 'commit'; readonly round: number; readonly digest: string }
  | { readonly type: 'evaluate'; readonly round: number };

export interface SiteReady {
  readonly type: 'ready';
  readonly port: number;
  readonly fingerprint: string;
  /** Of the trainer's manifest: which tensors, in which order. */
  readonly manifest: string;
  /** SHA-256 of the weights that the site starts from. */
  readonly digest: string;
  readonly samples: number;
}

export type SiteReport =
  | SiteReady
  | { readonly type: 'joined' }
  /** `loss` is null where it is beyond the numbers of JSON. */
  | { readonly type: 'trained'; readonly round: number; readonly loss: number | null; readonly samples: number }
  | { readonly type: 'averaged'; readonly attempt: number; readonly digest: string }
  /** The attempt is over without a result here; `waitingFor` names those whose messages were missing. */
  | { readonly type: 'aborted'; readonly attempt: number; readonly why: string; readonly waitingFor: readonly string[] }
  | { readonly type: 'committed'; readonly round: number }
  | { readonly type: 'evaluated'; readonly round: number; readonly correct: number; readonly total: number }
  | { readonly type: 'traffic'; readonly bytesSent: number }
  | { readonly type: 'refused'; readonly who: string; readonly why: string }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'alive' }
  /** The process ends after this. */
  | {
      readonly type: 'failed';
      readonly reason: 'not-found' | 'exited' | 'hung' | 'wrong-answer' | 'machine';
      readonly message: string;
      readonly exit: string;
    };

type Order<T extends SiteOrder['type']> = Extract<SiteOrder, { type: T }>;
type Report<T extends SiteReport['type']> = Extract<SiteReport, { type: T }>;

export const siteOrder: Shape<SiteOrder> = taggedBy<SiteOrder, 'type'>('type', {
  setup: object<SiteSetup>({
    type: oneOf('setup'),
    version: optional(whole),
    job: text,
    site: whole,
    host: text,
    names: listOf(text),
    rounds: listOf(listOf(listOf(whole))),
    rho: listOf(number),
    weights: listOf(number),
    command: listOf(text),
    cwd: text,
    folder: text,
    seed: whole,
    trainerSilenceMs: number,
    resume: nullable(object<NonNullable<SiteSetup['resume']>>({ round: whole, digest: text })),
  }),
  join: object<Order<'join'>>({
    type: oneOf('join'),
    members: listOf(object<Member>({ name: text, host: text, port: whole, fingerprint: text })),
  }),
  train: object<Order<'train'>>({
    type: oneOf('train'),
    round: whole,
    attempt: whole,
    from: oneOf('average', 'own'),
    epochs: whole,
  }),
  average: object<Order<'average'>>({ type: oneOf('average'), round: whole, attempt: whole }),
  abort: object<Order<'abort'>>({ type: oneOf('abort'), attempt: whole }),
  commit: object<Order<'commit'>>({ type: oneOf('commit'), round: whole, digest: text }),
  evaluate: object<Order<'evaluate'>>({ type: oneOf('evaluate'), round: whole }),
});

export const siteReport: Shape<SiteReport> = taggedBy<SiteReport, 'type'>('type', {
  ready: object<SiteReady>({
    type: oneOf('ready'),
    port: whole,
    fingerprint: text,
    manifest: text,
    digest: text,
    samples: whole,
  }),
  joined: object<Report<'joined'>>({ type: oneOf('joined') }),
  trained: object<Report<'trained'>>({ type: oneOf('trained'), round: whole, loss: nullable(number), samples: whole }),
  averaged: object<Report<'averaged'>>({ type: oneOf('averaged'), attempt: whole, digest: text }),
  aborted: object<Report<'aborted'>>({ type: oneOf('aborted'), attempt: whole, why: text, waitingFor: listOf(text) }),
  committed: object<Report<'committed'>>({ type: oneOf('committed'), round: whole }),
  evaluated: object<Report<'evaluated'>>({ type: oneOf('evaluated'), round: whole, correct: whole, total: whole }),
  traffic: object<Report<'traffic'>>({ type: oneOf('traffic'), bytesSent: whole }),
  refused: object<Report<'refused'>>({ type: oneOf('refused'), who: text, why: text }),
  log: object<Report<'log'>>({ type: oneOf('log'), line: text }),
  alive: object<Report<'alive'>>({ type: oneOf('alive') }),
  failed: object<Report<'failed'>>({
    type: oneOf('failed'),
    reason: oneOf('not-found', 'exited', 'hung', 'wrong-answer', 'machine'),
    message: text,
    exit: text,
  }),
});
