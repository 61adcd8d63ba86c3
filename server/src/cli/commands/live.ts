/** The commands about what is live: status, watch, cancel, roll back, delete, logs. */
import { planDelete, readAndPlanRollback } from '../../deploy/plan/plan.ts';
import type { Live } from '../../deploy/live.ts';
import type { Targets } from '../../deploy/registry.ts';
import type { DeployTarget, LogOptions, Watched } from '../../deploy/target.ts';
import { logText } from '../../deploy/log-text.ts';
import { addressKey } from '../../deploy/target-ref.ts';
import type { TargetRef } from '../../deploy/target-ref.ts';
import type { DeploymentId } from '../../deploy/types.ts';
import { isSpecKind } from '../../spec/kinds.ts';
import { TARGETS } from '../../spec/types.ts';
import { readSpecFile } from '../../spec/spec-file.ts';
import { EXIT } from '../exit-code.ts';
import { readText, type Session } from '../session.ts';
import { liveText } from '../text/plan-text.ts';
import { statusText } from '../text/status-text.ts';
import { carryOut } from './apply.ts';
import { printableLog } from '../text/printable.ts';
import { planned } from './plan.ts';
import { problemError } from '../../spec/problems/problem-error.ts';

/** Where to look: for all of it, or for what a file or an id names. A file says itself which target it means. */
export interface Where {
  readonly target?: TargetRef;
}

/** What is deployed: all of it, or what a file or an id names. */
export async function status(
  session: Session,
  targets: Targets,
  what: string | undefined,
  where: Where,
): Promise<number> {
  const live = what === undefined ? await targetOf(targets, where).list() : await named(session, targets, what, where);
  const asked = new Set([targetOf(targets, where), ...live.map(({ target }) => targets.get(target))]);
  const notices = (await Promise.all([...asked].map(async (target) => (await target.notices?.()) ?? []))).flat();
  if (session.format === 'json') session.json(live.map(entryOf));
  else {
    if (what === undefined) session.print(liveText(live, session.paint, session.width));
    else
      session.print(
        live.flatMap((entry, i) => [...(i > 0 ? [''] : []), ...statusText(entry, session.paint, session.width)]),
      );
    for (const notice of notices) session.warn(notice);
  }
  return live.some((entry) => entry.status.phase === 'failed') ? EXIT.problems : EXIT.ok;
}

function entryOf({ id, target, revision, status: now, revisions, origin, drift, reached, complete }: Live): unknown {
  return { id, revision, revisions, status: now, target, origin, drift, reached, complete };
}

/** Follows the status of one deployment until it has completed or failed, or Ctrl-C. JSON is one status a line. */
export async function watch(session: Session, targets: Targets, what: string, where: Where): Promise<number> {
  const live = await one(session, targets, what, where);
  let drawn = 0;
  let said = '';
  let failed = false;
  for await (const heard of targets.get(live.target).watch(live.id, { signal: session.signal })) {
    const { status: now, freshness } = heard;
    if (session.format === 'json') session.out.write(`${JSON.stringify({ ...now, freshness })}\n`);
    else if (session.out.isTTY) {
      const lines = [
        ...(now ? statusText({ status: now, drift: [], complete: true }, session.paint, session.width) : []),
        ...freshnessText(heard, session.paint),
      ];
      if (drawn > 0) session.out.write(`\u001b[${drawn}A\u001b[J`);
      session.print(lines);
      drawn = lines.length;
    } else {
      const line = freshnessText(heard, session.paint)[0] ?? now?.summary ?? '';
      if (line !== said) session.print([(said = line)]);
    }
    failed = now?.phase === 'failed';
    if (freshness.state === 'fresh' && (now?.phase === 'completed' || failed)) break;
  }
  if (session.interrupted) return EXIT.interrupted;
  return failed ? EXIT.problems : EXIT.ok;
}

/** What is to be said of a status that may be old; nothing of one that is new. */
function freshnessText({ freshness }: Watched, paint: Session['paint']): string[] {
  if (freshness.state === 'fresh') return [];
  const since = new Date(freshness.since).toLocaleTimeString();
  return [
    paint.yellow(
      freshness.state === 'stale' ? `nothing was heard since ${since}` : `lost since ${since}: ${freshness.why}`,
    ),
  ];
}

/** Ends what is being applied, whoever began it. JSON is `[{deployment, cancelled}]`. */
export async function cancel(session: Session, targets: Targets, what: string, where: Where): Promise<number> {
  const live = await named(session, targets, what, where);
  const ended = await Promise.all(
    live.map(async ({ id, target }) => ({ deployment: id, cancelled: await targets.get(target).cancel(id) })),
  );
  if (session.format === 'json') session.json(ended);
  else
    session.print(
      ended.map(({ deployment, cancelled }) =>
        cancelled
          ? `${deployment}: the apply under way is cancelled; apply again to go on, or roll back.`
          : `${deployment}: nothing is being applied.`,
      ),
    );
  return EXIT.ok;
}

/** Goes back to an earlier revision, through a plan; without a number to the one before. */
export async function rollback(
  session: Session,
  targets: Targets,
  what: string,
  options: Where & { readonly to?: number; readonly yes: boolean },
): Promise<number> {
  const live = await one(session, targets, what, options);
  const known = live.revisions.map((entry) => entry.revision);
  const to = options.to ?? known.filter((revision) => revision < live.revision).at(-1);
  if (to === undefined) throw problemError('BERTH5011', { id: live.id, revision: 0, known });
  const target = targets.get(live.target);
  return carryOut(session, targets, [planned(await readAndPlanRollback(target, live.id, to))], options);
}

export async function remove(
  session: Session,
  targets: Targets,
  what: string,
  options: Where & { readonly yes: boolean },
): Promise<number> {
  const live = await named(session, targets, what, options);
  const plans = live.map(async (entry) => planDelete(entry, await targets.get(entry.target).identify()));
  return carryOut(session, targets, await Promise.all(plans), options);
}

export interface LogsOptions extends Where, Pick<LogOptions, 'subject' | 'since' | 'follow'> {
  readonly tail: number;
}

/** The last lines that a deployment wrote, and with `follow` those that come, until Ctrl-C. JSON is a list, with `follow` one line a line. */
export async function logs(session: Session, targets: Targets, what: string, options: LogsOptions): Promise<number> {
  const live = await one(session, targets, what, options);
  const { tail, subject, since, follow = false } = options;
  const lines = targets.get(live.target).logs(live.id, {
    tail,
    follow,
    ...(follow && { signal: session.signal }),
    ...(subject !== undefined && { subject }),
    ...(since !== undefined && { since }),
  });
  const all: string[] = [];
  for await (const line of lines) {
    const text = logText(line);
    if (!follow) all.push(text);
    else session.out.write(`${session.format === 'json' ? JSON.stringify(text) : printableLog(text)}\n`);
  }
  if (session.format === 'json' && !follow) session.json(all);
  else if (all.length > 0) session.out.write(`${all.map(printableLog).join('\n')}\n`);
  return session.interrupted ? EXIT.interrupted : EXIT.ok;
}

function targetOf(targets: Targets, { target = TARGETS[0] }: Where): DeployTarget {
  return targets.get(target);
}

async function one(session: Session, targets: Targets, what: string, where: Where): Promise<Live> {
  const [first] = await named(session, targets, what, where);
  if (!first) throw new Error('named() never returns nothing');
  return first;
}

/** The deployments that `Kind/name`, a name alone or a spec file means; at least one. */
async function named(session: Session, targets: Targets, what: string, where: Where): Promise<Live[]> {
  const all = await targetOf(targets, where).list();
  const byName = all.filter((live) => live.id === what || live.id.split('/')[1] === what);
  if (byName.length > 0) return byName;
  if (!/\.ya?ml$/.test(what)) throw problemError('BERTH5021', { id: what, known: all.map((live) => live.id) });
  const read = await readText(session, what);
  const wanted = readSpecFile(read.text, { uri: read.path }).documents.flatMap(({ kind, name, target }) =>
    name !== undefined && isSpecKind(kind) ? [{ id: `${kind}/${name}` satisfies DeploymentId, target }] : [],
  );
  if (wanted.length === 0)
    throw problemError(
      'BERTH1030',
      { file: read.shown, wanted: 'no document with a kind and a name', has: [] },
      { exitCode: EXIT.usage },
    );
  const keys = new Set(wanted.map(addressKey));
  const there = (
    await Promise.all([...new Set(wanted.map(({ target }) => targets.get(target)))].map((target) => target.list()))
  ).flat();
  const found = there.filter((live) => keys.has(addressKey(live)));
  if (found.length > 0) return found;
  throw problemError('BERTH5021', { id: wanted.map(({ id }) => id).join(', '), known: there.map((live) => live.id) });
}
