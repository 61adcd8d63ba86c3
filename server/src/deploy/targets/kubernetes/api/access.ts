/** The way into one cluster that a context of a kubeconfig names: its address, whom it trusts, and who asks. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import type { FileReader } from '../../../../host/file-reader.ts';
import { UnreadableFile } from '../../../../host/regular-file.ts';
import { problemError } from '../../../../spec/problems/problem-error.ts';
import { execCredential, type ExecPolicy } from './exec-credential.ts';
import type { ClusterEntry, FromFile, Kubeconfig, UserEntry } from './kubeconfig.ts';

export interface Access {
  readonly context: string;
  /** The address without a slash at its end. */
  readonly server: string;
  /** The context's own, where it names one. */
  readonly namespace: string | undefined;
  readonly proxy: string | undefined;
  readonly insecure: boolean;
  readonly serverName: string | undefined;
  /** PEM. */
  readonly authority: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly token: string | undefined;
  /** Milliseconds since the epoch after which the credential of a plugin has to be had anew. */
  readonly expires: number | undefined;
}

export interface AccessOptions {
  readonly reader: FileReader;
  readonly exec: ExecPolicy;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Bytes: bundles of authorities have some hundred thousand. */
const LARGEST_CREDENTIAL = 2 ** 22;

/**
 * Opens the way of a context: reads the files that it names and runs its credential plugin where it has one.
 *
 * @throws ProblemError BERTH5602 to BERTH5609, BERTH5611.
 */
export async function accessOf(config: Kubeconfig, context: string, options: AccessOptions): Promise<Access> {
  const found = config.contexts.get(context)?.entry;
  if (!found) throw problemError('BERTH5602', { context, known: [...config.contexts.keys()] });
  const cluster = config.clusters.get(found.cluster);
  if (!cluster) throw problemError('BERTH5603', { context, what: 'cluster', name: found.cluster });
  const user = found.user ? config.users.get(found.user) : undefined;
  if (found.user && !user) throw problemError('BERTH5603', { context, what: 'user', name: found.user });
  return {
    context,
    namespace: found.namespace || undefined,
    ...(await clusterPart(found.cluster, cluster, options)),
    ...(await userPart(found.user ?? '', user, options)),
  };
}

type ClusterPart = Pick<Access, 'server' | 'proxy' | 'insecure' | 'serverName' | 'authority'>;

async function clusterPart(
  name: string,
  { entry, file }: FromFile<ClusterEntry>,
  options: AccessOptions,
): Promise<ClusterPart> {
  const server = addressOf(name, 'server', entry.server, ['https:', 'http:']);
  const insecure = entry['insecure-skip-tls-verify'] === true;
  // A credential would go in the clear: only who says so wants that.
  if (server.startsWith('http:') && !insecure)
    throw problemError('BERTH5611', { cluster: name, detail: 'its server is http:, which is not encrypted' });
  const proxy = entry['proxy-url'] || undefined;
  if (proxy !== undefined) addressOf(name, 'proxy-url', proxy, ['http:', 'https:', 'socks5:', 'socks5h:']);
  const authority = await pem(name, 'certificate-authority', entry, file, options);
  if (authority !== undefined) certificateIn(authority, name, 'certificate-authority');
  return { server, insecure, proxy, serverName: entry['tls-server-name'] || undefined, authority };
}

function addressOf(cluster: string, key: string, value: string, protocols: readonly string[]): string {
  const refuse = (detail: string): never => {
    throw problemError('BERTH5611', { cluster, detail });
  };
  if (!URL.canParse(value)) return refuse(`its ${key} is no address`);
  const url = new URL(value);
  if (!protocols.includes(url.protocol)) return refuse(`its ${key} is none of ${protocols.join(', ')}`);
  if (key === 'server' && (url.username || url.password)) return refuse('its server holds a password');
  return value.replace(/\/+$/, '');
}

type UserPart = Pick<Access, 'certificate' | 'key' | 'token' | 'expires'>;

async function userPart(
  name: string,
  user: FromFile<UserEntry> | undefined,
  options: AccessOptions,
): Promise<UserPart> {
  if (!user) return { certificate: undefined, key: undefined, token: undefined, expires: undefined };
  const { entry, file } = user;
  if (entry['auth-provider'])
    throw problemError('BERTH5609', { user: name, way: `the auth-provider "${entry['auth-provider'].name}"` });
  if (entry.username) throw problemError('BERTH5609', { user: name, way: 'name and password' });
  if (entry.exec) {
    const given = await execCredential(entry.exec, options.exec, options.signal);
    const expires = given.expirationTimestamp === undefined ? NaN : Date.parse(given.expirationTimestamp);
    if (given.clientCertificateData !== undefined)
      checkPair(name, given.clientCertificateData, given.clientKeyData, options.now);
    return {
      certificate: given.clientCertificateData,
      key: given.clientKeyData,
      token: given.token,
      expires: Number.isNaN(expires) ? undefined : expires,
    };
  }
  const certificate = await pem(name, 'client-certificate', entry, file, options);
  const key = await pem(name, 'client-key', entry, file, options);
  if (certificate !== undefined) checkPair(name, certificate, key, options.now);
  const token = entry.tokenFile
    ? (await fileText(name, 'tokenFile', entry.tokenFile, file, options)).trim()
    : entry.token;
  return { certificate, key, token: token || undefined, expires: undefined };
}

function checkPair(user: string, certificate: string, key: string | undefined, now: number): void {
  const read = certificateIn(certificate, user, 'client-certificate');
  const ends = read.validToDate;
  if (ends.getTime() < now) throw problemError('BERTH5604', { user, since: ends.toISOString().slice(0, 10) });
  const refuse = (detail: string): never => {
    throw problemError('BERTH5605', { whose: user, key: 'client-key', detail });
  };
  if (key === undefined) return refuse('it is missing');
  let fits: boolean;
  try {
    fits = read.checkPrivateKey(createPrivateKey(key));
  } catch {
    return refuse('it is no key');
  }
  if (!fits) refuse('it is not the key of the certificate');
}

function certificateIn(text: string, whose: string, key: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (error) {
    throw problemError('BERTH5605', { whose, key, detail: 'it is no certificate' }, { cause: error });
  }
}

/** The file wins no more than for kubectl: data written into the kubeconfig come first. */
async function pem<K extends 'certificate-authority' | 'client-certificate' | 'client-key'>(
  whose: string,
  key: K,
  entry: { readonly [Key in K | `${K}-data`]?: string | null | undefined },
  file: string,
  options: AccessOptions,
): Promise<string | undefined> {
  const data = entry[`${key}-data`];
  if (data) return Buffer.from(data, 'base64').toString();
  const path = entry[key];
  return path ? fileText(whose, key, path, file, options) : undefined;
}

async function fileText(
  whose: string,
  key: string,
  path: string,
  file: string,
  options: AccessOptions,
): Promise<string> {
  const full = resolve(dirname(file), path);
  const refuse = (detail: string, cause?: unknown): never => {
    throw problemError('BERTH5605', { whose, key, detail }, { cause });
  };
  try {
    const read = await options.reader.read(full, { most: LARGEST_CREDENTIAL, signal: options.signal });
    return read === undefined || read === 'as known'
      ? refuse(`${full} is not there`)
      : Buffer.from(read.bytes).toString();
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return refuse(`${full} cannot be read (${error.message})`, error);
  }
}
