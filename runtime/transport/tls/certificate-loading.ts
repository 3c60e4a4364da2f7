import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { fail, messageOf, type PhotinusError } from "../../../schema/errors.ts";
import type { CertificateFiles } from "./tls-options.ts";

/** Contents of files, by path. */
export type FileContents = ReadonlyMap<string, Buffer>;

/** A valid certificate with its private key. */
export interface LoadedCertificate {
  readonly files: CertificateFiles;
  /** Certificate of the key. */
  readonly leaf: X509Certificate;
  /** Certificate and chain, in PEM. */
  readonly cert: Buffer;
  /** Private key, in PEM. */
  readonly key: Buffer;
  /** Time until which the certificate is valid, in ms since 1970-01-01 UTC. */
  readonly expiresAtMs: number;
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Reads a certificate and its key from the contents of their files. Throws FAILED_PRECONDITION that names the file and
 * its fault: no PEM, not valid at `nowMs`, an encrypted key, a key of another certificate.
 */
export function loadCertificate(
  files: CertificateFiles,
  contents: FileContents,
  nowMs: number,
): LoadedCertificate {
  const { certFile, keyFile } = files;
  const cert = contentOf(certFile, contents);
  const [leaf, ...chain] = readCertificates(certFile, "TLS certificate", cert);
  const key = contentOf(keyFile, contents);
  const privateKey = readPrivateKey(keyFile, key);
  if (!leaf!.checkPrivateKey(privateKey)) {
    const other = chain.findIndex((certificate) => certificate.checkPrivateKey(privateKey));
    const remedy =
      other < 0
        ? "expected the key with which the certificate was requested"
        : `it fits certificate ${other + 2} of the file, which must come first`;
    throw fault("TLS key", keyFile, `does not fit the certificate in ${certFile}; ${remedy}`);
  }
  const fromMs = Date.parse(leaf!.validFrom);
  const expiresAtMs = Date.parse(leaf!.validTo);
  if (nowMs > expiresAtMs)
    throw fault("TLS certificate", certFile, `expired at ${iso(expiresAtMs)}; renew the certificate`);
  if (nowMs < fromMs)
    throw fault("TLS certificate", certFile, `valid from ${iso(fromMs)} on; check the clock of this machine`);
  return { files, leaf: leaf!, cert, key, expiresAtMs };
}

/** Reads the certificates of a PEM file of authorities. Throws FAILED_PRECONDITION that names the file and its fault. */
export function loadAuthorities(path: string, contents: FileContents): Buffer {
  const pem = contentOf(path, contents);
  readCertificates(path, "TLS authorities", pem);
  return pem;
}

/**
 * Makes the context of TLS sessions. `path` names the file in the error when OpenSSL rejects a certificate, for example
 * because its key is too short.
 */
export function makeContext(options: SecureContextOptions, path: string): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    throw fault("TLS certificate", path, `OpenSSL rejects it: ${messageOf(error)}`, error);
  }
}

/** Parses the certificates of a PEM text, at least one. Throws FAILED_PRECONDITION that names `path` and the fault. */
export function readCertificates(path: string, what: string, pem: Buffer | string): X509Certificate[] {
  const blocks = pem.toString("latin1").match(certificateBlock) ?? [];
  if (blocks.length === 0) throw fault(what, path, `${foundIn(pem)}; expected "-----BEGIN CERTIFICATE-----"`);
  return blocks.map((block, at) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw fault(what, path, `certificate ${at + 1} of ${blocks.length} cannot be parsed`, error);
    }
  });
}

function readPrivateKey(path: string, pem: Buffer): KeyObject {
  const text = pem.toString("latin1");
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    throw fault("TLS key", path, `${foundIn(pem)}; expected "-----BEGIN PRIVATE KEY-----"`);
  if (/-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(text))
    throw fault("TLS key", path, "the key is encrypted; expected a key without a passphrase");
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw fault("TLS key", path, "the private key cannot be parsed", error);
  }
}

function contentOf(path: string, contents: FileContents): Buffer {
  const content = contents.get(path);
  if (content === undefined) throw fault("TLS file", path, "was not read");
  return content;
}

/** Describes the content of a file that does not have the expected block. Shows only the kind of a block, never a key. */
function foundIn(content: Buffer | string): string {
  if (content.length === 0) return "the file is empty";
  const kind = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(content.toString("latin1"))?.[1];
  return kind === undefined ? "not a PEM file" : `found "-----BEGIN ${kind}-----"`;
}

function fault(what: string, path: string, why: string, cause?: unknown): PhotinusError {
  return fail("FAILED_PRECONDITION", `${what} ${path}: ${why}`, { cause });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
