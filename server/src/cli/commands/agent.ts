import type { Targets } from '../../deploy/registry.ts';
import { EXIT } from '../exit-code.ts';
import type { Session } from '../session.ts';

export const AGENT_ACTIONS = ['status', 'stop', 'restart'] as const;
export type AgentAction = (typeof AGENT_ACTIONS)[number];

/**
 * The daemon behind the target `local`: whether one runs, its end with all that it runs, or its exchange for one of this version, while
 * replicas go on. Deployments stay known and go on when it is next needed.
 */
export async function agent(session: Session, targets: Targets, action: AgentAction): Promise<number> {
  const { daemon } = targets.get('local');
  const running = await daemon?.running();
  if (action === 'stop' && running) await daemon?.stop();
  const now = action === 'restart' && running ? await daemon?.restart() : running;
  if (session.format === 'json') session.json({ agent: action === 'stop' ? null : (now ?? null) });
  else if (!running) session.print(['No agent is running; the next apply starts one.']);
  else if (action === 'stop')
    session.print(['The agent has ended, with all that it ran. What is deployed goes on when it is next needed.']);
  else if (action === 'restart')
    session.print([`The agent runs as process ${now?.pid ?? running.pid} now, and goes on with what is deployed.`]);
  else session.print([`The agent runs as process ${running.pid}.`]);
  return EXIT.ok;
}
