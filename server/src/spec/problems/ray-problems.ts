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
  BERTH5503: entry<{ key: string; job: string; target: string }>({
    severity: 'warning',
    title: 'Said for another target',
    message: (p) => `"${p.key}" of job "${p.job}" means nothing to the target "${p.target}".`,
    hint: 'Remove it, or choose the target that it is for.',
    example: { key: 'serve.command', job: 'search-images', target: 'ray' },
  }),
  BERTH5504: entry<{ application: string }>({
    severity: 'error',
    title: 'Two write at once',
    message: (p) =>
      `Somebody else writes the applications of the cluster at the same time: "${p.application}" is not as it was put.`,
    hint: 'Have one write at a time, and apply again.',
    example: { application: 'berth.vision.search-images' },
  }),
  BERTH5505: entry<{ application: string }>({
    severity: 'error',
    title: 'Application of another lost',
    message: (p) =>
      `The application "${p.application}" was put by somebody else between being read and written: Ray, which keeps no versions, is deleting it.`,
    hint: 'Have its owner put it again; then apply again.',
    example: { application: 'recommender' },
  }),
  BERTH5506: entry<{ application: string }>({
    severity: 'error',
    title: 'Application does not go',
    message: (p) =>
      `The application "${p.application}" is still being deleted, or says nothing of itself: nothing was put.`,
    hint: 'See in the dashboard what its replicas still do, and apply again.',
    example: { application: 'berth.vision.search-images' },
  }),
  BERTH5507: entry<{ job: string; application: string; words: string }>({
    severity: 'error',
    title: 'Application does not come up',
    message: (p) => sentence(`The application "${p.application}" of job "${p.job}" does not come up: ${p.words}`),
    hint: 'Read its log, mend it and apply again, or go back to the revision before.',
    example: {
      job: 'search-images',
      application: 'berth.vision.search-images',
      words: 'RuntimeError: the model file model.bin is not there',
    },
  }),
  BERTH5508: entry<{ job: string; running: number; wanted: number; words: string }>({
    severity: 'warning',
    title: 'Replicas wait',
    message: (p) => sentence(`${p.running} of ${p.wanted} replicas of "${p.job}" answer: ${p.words}`),
    hint: 'Free what it names, add nodes, or ask for less.',
    example: { job: 'search-images', running: 3, wanted: 4, words: 'no node has 2 CPUs free' },
  }),
  BERTH5509: entry<{ job: string; words: string }>({
    severity: 'error',
    title: 'Application is not well',
    message: (p) => sentence(`Job "${p.job}" is not well: ${p.words}`),
    hint: 'Ray starts replicas anew by itself; read its log if it stays so.',
    example: { job: 'search-images', words: 'a replica died' },
  }),
  BERTH5510: entry<{ application: string }>({
    severity: 'error',
    title: 'Application is shown veiled',
    message: (p) =>
      `Ray shows the variables of the application "${p.application}" only as "<redacted>": put back so they would be lost, and nothing was put.`,
    hint: 'Let target.ray.address name the dashboard itself: a proxy before it makes Ray take Berth for a browser.',
    example: { application: 'recommender' },
  }),
};
