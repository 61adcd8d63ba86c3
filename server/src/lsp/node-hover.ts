/** What the engines say of a node under the pointer, waited for a moment: a hover without it is better than none. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Position } from 'vscode-languageserver-protocol';
import { selectionAt } from '../language/locate.ts';
import type { NodeFacts } from '../preview/model.ts';
import { isAbort, type Previewer } from './previewer.ts';
import type { Workspace } from './workspace.ts';

/** As long as one waits for a hover without thinking of it; what is asked again a moment later is known by then. */
const MOMENT_MS = 300;

/** @returns undefined where the pointer is on no node of a placement, or the answer takes longer. */
export async function aboutNode(
  workspace: Workspace,
  previewer: Pick<Previewer, 'about'>,
  uri: string,
  position: Position,
  signal: AbortSignal,
): Promise<NodeFacts | undefined> {
  const open = workspace.open(uri);
  const read = open && workspace.read(open);
  const selected = read && selectionAt(read, open.offsetAt(position));
  if (!selected?.selection.startsWith('node:')) return undefined;
  const part = read?.type === 'spec' ? read.spec.documents[selected.document] : workspace.placementOf(open!.path)?.part;
  if (!part) return undefined;
  const enough = new AbortController();
  const facts = previewer.about(part, {}, selected.selection.slice('node:'.length), signal).catch((error: unknown) => {
    if (!isAbort(error)) throw error;
    return null;
  });
  try {
    const moment = delay(MOMENT_MS, null, { signal: enough.signal }).catch(() => null);
    return (await Promise.race([facts, moment])) ?? undefined;
  } finally {
    enough.abort();
  }
}
