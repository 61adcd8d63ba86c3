/** A credential that a program gives (client.authentication.k8s.io): run only where the workspace is trusted and the command allowed. */
import { spawn } from 'node:child_process';
import { problemError } from '../../../../spec/problems/problem-error.ts';
import { checkShape, object, optional, text } from '../../../shape.ts';
import { jsonOf } from '../../../json-text.ts';
import type { ExecEntry } from './kubeconfig.ts';

export interface ExecPolicy {
  readonly trusted: boolean;
  /** Commands as kubeconfigs write them. */
  readonly allowed: readonly string[];
}

export interface ExecCredential {
  readonly token?: string | undefined;
  /** PEM. */
  readonly clientCertificateData?: string | undefined;
  readonly clientKeyData?: string | undefined;
  readonly expirationTimestamp?: string | undefined;
}

const KNOWN = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** A plugin may open a browser and wait for a person. Milliseconds. */
const PATIENCE_MS = 60_000;
/** Bytes: a token and a certificate have some thousands. */
const MOST_OUTPUT = 2 ** 20;

const status = object<ExecCredential>({
  token: optional(text),
  clientCertificateData: optional(text),
  clientKeyData: optional(text),
  expirationTimestamp: optional(text),
});
const credential = object<{ apiVersion: string; status: ExecCredential }>({ apiVersion: text, status });

/**
 * Runs a credential plugin. What it writes is never quoted, since it could hold the credential.
 *
 * @throws ProblemError BERTH5606, BERTH5607, BERTH5608.
 */
export async function execCredential(
  { apiVersion, command, args, env }: ExecEntry,
  policy: ExecPolicy,
  signal?: AbortSignal,
): Promise<ExecCredential> {
  if (!policy.trusted || !policy.allowed.includes(command))
    throw problemError('BERTH5607', { command, trusted: policy.trusted });
  if (!KNOWN.includes(apiVersion)) throw problemError('BERTH5606', { command, version: apiVersion, known: KNOWN });
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
  const given = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
  const written = await outputOf(command, args ?? [], { ...given, KUBERNETES_EXEC_INFO: info }, signal);
  return readExecCredential(written, { apiVersion, command });
}

/** Reads what a credential plugin wrote. @throws ProblemError BERTH5608. */
export function readExecCredential(
  written: string,
  { apiVersion, command }: Pick<ExecEntry, 'apiVersion' | 'command'>,
): ExecCredential {
  const refuse = (detail: string): never => {
    throw problemError('BERTH5608', { command, detail });
  };
  let value: unknown;
  try {
    value = jsonOf(written);
  } catch {
    return refuse('what it wrote is no JSON');
  }
  const checked = checkShape(credential, value);
  if (!checked.ok) return refuse(`what it wrote is no credential (${checked.detail})`);
  if (checked.value.apiVersion !== apiVersion) return refuse(`it does not speak ${apiVersion}`);
  const found = checked.value.status;
  if (!found.token && !found.clientCertificateData) return refuse('neither token nor certificate is in it');
  return found;
}

function outputOf(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (detail: string): void => reject(problemError('BERTH5608', { command, detail }));
    const child = spawn(command, [...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const end = (): void => void child.kill('SIGKILL');
    const timer = setTimeout(() => {
      end();
      fail(`it took longer than ${PATIENCE_MS / 1000} seconds`);
    }, PATIENCE_MS);
    const cancel = (): void => {
      end();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      output += piece;
      if (output.length <= MOST_OUTPUT) return;
      end();
      fail('it wrote without end');
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      fail(error.code === 'ENOENT' ? 'there is no such program' : `it cannot be started (${error.code ?? 'unknown'})`);
    });
    child.on('close', (code, killed) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      if (code === 0) resolve(output);
      else fail(killed === null ? `it ended with code ${code}` : `it was ended by ${killed}`);
    });
  });
}
