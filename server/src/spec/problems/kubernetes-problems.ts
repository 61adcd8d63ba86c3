/** BERTH565x: what Kubernetes resources say that are to become specs. */
import { didYouMean, entry, joined, sentence } from './entry.ts';

export const KUBERNETES_PROBLEMS = {
  BERTH5650: entry<{ file: string; kinds: readonly string[] }>({
    severity: 'error',
    title: 'Nothing to import',
    message: (p) =>
      `"${p.file}" has neither a RayService nor a Deployment${p.kinds.length > 0 ? `: it has ${joined(p.kinds.slice(0, 8), 'and')}` : ''}.`,
    hint: 'Give a file with a RayService of KubeRay or a Deployment, as `kubectl get -o yaml` prints it.',
    example: { file: 'web.yaml', kinds: ['Service', 'ConfigMap'] },
  }),
  BERTH5651: entry<{ where: string; detail: string }>({
    severity: 'error',
    title: 'YAML of a resource malformed',
    message: (p) => sentence(`${p.where} is no YAML: ${p.detail}`),
    hint: 'Correct it: neither Kubernetes nor Ray would take it.',
    example: { where: 'The text in "serveConfigV2"', detail: 'a flow sequence ends without "]"' },
  }),
  BERTH5652: entry<{ alias: string; inner: boolean }>({
    severity: 'error',
    title: 'Alias without an anchor',
    message: (p) =>
      `"*${p.alias}" refers to no anchor${p.inner ? ' of the text in "serveConfigV2", which is a document of its own' : ''}.`,
    hint: (p) =>
      `Write the value out, or put "&${p.alias}" before it${p.inner ? ' within the same text: an anchor of the file around it is not seen there' : ''}.`,
    example: { alias: 'shared', inner: true },
  }),
  BERTH5653: entry<{ key: string; at: string; belongs: string }>({
    severity: 'error',
    title: 'Key in the wrong place',
    message: (p) => `"${p.key}" has no meaning in ${p.at}: it belongs in ${p.belongs}.`,
    hint: (p) => `Move it to ${p.belongs}.`,
    example: { key: 'num_replicas', at: 'an application', belongs: 'a deployment' },
  }),
  BERTH5654: entry<{ key: string; value: string; wanted: string }>({
    severity: 'error',
    title: 'Value of a resource malformed',
    message: (p) => `"${p.key}" is ${p.value}, and takes ${p.wanted}.`,
    hint: (p) => `Give ${p.wanted}.`,
    example: { key: 'num_replicas', value: '"two"', wanted: 'a whole number from 1 to 100000' },
  }),
  BERTH5655: entry<{ job: string; keys: readonly string[] }>({
    severity: 'warning',
    title: 'To be filled in',
    message: (p) => `Nothing here says ${joined(p.keys, 'and')} of "${p.job}": left empty in the spec.`,
    hint: 'Fill them in where the spec says "to be filled in"; until then it is not valid.',
    example: { job: 'classifier', keys: ['slo.latency', 'processingTime', 'workload.rate'] },
  }),
  BERTH5656: entry<{ what: string; why: string }>({
    severity: 'information',
    title: 'Not carried over',
    message: (p) => sentence(`"${p.what}" is not in the spec: ${p.why}`),
    hint: 'Keep the resource beside the spec where it matters.',
    example: { what: 'user_config', why: 'a spec does not configure the model' },
  }),
  BERTH5657: entry<{ what: string; detail: string }>({
    severity: 'information',
    title: 'Carried over otherwise',
    message: (p) => sentence(`"${p.what}" reads otherwise in the spec: ${p.detail}`),
    hint: 'Change the spec where something else is meant.',
    example: { what: 'fruit_app', detail: 'the job is called "fruit-app"' },
  }),
  BERTH5658: entry<{ key: string; at: string; suggestion: string | undefined }>({
    severity: 'warning',
    title: 'Key not known to Ray Serve',
    message: (p) => sentence(`"${p.key}" is not known in ${p.at}${didYouMean(p.suggestion, p.key)}`),
    hint: 'Correct its spelling or remove it; it is not carried over.',
    example: { key: 'num_replica', at: 'a deployment', suggestion: 'num_replicas' },
  }),
  BERTH5659: entry<{ what: string; key: string }>({
    severity: 'error',
    title: 'Resource incomplete',
    message: (p) => `The ${p.what} has no "${p.key}".`,
    hint: (p) => `Add "${p.key}", without which nothing can be read from it.`,
    example: { what: 'RayService', key: 'spec.serveConfigV2' },
  }),
};
