/** BERTH5xxx: what can go wrong between a plan and what runs. */
import { count, entry, list, sentence } from './entry.ts';

export const DEPLOY_PROBLEMS = {
  BERTH5001: entry<{ detail: string }>({
    severity: 'error',
    title: 'Agent out of reach',
    message: (p) => sentence(`The Berth agent does not answer: ${p.detail}`),
    hint: 'Try again: the agent is started on demand and picks up where it was.',
    example: { detail: 'no answer in 5 s' },
  }),
  BERTH5002: entry<{ port: number; what: string }>({
    severity: 'error',
    title: 'Port taken',
    message: (p) => `Port ${p.port} for ${p.what} is taken by another program.`,
    hint: 'End that program, or let Berth choose a free port.',
    example: { port: 8080, what: 'the router of "search-images"' },
  }),
  BERTH5003: entry<{ path: string }>({
    severity: 'error',
    title: 'Disk full',
    message: (p) => `The disk is full: "${p.path}" could not be written.`,
    hint: 'Free some space and apply again; nothing was lost.',
    example: { path: 'state/deployments.json' },
  }),
  BERTH5004: entry<{ id: string; detail: string }>({
    severity: 'error',
    title: 'Plan is stale',
    message: (p) => sentence(`The plan for ${p.id} no longer fits what is live: ${p.detail}`),
    hint: 'Make a new plan.',
    example: { id: 'InferenceCluster/vision', detail: 'revision 3 was applied since' },
  }),
  BERTH5005: entry<{ command: string; owner: string }>({
    severity: 'error',
    title: 'Command not found',
    message: (p) => `"${p.command}", the command of ${p.owner}, cannot be started: there is no such program.`,
    hint: 'Correct the command, or put the program on the PATH of the agent.',
    example: { command: 'pyton3', owner: 'job "search-images"' },
  }),
  BERTH5006: entry<{ site: string; exit: string; detail: string }>({
    severity: 'error',
    title: 'Trainer ended',
    message: (p) => sentence(`The trainer of "${p.site}" ended with ${p.exit}${p.detail ? `: ${p.detail}` : ''}`),
    hint: 'Read its log, mend the trainer and apply again: finished rounds are kept.',
    example: { site: 'north', exit: 'code 1', detail: 'cannot open data/north.csv' },
  }),
  BERTH5007: entry<{ what: string; seconds: number }>({
    severity: 'error',
    title: 'No sign of life',
    message: (p) => `${p.what} gave no sign of life for ${count(p.seconds, 'second')}.`,
    hint: 'It was ended; read its log and apply again.',
    example: { what: 'The trainer of "north"', seconds: 120 },
  }),
  BERTH5008: entry<{ job: string; times: number; detail: string }>({
    severity: 'error',
    title: 'Replica keeps dying',
    message: (p) => sentence(`A replica of "${p.job}" died ${count(p.times, 'time')} in a row: ${p.detail}`),
    hint: 'Read its log; it is tried again ever more slowly.',
    example: { job: 'search-images', times: 5, detail: 'exit code 1' },
  }),
  BERTH5009: entry<{ action: string }>({
    severity: 'error',
    title: 'Workspace not trusted',
    message: (p) => `${p.action} needs a trusted workspace, and this one is not.`,
    hint: 'Trust the workspace first; everything that only reads works without.',
    example: { action: 'Apply' },
  }),
  BERTH5010: entry<{ id: string; owner: string }>({
    severity: 'error',
    title: 'Owned by another file',
    message: (p) => `${p.id} was deployed from "${p.owner}".`,
    hint: 'Change metadata.name, or delete the deployment from that file first.',
    example: { id: 'InferenceCluster/vision', owner: 'other/vision.berth.yaml' },
  }),
  BERTH5011: entry<{ id: string; revision: number; known: readonly number[] }>({
    severity: 'error',
    title: 'Unknown revision',
    // Revisions count from 1: 0 is the one before the first.
    message: (p) =>
      p.revision < 1 && p.known.length === 1
        ? `${p.id} has no earlier revision to go back to.`
        : `${p.id} has no revision ${p.revision}.`,
    hint: (p) =>
      p.known.length === 0
        ? 'It has not been applied yet.'
        : p.revision < 1 && p.known.length === 1
          ? 'Apply a changed spec first: each apply makes a revision.'
          : `Use one of ${p.known.join(', ')}.`,
    example: { id: 'InferenceCluster/vision', revision: 9, known: [1, 2, 3] },
  }),
  BERTH5012: entry<{ key: string; owner: string; target: string }>({
    severity: 'error',
    title: 'Nothing to run',
    message: (p) =>
      `${p.owner} says nothing that the target "${p.target}" can run, so it can be previewed but not applied.`,
    hint: (p) => `Add "${p.key}".`,
    example: { key: 'serve.command', owner: 'Job "search-images"', target: 'local' },
  }),
  BERTH5013: entry<{ errors: number; first: string }>({
    severity: 'error',
    title: 'Spec has errors',
    message: (p) => sentence(`The document has ${count(p.errors, 'error')}; the first: ${p.first}`),
    hint: 'Mend the errors and try again.',
    example: { errors: 2, first: '"slo" lacks the key "latency".' },
  }),
  BERTH5014: entry<{ device: string; detail: string }>({
    severity: 'error',
    title: 'Device worker failed',
    message: (p) => sentence(`The worker of device "${p.device}" failed: ${p.detail}`),
    hint: 'Read its log, mend the module and apply again.',
    example: { device: 'gpu0', detail: 'exit code 1' },
  }),
  BERTH5015: entry<{ path: string }>({
    severity: 'error',
    title: 'No permission',
    message: (p) => `"${p.path}" may not be written.`,
    hint: 'Give your user the permission, or set another state folder.',
    example: { path: 'state' },
  }),
  BERTH5016: entry<{ agent: string; here: string; newer: boolean }>({
    severity: 'error',
    title: 'Agent of another version',
    message: (p) => `The agent that runs is Berth ${p.agent}, and this is ${p.here}.`,
    hint: (p) =>
      p.newer
        ? 'Update this Berth; the newer agent goes on meanwhile.'
        : 'End it with `berth agent stop`; the next command starts one of this version, which goes on with what is deployed.',
    example: { agent: '0.2.0 (protocol 3)', here: '0.1.0 (protocol 2)', newer: true },
  }),
  BERTH5017: entry<{ path: string; detail: string }>({
    severity: 'error',
    title: 'State damaged',
    message: (p) => sentence(`The state file "${p.path}" cannot be read: ${p.detail}`),
    hint: 'It was put aside with the ending ".damaged"; what runs is found again from the processes themselves.',
    example: { path: 'state/deployments.json', detail: 'unexpected end' },
  }),
  BERTH5018: entry<{ site: string; detail: string }>({
    severity: 'warning',
    title: 'Site fell out',
    message: (p) => sentence(`The site "${p.site}" is out of reach: ${p.detail}`),
    hint: 'The round waits for it; its last lines are in the logs. Mend what they tell, or remove it from the federation.',
    example: { site: 'north', detail: 'connection refused' },
  }),
  BERTH5019: entry<{ site: string; detail: string }>({
    severity: 'error',
    title: 'Site refused',
    message: (p) => sentence(`A message from "${p.site}" was refused: ${p.detail}`),
    hint: 'Only the sites of the federation may speak, with their own key and as the pattern allows.',
    example: { site: 'north', detail: 'its certificate is not the one of this site' },
  }),
  BERTH5020: entry<{ module: string; detail: string }>({
    severity: 'error',
    title: 'Training module unusable',
    message: (p) => sentence(`The training module "${p.module}" cannot be used: ${p.detail}`),
    hint: 'Correct train.module; the guide tells what a module exports.',
    example: { module: 'models/digits-net.mjs', detail: 'it exports no "forward"' },
  }),
  BERTH5021: entry<{ id: string; known: readonly string[] }>({
    severity: 'error',
    title: 'Nothing deployed by that name',
    message: (p) => `${p.id} is not deployed.`,
    hint: (p) => (p.known.length > 0 ? `Deployed are ${list(p.known, 'and')}.` : 'Apply it first.'),
    example: { id: 'InferenceCluster/vision', known: ['Federation/hospitals'] },
  }),
  BERTH5022: entry<{ what: string; seconds: number }>({
    severity: 'error',
    title: 'Not ready in time',
    message: (p) => `${p.what} was not ready after ${count(p.seconds, 'second')}.`,
    hint: 'Read its log; apply again to go on.',
    example: { what: 'A replica of "search-images"', seconds: 30 },
  }),
  BERTH5023: entry<{ action: string }>({
    severity: 'information',
    title: 'Cancelled',
    message: (p) => `${p.action} was cancelled.`,
    hint: 'Apply again to finish, or roll back.',
    example: { action: 'Apply' },
  }),
  BERTH5024: entry<{ detail: string }>({
    severity: 'error',
    title: 'Fault in Berth',
    message: (p) => sentence(`Something failed that should not have: ${p.detail}`),
    hint: 'Report it with the log; what is deployed goes on running.',
    example: { detail: 'unexpected end of message' },
  }),
  BERTH5025: entry<{ detail: string }>({
    severity: 'error',
    title: 'Plan damaged',
    message: (p) => sentence(`This is not a plan as Berth wrote it: ${p.detail}`),
    hint: 'Make a new plan; a plan is applied exactly as it was made, never as it was edited.',
    example: { detail: 'its content does not fit its id' },
  }),
  BERTH5030: entry<{ detail: string }>({
    severity: 'error',
    title: 'Training diverged',
    message: (p) => sentence(`Training diverged: ${p.detail}`),
    hint: 'Lower train.learningRate, then apply again.',
    example: { detail: 'the loss was no finite number at step 12' },
  }),
  BERTH5031: entry<{ detail: string }>({
    severity: 'error',
    title: 'Federation cannot go on',
    message: (p) => sentence(`The federation cannot go on: ${p.detail}`),
    hint: 'Mend the trainers (docs/trainers.md says what they must do), then apply again; finished rounds are kept.',
    example: { detail: 'the trainers of "north" and "south" hold different tensors' },
  }),
  BERTH5032: entry<{ module: string; detail: string }>({
    severity: 'error',
    title: 'No Python with PyTorch',
    message: (p) => sentence(`There is no Python here that can run the training module "${p.module}": ${p.detail}`),
    hint: 'Say which Python has PyTorch, as in "train: { python: .venv/bin/python }".',
    example: { module: 'models/net.py:Net', detail: '/usr/bin/python3 (Python 3.11.2) has no PyTorch' },
  }),
  BERTH5033: entry<{ device: string; detail: string }>({
    severity: 'error',
    title: 'Device too small for its nodes',
    message: (p) => sentence(`The device "${p.device}" cannot hold its nodes: ${p.detail}`),
    hint: 'Give it more memory, add a device, or make batchSize smaller; a graph profiled with this batch size tells the plan beforehand.',
    example: { device: 'gpu0', detail: 'they need 310.0 MiB, and it has 256.0 MiB (that is what step 1 took)' },
  }),
  BERTH5034: entry<{ module: string; detail: string }>({
    severity: 'error',
    title: 'Graph of another module',
    message: (p) => sentence(`The graph file is not of the training module "${p.module}": ${p.detail}`),
    hint: 'Profile the module again, with the batch size of the spec, and apply again.',
    example: { module: 'models/net.py:Net', detail: 'the module has no node conv2d_7' },
  }),
  BERTH5350: entry<{ module: string; detail: string }>({
    severity: 'error',
    title: 'Module changed since it was profiled',
    message: (p) =>
      sentence(`The training module "${p.module}" is another one than its graph was profiled of: ${p.detail}`),
    hint: 'Profile the module again with the Python that trains it and the batch size of the spec, and apply again.',
    example: { module: 'models/net.py:Net', detail: 'its parts, weights or steps are not those that were profiled' },
  }),
  BERTH5351: entry<{ module: string; detail: string }>({
    severity: 'error',
    title: 'Other optimizer than planned',
    message: (p) =>
      sentence(
        `The training module "${p.module}" trains with another optimizer than memory is planned for: ${p.detail}`,
      ),
    hint: 'Let train.optimizer say what the module trains with, or leave it out and count the memory in the graph file.',
    example: { module: 'models/net.py:Net', detail: 'the module makes AdamW, and train.optimizer says sgd' },
  }),
  BERTH5040: entry<{ target: string; made: string; here: string }>({
    severity: 'error',
    title: 'Another target answers',
    message: (p) => `The plan was made with ${p.made}, and behind "${p.target}" answers ${p.here}.`,
    hint: 'Make a new plan for the target that is meant.',
    example: { target: 'local', made: 'local on build-1', here: 'local on build-2' },
  }),
  BERTH5041: entry<{ kind: string; target: string; kinds: readonly string[] }>({
    severity: 'error',
    title: 'Target cannot run the kind',
    message: (p) => `The target "${p.target}" cannot run a ${p.kind}.`,
    hint: (p) => (p.kinds.length > 0 ? `It runs ${list(p.kinds, 'and')}.` : 'Choose another target.'),
    example: { kind: 'Federation', target: 'local', kinds: ['InferenceCluster'] },
  }),
  BERTH5042: entry<{ id: string; ownership: 'foreign' | 'unreadable'; detail: string }>({
    severity: 'error',
    title: "Not Berth's own",
    message: (p) =>
      sentence(
        p.ownership === 'foreign'
          ? `Something that Berth did not make bears the name ${p.id}: ${p.detail}`
          : `What is deployed as ${p.id} cannot be read: ${p.detail}`,
      ),
    hint: (p) =>
      p.ownership === 'foreign' ? 'Change metadata.name; it is left as it is.' : 'Update Berth; it is left as it is.',
    example: { id: 'InferenceCluster/vision', ownership: 'foreign', detail: 'it is managed by "helm"' },
  }),
  BERTH5043: entry<{
    target: string;
    refusals: readonly { readonly path: string; readonly detail: string; readonly manager?: string }[];
  }>({
    severity: 'error',
    title: 'Target refuses the plan',
    message: (p) =>
      sentence(
        `The target "${p.target}" would not take ${p.refusals
          .map(({ path, detail, manager }) => {
            const what = path === '' ? 'the plan' : `"${path}"`;
            return `${what}${manager === undefined ? '' : `, which "${manager}" manages`}: ${detail}`;
          })
          .join('; nor ')}`,
      ),
    hint: 'Change what it names, and plan again.',
    example: { target: 'local', refusals: [{ path: 'jobs.search-images', detail: 'the quota is exceeded' }] },
  }),
  BERTH5050: entry<{ what: string; format: number; known: number }>({
    severity: 'error',
    title: 'Written by a newer Berth',
    message: (p) =>
      `${p.what} was written by a newer Berth, in format ${p.format}, and this one reads up to ${p.known}.`,
    hint: 'Update Berth; nothing of it was changed.',
    example: { what: 'The plan', format: 3, known: 2 },
  }),
  BERTH5051: entry<object>({
    severity: 'error',
    title: 'Berth was updated under the agent',
    message: () => 'Berth was updated, and the agent that runs is the one before, whose files are gone.',
    hint: 'Run `berth agent restart`: replicas go on meanwhile.',
    example: {},
  }),
  BERTH5052: entry<{ folder: string; host: string; pid: number }>({
    severity: 'error',
    title: 'State folder in use elsewhere',
    message: (p) => `The state folder "${p.folder}" is used by an agent on "${p.host}", there process ${p.pid}.`,
    hint: 'Give each machine or container a state folder of its own, by BERTH_STATE; or end that agent, there, with `berth agent stop`.',
    example: { folder: '/home/me/.local/state/berth', host: 'build-2', pid: 4711 },
  }),
  BERTH5053: entry<{ replica: string; took: string; limit: string }>({
    severity: 'error',
    title: 'Replica over its memory',
    message: (p) => `The replica "${p.replica}" took ${p.took} of memory and may take ${p.limit}: it was ended.`,
    hint: 'Raise resources.memory of the job, or mend what takes the memory; it is started again ever more slowly, and the others go on.',
    example: { replica: 'search-images/0', took: '2.1Gi', limit: '2Gi' },
  }),
  BERTH5054: entry<{ what: string }>({
    severity: 'error',
    title: 'System at its limit',
    message: (p) => `The system gives no more: too few ${p.what}.`,
    hint: 'Raise the limit (`ulimit -n`, `ulimit -u`) in the shell that starts the agent, then `berth agent restart`; or ask for fewer replicas.',
    example: { what: 'files and connections may be open at once' },
  }),
  BERTH5044: entry<{ what: string; detail: string }>({
    severity: 'error',
    title: 'Answer not understood',
    message: (p) => sentence(`${p.what} is not what Berth writes: ${p.detail}`),
    hint: 'Stop the agent with `berth agent stop`, and try again.',
    example: { what: 'The answer of the agent', detail: '"revision" is no number' },
  }),
};
