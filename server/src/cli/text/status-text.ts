/** The live state of one deployment as text. */
import type { Live } from '../../deploy/live.ts';
import type { Kind } from '../../spec/types.ts';
import { inTerminal } from '../kinds.ts';
import type { Paint } from '../terminal.ts';
import { INCOMPLETE, stateWord, summaryBeside } from './plan-text.ts';

export function statusText(
  { status, drift, complete }: Pick<Live, 'status' | 'drift' | 'complete'>,
  paint: Paint,
  width: number,
): string[] {
  const lines = [
    `${paint.bold(status.id)} revision ${status.revision}  ${stateWord(status.phase, paint)}`,
    summaryBeside(status),
    '',
  ];
  lines.push(...inTerminal<Kind>(status.kind).status(status, width));
  if (drift.length > 0) lines.push('', ...drift.map(({ text }) => `${paint.yellow('≠')} ${text}`));
  if (!complete) lines.push('', paint.dim(INCOMPLETE));
  for (const fault of status.faults.slice(0, 5)) {
    lines.push(
      '',
      `${paint.red(fault.code)} ${fault.subject === undefined ? '' : `${fault.subject}: `}${fault.message}`,
      `  ${fault.hint}`,
    );
  }
  return lines;
}
