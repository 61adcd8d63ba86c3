/** Resources of Kubernetes, of which specs are made. */
import { importKubernetes } from '../../../server/src/kubernetes/import.ts';
import { readSpecFile } from '../../../server/src/spec/spec-file.ts';
import { codes, isSound, must } from '../oracle.ts';
import type { TextTarget } from '../target.ts';
import { FILES_THERE, FOLDER } from './files.ts';

const RAY_SERVICE = `apiVersion: ray.io/v1
kind: RayService
metadata: { name: vision }
spec:
  serveConfigV2: |
    applications:
      - name: digits
        import_path: digits.app
        deployments:
          - name: Digits
            autoscaling_config: { min_replicas: 1, max_replicas: 4 }
            ray_actor_options: { num_cpus: 0.5, memory: 1073741824 }
  rayClusterConfig:
    headGroupSpec:
      template: { spec: { containers: [{ name: head, resources: { limits: { cpu: "2", memory: 2Gi } } }] } }
    workerGroupSpecs:
      - { groupName: small, replicas: 2, template: { spec: { containers: [{ resources: { limits: { cpu: 500m } } }] } } }
`;

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec: { replicas: 3, template: { spec: { containers: [{ name: web, resources: { requests: { cpu: 250m } } }] } } }
`;

/** Whatever it reads, the spec that it writes is refused for nothing but what is to be filled in. */
const KUBERNETES: TextTarget = {
  name: 'kubernetes-resources',
  type: 'text',
  doors: ['kubernetes/manifest.ts', 'kubernetes/serve-config.ts'],
  seeds: () => [RAY_SERVICE, DEPLOYMENT, `${DEPLOYMENT}---\n${RAY_SERVICE}`],
  words: ['num_replicas', 'auto', 'num_gpus', '&a', '*a', '<<: *a', 'List', 'items', '>-', '"', '0', '1e9', 'Mi'],
  run(text) {
    const { spec, problems } = importKubernetes(text);
    for (const found of problems) isSound(found, text.length);
    if (spec === undefined) return codes(problems);
    const { problems: said } = readSpecFile(spec, { uri: `${FOLDER}/a.berth.yaml`, files: FILES_THERE });
    const wrong = said.filter(({ severity, code }) => severity === 'error' && code !== 'BERTH1029');
    must(wrong.length === 0, () => `a spec that is refused: ${wrong.map(({ message }) => message).join('; ')}`);
    return codes(problems);
  },
};

export const MANIFEST_TARGETS: readonly TextTarget[] = [KUBERNETES];
