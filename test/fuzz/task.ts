/** What a campaign and its threads agree on. */
export interface Task {
  readonly target: string;
  readonly seed: number;
  readonly inputs: number;
  readonly ms: number;
}

/** Shared with the campaign: the number of the input, its length, whether it is text; then its bytes. */
export const HEAD_WORDS = 4;
export const SHARED_BYTES = 4 * HEAD_WORDS + 1_000_000;
