import type { DeploymentAddress } from '../../../server/src/lsp/protocol.ts';
import type { BerthDocument } from '../documents.ts';

/** The same text for the same deployment on the same target. */
export function keyOf({ target, id }: DeploymentAddress): string {
  return JSON.stringify([target, id]);
}

/** The deployment that a document describes. */
export function addressOf({ target, kind, name }: BerthDocument): DeploymentAddress {
  return { target, id: `${kind}/${name}` as DeploymentAddress['id'] }; // a document that is found has one of the kinds
}

/** A target as it is written in a sentence. */
export function targetText(target: DeploymentAddress['target']): string {
  return typeof target === 'string' ? target : JSON.stringify(target);
}
