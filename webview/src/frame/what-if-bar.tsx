import type { Preview, WhatIf } from '../../../server/src/lsp/protocol.ts';
import { amount, bandwidth, bareAmount, bytes, count, counted, duration } from '../drawing/figures.ts';

/** What is asked beyond the text, in words, with the two ways out: write it into the text, or drop it. */
export function WhatIfBar(props: { whatIf: WhatIf; base: Preview | null; onKeep: () => void; onDiscard: () => void }) {
  return (
    <div class="what-if" role="status">
      <span class="what-if-words">
        <b>What if</b> {whatIfWords(props.whatIf, props.base)}?
      </span>
      <vscode-button onClick={props.onKeep}>Keep</vscode-button>
      <vscode-button secondary onClick={props.onDiscard}>
        Discard
      </vscode-button>
    </div>
  );
}

export function whatIfWords(whatIf: WhatIf, base: Preview | null): string {
  const words: string[] = [];
  const cluster = base?.kind === 'InferenceCluster' ? base : null;
  if (whatIf.capacityReplicas !== undefined) {
    const unit = cluster?.capacity.unit ?? 'replicas';
    const before = cluster === null ? '' : `${bareAmount(cluster.capacity.replicas, unit)} → `;
    words.push(`capacity ${before}${amount(whatIf.capacityReplicas, unit)}`);
  }
  for (const [name, ms] of Object.entries(whatIf.sloMs ?? {})) {
    const before = cluster?.jobs.find((job) => job.name === name);
    words.push(`${name}: SLO ${before === undefined ? '' : `${duration(before.sloMs)} → `}${duration(ms)}`);
  }
  const placement = base !== null && 'deviceGroups' in base ? base : null;
  for (const [name, tried] of Object.entries(whatIf.devices ?? {})) {
    const before = placement?.deviceGroups.find((group) => group.name === name);
    const was = (text: string | undefined): string => (text === undefined ? '' : `${text} → `);
    if (tried.count !== undefined)
      words.push(`${name}: ${was(before && count(before.devices.length))}${counted(tried.count, 'device')}`);
    if (tried.memoryBytes !== undefined)
      words.push(`${name}: memory ${was(before && bytes(before.memoryBytes))}${bytes(tried.memoryBytes)}`);
  }
  if (whatIf.bandwidth !== undefined) {
    const before = placement === null ? '' : `${bandwidth(placement.link.bandwidth)} → `;
    words.push(`link ${before}${bandwidth(whatIf.bandwidth)}`);
  }
  if (whatIf.algorithm !== undefined)
    words.push(`algorithm ${placement === null ? '' : `${placement.algorithm} → `}${whatIf.algorithm}`);
  const pins = Object.entries(whatIf.pins ?? {});
  for (const [node, device] of pins.slice(0, 2)) words.push(`${node} on ${device}`);
  for (const node of (whatIf.unpinned ?? []).slice(0, 2)) words.push(`${node} without its pin`);
  if ((whatIf.unpinned ?? []).length > 2)
    words.push(`${counted((whatIf.unpinned ?? []).length - 2, 'more node')} unpinned`);
  if (pins.length > 2) words.push(`${counted(pins.length - 2, 'more node')} pinned`);
  return words.join(', ');
}
