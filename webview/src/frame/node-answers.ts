import type { NodeFacts } from '../../../server/src/lsp/protocol.ts';

/** What the server answered of a node last, and what it can be asked beside the preview. */
export interface NodeAnswers {
  readonly facts: NodeFacts | null;
  readonly onAsk: (node: string) => void;
  /** Ends a search with what it has found. */
  readonly onStopSearch: () => void;
}
