import type { Look, WhatIf } from '../../../server/src/lsp/protocol.ts';

/** The same what-if looked at in another way; what is undefined is as it would be without. */
export function looking(whatIf: WhatIf, change: { readonly [K in keyof Look]: Look[K] | undefined }): WhatIf {
  const { look, ...numbers } = whatIf;
  const wanted = Object.entries({ ...look, ...change }).filter(([, value]) => value !== undefined);
  return wanted.length === 0 ? numbers : { ...numbers, look: Object.fromEntries(wanted) };
}
