import { randomBytes } from "node:crypto";
import { fail } from "../../../schema/errors.ts";
import { linkVersion } from "../link-administration.ts";
import { isIdOf, keyIdBytes, type LinkKey, type LinkKeys } from "./link-keys.ts";
import { isProof, nonceBytes, type ProofInput, type ProofStep, proofOf } from "./link-proof.ts";

/** Peer that introduces itself, as its proof names it. */
export interface ProvenIdentity {
  /** Name of the gate that listens. */
  readonly listener: string;
  /** Name of the node or gate that dials. */
  readonly dialer: string;
  readonly kind: "node" | "gate";
  /** Role of the node; "" for a gate. */
  readonly role: string;
}

/** Answer of a gate to a challenge. */
export interface Challenged {
  readonly nonce: Uint8Array;
  readonly key: Uint8Array;
  readonly proof: Uint8Array;
}

/** Most ids of keys in a challenge. */
const mostOffered = 16;

const anonymous = { listener: "", dialer: "", kind: "", role: "" } as const;

/** Values of one exchange that all its proofs cover, and the key that both sides have agreed on. */
interface Agreed {
  readonly key: LinkKey;
  readonly dialerNonce: Uint8Array;
  readonly listenerNonce: Uint8Array;
  readonly offered: readonly Uint8Array[];
}

function inputOf(
  step: ProofStep,
  { dialerNonce, listenerNonce, offered }: Agreed,
  { listener, dialer, kind, role }: Pick<ProofInput, "listener" | "dialer" | "kind" | "role">,
): ProofInput {
  return {
    ...{ step, dialerNonce, listenerNonce, offered, version: linkVersion },
    ...{ listener, dialer, kind, role },
  };
}

/**
 * Gate's side of the exchange of proofs on one link. Each method throws when the peer fails; then the link must be closed. The
 * errors name neither side nor key, because an unproven peer reads them.
 */
export class ListenerChallenge {
  readonly #keys: LinkKeys;
  #agreed: Agreed | undefined;
  #proved = false;

  constructor(keys: LinkKeys) {
    this.#keys = keys;
  }

  /** True once the peer has proved that it has a key. */
  get proved(): boolean {
    return this.#proved;
  }

  /**
   * Answers the challenge of the peer. Throws UNAUTHENTICATED when no key is common, INVALID_ARGUMENT for a challenge of another
   * shape, FAILED_PRECONDITION for a second challenge or another version of the protocol.
   */
  challenge(nonce: Uint8Array, offered: readonly Uint8Array[], version: number): Challenged {
    if (this.#agreed !== undefined) throw fail("FAILED_PRECONDITION", "the link was challenged already");
    if (version !== linkVersion) {
      const reason = `unsupported link protocol version ${version}; expected ${linkVersion}`;
      throw fail("FAILED_PRECONDITION", reason);
    }
    const isSound = offered.length <= mostOffered && offered.every(({ length }) => length === keyIdBytes);
    if (nonce.length !== nonceBytes || !isSound) {
      const reason = `expected a nonce of ${nonceBytes} bytes and up to ${mostOffered} key ids of ${keyIdBytes} bytes`;
      throw fail("INVALID_ARGUMENT", reason);
    }
    const key = this.#keys.accepted.find((one) => offered.some((id) => isIdOf(one, id)));
    if (key === undefined) throw fail("UNAUTHENTICATED", "no link key in common");
    const listenerNonce = new Uint8Array(randomBytes(nonceBytes));
    const agreed = { key, dialerNonce: nonce, listenerNonce, offered };
    this.#agreed = agreed;
    const proof = proofOf(key.secret, inputOf("challenge:listener", agreed, anonymous));
    return { nonce: listenerNonce, key: key.id, proof };
  }

  /** Checks the peer's answer to the gate's nonce. Throws UNAUTHENTICATED. */
  prove(proof: Uint8Array): void {
    const agreed = this.#agreed;
    if (agreed === undefined || this.#proved) throw fail("FAILED_PRECONDITION", "no challenge is open");
    if (!isProof(proof, agreed.key.secret, inputOf("challenge:dialer", agreed, anonymous))) {
      throw fail("UNAUTHENTICATED", "wrong proof");
    }
    this.#proved = true;
  }

  /** Checks that the proof of a hello covers the identity, and returns the gate's own proof. Throws UNAUTHENTICATED. */
  introduce(proof: Uint8Array, identity: ProvenIdentity): Uint8Array {
    const agreed = this.#agreed;
    if (agreed === undefined || !this.#proved) throw fail("UNAUTHENTICATED", "no proof before the hello");
    if (!isProof(proof, agreed.key.secret, inputOf("hello:dialer", agreed, identity))) {
      throw fail("UNAUTHENTICATED", "wrong proof");
    }
    return proofOf(agreed.key.secret, inputOf("hello:listener", agreed, identity));
  }
}

/** Dialer's side of the exchange of proofs on one link. */
export class DialerChallenge {
  /** Random bytes, new for each link. */
  readonly nonce: Uint8Array = new Uint8Array(randomBytes(nonceBytes));
  /** Ids of the keys that this side accepts, the preferred one first. */
  readonly offered: readonly Uint8Array[];
  readonly #keys: readonly LinkKey[];
  #agreed: Agreed | undefined;

  constructor({ accepted }: LinkKeys) {
    this.#keys = accepted;
    this.offered = accepted.map(({ id }) => id);
  }

  /** Checks the proof of the gate, and returns the proof of this side. Throws UNAUTHENTICATED when the gate has no common key. */
  answer({ nonce, key: id, proof }: Challenged): Uint8Array {
    const key = this.#keys.find((one) => isIdOf(one, id));
    if (key === undefined || nonce.length !== nonceBytes) {
      throw fail("UNAUTHENTICATED", "the gate has answered the challenge without a common key");
    }
    const agreed = { key, dialerNonce: this.nonce, listenerNonce: nonce, offered: this.offered };
    if (!isProof(proof, key.secret, inputOf("challenge:listener", agreed, anonymous))) {
      throw fail("UNAUTHENTICATED", "the proof of the gate is wrong");
    }
    this.#agreed = agreed;
    return proofOf(key.secret, inputOf("challenge:dialer", agreed, anonymous));
  }

  /** Returns the proof of a hello. Call after {@link answer}. */
  introduce(identity: ProvenIdentity): Uint8Array {
    const agreed = this.#expectAgreed();
    return proofOf(agreed.key.secret, inputOf("hello:dialer", agreed, identity));
  }

  /** Checks the proof of a welcome. Throws UNAUTHENTICATED. */
  checkWelcome(proof: Uint8Array, identity: ProvenIdentity): void {
    const agreed = this.#expectAgreed();
    if (!isProof(proof, agreed.key.secret, inputOf("hello:listener", agreed, identity))) {
      throw fail("UNAUTHENTICATED", "the proof in the welcome is wrong");
    }
  }

  #expectAgreed(): Agreed {
    if (this.#agreed === undefined) throw fail("UNAUTHENTICATED", "the gate has not proved itself");
    return this.#agreed;
  }
}
