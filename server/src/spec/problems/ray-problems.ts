/** BERTH55xx: what can go wrong with a Ray cluster. What the cluster itself said is quoted, as one line. */
import { entry, sentence } from './entry.ts';

export const RAY_PROBLEMS = {
  BERTH5500: entry<{ address: string; detail: string }>({
    severity: 'error',
    title: 'Ray out of reach',
    message: (p) => sentence(`The Ray dashboard at ${p.address} does not answer: ${p.detail}`),
    hint: 'Start the cluster, or correct target.ray.address; what was accepted goes on by itself.',
    example: { address: 'http://127.0.0.1:8265', detail: 'connection refused' },
  }),
  BERTH5501: entry<{ address: string; what: string; status: number; words: string }>({
    severity: 'error',
    title: 'Ray refuses',
    message: (p) => sentence(`Ray at ${p.address} answered ${p.status} when asked to ${p.what}: ${p.words}`),
    hint: 'Mend what it names; its own log says more.',
    example: {
      address: 'http://127.0.0.1:8265',
      what: 'take the applications',
      status: 400,
      words: '1 validation error for ServeDeploySchema',
    },
  }),
  BERTH5502: entry<{ address: string; what: string; detail: string }>({
    severity: 'error',
    title: "No answer of Ray's",
    message: (p) => sentence(`What ${p.address} answered when asked to ${p.what} is not what Ray answers: ${p.detail}`),
    hint: 'Let target.ray.address name the dashboard itself, no page before it; Ray 2.60 is what Berth knows.',
    example: { address: 'http://127.0.0.1:8265', what: 'say its version', detail: 'it is a page of HTML' },
  }),
};
