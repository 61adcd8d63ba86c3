/** A private certificate authority, and what it signs: the API server's certificate and those of its users. */
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 3600 * 1000;

/** Key and certificate as PEM. */
export interface Credentials {
  readonly key: string;
  readonly certificate: string;
}

/** A key pair as PEM, for signing tokens. */
export async function keyPair(): Promise<{ readonly key: string; readonly publicKey: string }> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  return { key: await pemOf(keys.privateKey, 'pkcs8'), publicKey: await pemOf(keys.publicKey, 'spki') };
}

export class CertificateAuthority {
  readonly certificate: string;
  readonly #keys: CryptoKeyPair;
  readonly #name: string;
  #serial = 1;

  private constructor(name: string, keys: CryptoKeyPair, certificate: string) {
    this.#name = name;
    this.#keys = keys;
    this.certificate = certificate;
  }

  static async create(name: string): Promise<CertificateAuthority> {
    cryptoProvider.set(crypto);
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
      ],
    });
    return new CertificateAuthority(name, keys, certificate.toString('pem'));
  }

  /** A server's certificate, for the loopback interface. */
  server(): Promise<Credentials> {
    return this.#issue('CN=server', [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'dns', value: 'localhost' },
      ]),
    ]);
  }

  /** @param expires milliseconds since the epoch; in a day where it is not said. */
  client(user: string, group: string, expires?: number): Promise<Credentials> {
    return this.#issue(
      `CN=${user},O=${group}`,
      [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])],
      expires,
    );
  }

  async #issue(
    subject: string,
    extensions: (ExtendedKeyUsageExtension | SubjectAlternativeNameExtension)[],
    expires = Date.now() + DAY_MS,
  ): Promise<Credentials> {
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const certificate = await X509CertificateGenerator.create({
      serialNumber: (++this.#serial).toString(16).padStart(2, '0'),
      subject,
      issuer: `CN=${this.#name}`,
      notBefore: new Date(Math.min(Date.now(), expires) - DAY_MS),
      notAfter: new Date(expires),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true), ...extensions],
    });
    return { key: await pemOf(keys.privateKey, 'pkcs8'), certificate: certificate.toString('pem') };
  }
}

async function pemOf(key: CryptoKey, type: 'pkcs8' | 'spki'): Promise<string> {
  const bytes = Buffer.from(await crypto.subtle.exportKey(type, key)).toString('base64');
  const label = type === 'pkcs8' ? 'PRIVATE KEY' : 'PUBLIC KEY';
  return `-----BEGIN ${label}-----\n${(bytes.match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;
}
