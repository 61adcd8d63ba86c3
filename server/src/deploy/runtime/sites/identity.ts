/**
 * Who a site is: a key of its own and a certificate that it signed itself. Peers know it by the certificate's SHA-256 fingerprint in the
 * membership list, and trust no authority, so names and dates in the certificate mean nothing.
 */
import 'reflect-metadata';
import { createHash, createPrivateKey, KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cryptoProvider, X509CertificateGenerator } from '@peculiar/x509';
import { writeDurably } from '../durable-file.ts';

export interface SiteIdentity {
  /** PEM; never leaves the process and its 0600 file. */
  readonly key: string;
  readonly certificate: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly fingerprint: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const TEN_YEARS_MS = 10 * 365 * 24 * 3600 * 1000;

/** The fingerprint of a certificate in DER. */
export function fingerprintOf(der: Uint8Array): string {
  return `sha256:${createHash('sha256').update(der).digest('hex')}`;
}

/** Reads the site's identity from its folder, or makes one: at first use, and where what is there does not hold together. */
export async function siteIdentity(folder: string, name: string): Promise<SiteIdentity> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keyPath = join(folder, 'key.pem');
  const certificatePath = join(folder, 'certificate.pem');
  try {
    const [key, certificate] = await Promise.all([readFile(keyPath, 'utf8'), readFile(certificatePath, 'utf8')]);
    const fingerprint = fingerprintIn(certificate, key);
    if (fingerprint !== undefined) return { key, certificate, fingerprint };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = await makeIdentity(name);
  // The certificate last: where it is, the key is complete.
  await writeDurably(keyPath, [Buffer.from(made.key)]);
  await writeDurably(certificatePath, [Buffer.from(made.certificate)]);
  return made;
}

/** Undefined where it is no certificate, or that of another key. */
function fingerprintIn(certificate: string, key: string): string | undefined {
  try {
    const read = new X509Certificate(certificate);
    return read.checkPrivateKey(createPrivateKey(key)) ? fingerprintOf(read.raw) : undefined;
  } catch {
    return undefined;
  }
}

export async function makeIdentity(name: string): Promise<SiteIdentity> {
  cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(now - 24 * 3600 * 1000),
    notAfter: new Date(now + TEN_YEARS_MS),
    signingAlgorithm: ALGORITHM,
    keys,
  });
  return {
    key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }) as string,
    certificate: certificate.toString('pem'),
    fingerprint: fingerprintOf(new Uint8Array(certificate.rawData)),
  };
}
