/** What can go wrong with a federation, in the words that status, editor and CLI show. */
import { deployFault } from '../../../deploy-problem.ts';
import type { Fault } from '../../../types.ts';

/** Why a site dropped out of what it was asked to do. */
export class SiteFailure extends Error {
  readonly site: string;
  readonly reason: 'not-found' | 'exited' | 'hung' | 'wrong-answer' | 'machine' | 'killed' | 'silent' | 'aborted';
  /** `code 1`, `SIGKILL`: of the trainer. */
  readonly exit: string;
  constructor(site: string, reason: SiteFailure['reason'], message: string, exit = '') {
    super(message);
    this.site = site;
    this.reason = reason;
    this.exit = exit;
  }
}

/** Ends the federation: no restart would mend it. */
export class FederationFailure extends Error {
  readonly subject: string | undefined;
  constructor(message: string, subject?: string) {
    super(message);
    this.subject = subject;
  }
}

export interface FaultSettings {
  readonly command: readonly string[];
  readonly trainerSilenceMs: number;
}

/** @param goesOn whether the site is started again and the round repeated. */
export function siteFault(failure: SiteFailure, settings: FaultSettings, goesOn: boolean): Omit<Fault, 'at'> {
  const fault = faultOf(failure, settings);
  return goesOn ? { ...fault, hint: 'The site is started again, and the round is repeated.' } : fault;
}

function faultOf(
  { site, reason, message, exit }: SiteFailure,
  { command, trainerSilenceMs }: FaultSettings,
): Omit<Fault, 'at'> {
  switch (reason) {
    case 'not-found':
      return deployFault('BERTH5005', { command: command[0]!, owner: `site "${site}"` }, site);
    case 'exited':
      return deployFault('BERTH5006', { site, exit, detail: message }, site);
    case 'wrong-answer':
      return deployFault('BERTH5006', { site, exit: 'an answer that cannot be used', detail: message }, site);
    case 'hung':
      return deployFault(
        'BERTH5007',
        { what: `The trainer of "${site}"`, seconds: Math.round(trainerSilenceMs / 1000) },
        site,
      );
    case 'machine':
    case 'killed':
    case 'silent':
    case 'aborted':
      return deployFault('BERTH5018', { site, detail: message }, site);
  }
}

export function refusedFault(site: string, who: string, why: string): Omit<Fault, 'at'> {
  return deployFault('BERTH5019', { site: who, detail: why }, site);
}

export function federationFault(failure: FederationFailure): Omit<Fault, 'at'> {
  return deployFault('BERTH5031', { detail: failure.message }, failure.subject);
}
