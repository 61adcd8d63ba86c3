/** The commands about what is live: status, watch, roll back, delete, logs. */
import { planDelete, readAndPlanRollback } from '../../deploy/plan/plan.ts';
import { deployProblem } from '../../deploy/deploy-problem.ts';
import type { DeployTarget, DeploymentId, Live } from '../../deploy/types.ts';
import { KINDS } from '../../spec/types.ts';
import { readSpecFile } from '../../spec/spec-file.ts';
import { EXIT } from '../exit-code.ts';
import { commandProblem, readText, type Session } from '../session.ts';
import { liveText } from '../text/plan-text.ts';
import { statusText } from '../text/status-text.ts';
import { carryOut } from './apply.ts';
import { planned } from './plan.ts';

/** What is deployed: all of it, or what a file or an id names. */
export async function status(session: Session, target: DeployTarget, what: string | undefined): Promise<number> {
  const live = what === undefined ? await target.list() : await named(session, target, what);
  const notices = (await target.notices?.()) ?? [];
  if (session.format === 'json') session.json(live.map(entryOf));
  else {
    if (what === undefined) session.print(liveText(live, session.paint, session.width));
    else
      session.print(
        live.flatMap((entry, i) => [...(i > 0 ? [''] : []), ...statusText(entry.status, session.paint, session.width)]),
      );
    for (const notice of notices) session.warn(notice);
  }
  return live.some((entry) => entry.status.phase === 'failed') ? EXIT.problems : EXIT.ok;
}

function entryOf({ id, revision, status: now, revisions }: Live): unknown {
  return { id, revision, revisions, status: now };
}

/** Follows the status of one deployment until it has completed or failed, or Ctrl-C. JSON is one status a line. */
export async function watch(session: Session, target: DeployTarget, what: string): Promise<number> {
  const [live] = await named(session, target, what);
  if (!live) throw new Error('named() never returns nothing');
  let drawn = 0;
  let said = '';
  let failed = false;
  for await (const now of target.watch(live.id, session.signal)) {
    if (session.format === 'json') session.out.write(`${JSON.stringify(now)}\n`);
    else if (session.out.isTTY) {
      const lines = statusText(now, session.paint, session.width);
      if (drawn > 0) session.out.write(`\u001b[${drawn}A\u001b[J`);
      session.print(lines);
      drawn = lines.length;
    } else if (now.summary !== said) session.print([(said = now.summary)]);
    failed = now.phase === 'failed';
    if (now.phase === 'completed' || failed) break;
  }
  if (session.interrupted) return EXIT.interrupted;
  return failed ? EXIT.problems : EXIT.ok;
}

/** Goes back to an earlier revision, through a plan; without a number to the one before. */
export async function rollback(
  session: Session,
  target: DeployTarget,
  what: string,
  options: { readonly to?: number; readonly yes: boolean },
): Promise<number> {
  const [live] = await named(session, target, what);
  const known = live!.revisions.map((entry) => entry.revision);
  const to = options.to ?? known.filter((revision) => revision < live!.revision).at(-1);
  if (to === undefined) throw deployProblem('BERTH5011', { id: live!.id, revision: 0, known });
  return carryOut(session, target, [planned(await readAndPlanRollback(target, live!.id, to))], options);
}

export async function remove(
  session: Session,
  target: DeployTarget,
  what: string,
  options: { readonly yes: boolean },
): Promise<number> {
  const live = await named(session, target, what);
  return carryOut(session, target, live.map(planDelete), options);
}

export async function logs(session: Session, target: DeployTarget, what: string, tail: number): Promise<number> {
  const [live] = await named(session, target, what);
  const lines = await target.logs(live!.id, { tail });
  if (session.format === 'json') session.json(lines);
  else if (lines.length > 0) session.print(lines);
  return EXIT.ok;
}

/** The deployments that `Kind/name`, a name alone or a spec file means; at least one. */
async function named(session: Session, target: DeployTarget, what: string): Promise<Live[]> {
  const all = await target.list();
  const byName = all.filter((live) => live.id === what || live.id.split('/')[1] === what);
  if (byName.length > 0) return byName;
  const known = all.map((live) => live.id);
  if (!/\.ya?ml$/.test(what)) throw deployProblem('BERTH5021', { id: what, known });
  const read = readText(what);
  const wanted = readSpecFile(read.text, { uri: read.path, files: session.files }).documents.flatMap(
    ({ kind, name }) => (name !== undefined && isSpecKind(kind) ? [`${kind}/${name}` as DeploymentId] : []),
  );
  const found = all.filter((live) => wanted.includes(live.id));
  if (found.length > 0) return found;
  if (wanted.length === 0)
    throw commandProblem(
      'BERTH1030',
      { file: read.shown, wanted: 'no document with a kind and a name', has: [] },
      EXIT.usage,
    );
  throw deployProblem('BERTH5021', { id: wanted.join(', '), known });
}

function isSpecKind(kind: string | undefined): boolean {
  return (KINDS as readonly (string | undefined)[]).includes(kind);
}
