import type { NodeFacts } from '../../../server/src/lsp/protocol.ts';

/** What the server answered of a node last, and the way to ask it of another. */
export interface NodeAnswers {
  readonly facts: NodeFacts | null;
  readonly onAsk: (node: string) => void;
}
