import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";

/** Size of a nonce, in bytes. */
export const nonceBytes = 32;
/** Size of a proof, in bytes. */
export const proofBytes = 32;

/** First field of every proof. Another protocol that uses the same key must begin its input with another text. */
const domain = "photinus.link";

/**
 * Step of the exchange that a proof belongs to. Each step names the side that proves, so that a proof of one side or step
 * never serves for another.
 */
export type ProofStep = "challenge:listener" | "challenge:dialer" | "hello:dialer" | "hello:listener";

/** Values that a proof covers, besides the key. */
export interface ProofInput {
  readonly step: ProofStep;
  /** Nonces of both sides, 32 bytes each. */
  readonly dialerNonce: Uint8Array;
  readonly listenerNonce: Uint8Array;
  /** Ids of the keys that the dialer accepts, in the order of its challenge. */
  readonly offered: readonly Uint8Array[];
  /** Version of the link protocol. */
  readonly version: number;
  /** Name of the gate that listens; "" in the steps of the challenge, in which neither side names itself. */
  readonly listener: string;
  /** Name of the node or gate that dials; "" in the steps of the challenge. */
  readonly dialer: string;
  /** Kind of the peer that dials: "node" or "gate"; "" in the steps of the challenge. */
  readonly kind: "node" | "gate" | "";
  /** Role of the node; "" for a gate, and in the steps of the challenge. */
  readonly role: string;
}

/**
 * Returns the proof: HMAC-SHA256 over all fields, each preceded by its length in bytes (32 bits, big-endian), so that no two
 * inputs have the same bytes.
 */
export function proofOf(secret: KeyObject, input: ProofInput): Uint8Array {
  const hmac = createHmac("sha256", secret);
  const add = (bytes: Uint8Array): void => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    hmac.update(size).update(bytes);
  };
  add(Buffer.from(domain));
  add(Buffer.from(String(input.version)));
  add(Buffer.from(input.step));
  add(input.dialerNonce);
  add(input.listenerNonce);
  add(Buffer.concat(input.offered));
  for (const text of [input.listener, input.dialer, input.kind, input.role]) add(Buffer.from(text));
  return new Uint8Array(hmac.digest());
}

/** Whether a proof of the peer is right. Compares in constant time. */
export function isProof(found: Uint8Array, secret: KeyObject, input: ProofInput): boolean {
  const expected = proofOf(secret, input);
  return found.length === expected.length && timingSafeEqual(found, expected);
}
