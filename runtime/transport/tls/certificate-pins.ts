import { createHash, type X509Certificate } from "node:crypto";

/** Description of a fingerprint, for errors. */
export const pinRule =
  'a SHA-256 fingerprint: of a certificate as 64 hexadecimal digits, or of its public key as "sha256/" and base64';

const certificatePin = /^(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}$/i;
const keyPin = /^sha256\/\/?([A-Za-z0-9+/]{43}=)$/;

/** Whether a value is a fingerprint of a certificate or of a public key. */
export function isPin(value: unknown): boolean {
  return typeof value === "string" && (certificatePin.test(value) || keyPin.test(value));
}

/** Returns the SHA-256 of a certificate's public key (its SubjectPublicKeyInfo), as "sha256/" and base64. */
export function keyPinOf(certificate: X509Certificate): string {
  const key = certificate.publicKey.export({ type: "spki", format: "der" });
  return `sha256/${createHash("sha256").update(key).digest("base64")}`;
}

/** Returns the SHA-256 of a certificate, as 64 hexadecimal digits. */
export function certificatePinOf(certificate: X509Certificate): string {
  return createHash("sha256").update(certificate.raw).digest("hex");
}

/** A set of fingerprints, one of which a peer's certificate must match. */
export class CertificatePins {
  readonly #pins: ReadonlySet<string>;

  /** Takes texts that {@link isPin} accepts. */
  constructor(pins: readonly string[]) {
    this.#pins = new Set(
      pins.map((pin) => {
        const key = keyPin.exec(pin)?.[1];
        return key === undefined ? pin.replaceAll(":", "").toLowerCase() : `sha256/${key}`;
      }),
    );
  }

  /** Whether a certificate matches. No certificate never matches. */
  allows(certificate: X509Certificate | undefined): boolean {
    if (certificate === undefined) return false;
    return this.#pins.has(certificatePinOf(certificate)) || this.#pins.has(keyPinOf(certificate));
  }
}
