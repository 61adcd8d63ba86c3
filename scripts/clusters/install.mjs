// A real Kubernetes control plane for tests: etcd, API server, controllers, scheduler, kwok (which plays the nodes' agents) and kubectl,
// built from the modules that go.mod pins and kept outside the checkout.
//
//   node scripts/clusters/install.mjs     builds them where they are missing and prints their folder
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { keptFolder } from '../kept-folder.mjs';

const run = promisify(execFile);

/** @typedef {{path: string} | {missing: string}} Found folder of the programs, or one sentence why there is none */

/** Goes up when what this recipe makes of the same modules changes. */
const recipe = 1;

const here = fileURLToPath(new URL('.', import.meta.url));

/** The first Go that builds these modules. */
const oldestGo = [1, 26];

/** Packages by the name of the program that becomes of them. */
const programs = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kwok: 'sigs.k8s.io/kwok/cmd/kwok',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
};

/** What kwok does to nodes and pods, from its own module: nodes are ready and stay so, pods start, complete and go at once. */
const stages = [
  'node/fast/node-initialize.yaml',
  'node/heartbeat-with-lease/node-heartbeat-with-lease.yaml',
  'pod/fast/pod-ready.yaml',
  'pod/fast/pod-complete.yaml',
  'pod/fast/pod-delete.yaml',
];

/**
 * The folder with the servers, `kubectl` and kwok's `stages.yaml`: the one that BERTH_CLUSTERS names, or else our own, built on first use.
 * @param {(line: string) => void} say told what takes long
 * @returns {Promise<Found>}
 */
export async function ensuredClusters(say) {
  const named = process.env.BERTH_CLUSTERS;
  if (named) {
    const lacking = [...Object.keys(programs), 'stages.yaml'].filter((name) => !existsSync(join(named, name)));
    return lacking.length === 0
      ? { path: named }
      : { missing: `BERTH_CLUSTERS names ${named}, where ${lacking.join(', ')} cannot be found.` };
  }
  if (process.platform === 'win32') return { missing: 'The servers of Kubernetes do not run on Windows.' };
  try {
    return { path: await builtClusters(say) };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * @param {(line: string) => void} say
 * @returns {Promise<string>}
 * @throws {Error} with a sentence for a person
 */
function builtClusters(say) {
  const hash = createHash('sha256').update(`${recipe} ${process.platform}-${process.arch}\n`);
  hash.update(readFileSync(join(here, 'go.sum')));
  return keptFolder(
    `clusters-${hash.digest('hex').slice(0, 12)}`,
    () => say('waiting for another build of the Kubernetes servers…'),
    async (partial) => {
      const kubernetes = versionOf('k8s.io/kubernetes');
      await checkGo();
      say(`building Kubernetes ${kubernetes} for tests (once; about ten minutes of two cores, 500 MB)…`);
      for (const [name, entry] of Object.entries(programs)) {
        await go([
          'build',
          '-trimpath',
          '-buildvcs=false',
          '-ldflags',
          stamp(kubernetes),
          '-o',
          join(partial, name),
          entry,
        ]);
        await run(join(partial, name), name === 'kubectl' ? ['version', '--client'] : ['--version']);
      }
      const module = (await go(['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok'])).trim();
      const texts = stages.map((file) => readFileSync(join(module, 'kustomize', 'stage', file), 'utf8').trim());
      writeFileSync(join(partial, 'stages.yaml'), `${texts.join('\n---\n')}\n`);
    },
  );
}

/** What the servers say that they are. @param {string} version */
function stamp(version) {
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const set = Object.entries(values).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`);
  return ['-s', '-w', ...set].join(' ');
}

/** The version of a module in go.mod. @param {string} module */
function versionOf(module) {
  const line = readFileSync(join(here, 'go.mod'), 'utf8')
    .split('\n')
    .find((text) => text.trim().startsWith(`${module} v`));
  if (line === undefined) throw new Error(`scripts/clusters/go.mod does not name ${module}.`);
  return line.trim().split(' ')[1] ?? '';
}

async function checkGo() {
  const wanted = `Go ${oldestGo.join('.')} or later`;
  const { stdout } = await run('go', ['env', 'GOVERSION'], { cwd: here, env: environment() }).catch(() => {
    throw new Error(`There is no Go here, and the Kubernetes servers are built with it. Install ${wanted}.`);
  });
  const [major = 0, minor = 0] = stdout.trim().replace(/^go/, '').split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = oldestGo;
  if (major < leastMajor || (major === leastMajor && minor < leastMinor))
    throw new Error(`${stdout.trim()} is too old for the pinned modules: install ${wanted}.`);
}

/** This Go and no other, which would have to be fetched; programs that need no library of this machine. */
function environment() {
  return { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0' };
}

/** @param {readonly string[]} args @returns {Promise<string>} */
async function go(args) {
  try {
    const { stdout } = await run('go', args, { cwd: here, env: environment(), maxBuffer: 1e8 });
    return stdout;
  } catch (error) {
    const output = error instanceof Error ? `${'stderr' in error ? error.stderr : ''}` || error.message : String(error);
    const lines = output.trim().split('\n').slice(-8).join('\n');
    throw new Error(`The Kubernetes servers could not be built.\n${lines}`, { cause: error });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = await ensuredClusters((line) => console.error(`berth: ${line}`));
  if ('missing' in found) {
    console.error(`berth: ${found.missing}`);
    process.exitCode = 1;
  } else console.log(found.path);
}
