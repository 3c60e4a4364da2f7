import type { Writer } from "../codec/writer.ts";
import { type KeyPair, keyBytes, type NoisePrimitives } from "./noise-primitives.ts";
import { type CipherState, SymmetricState } from "./symmetric-state.ts";

/** States of the two directions after a handshake. */
export interface Directions {
  readonly send: CipherState;
  readonly receive: CipherState;
}

/** Name of the Noise protocol with these primitives. */
export function nkProtocolName({ cipher }: NoisePrimitives): string {
  return `Noise_NK_25519_${cipher}_SHA256`;
}

/**
 * Initiator of the Noise pattern NK, revision 34: the client, which knows the server's static key and has none itself.
 *
 *     <- s
 *     ...
 *     -> e, es
 *     <- e, ee
 *
 * Call {@link NkInitiator.write}, {@link NkInitiator.read}, {@link NkInitiator.split}, once each and in this order.
 */
export class NkInitiator {
  readonly #state: SymmetricState;
  readonly #remoteStatic: Uint8Array;
  readonly #ephemeral: KeyPair;

  /** @param ephemeral new keys; given only by tests with known answers */
  constructor(
    primitives: NoisePrimitives,
    prologue: Uint8Array,
    remoteStatic: Uint8Array,
    ephemeral: KeyPair = primitives.generateKeyPair(),
  ) {
    this.#state = beginNk(primitives, prologue, remoteStatic);
    this.#remoteStatic = remoteStatic;
    this.#ephemeral = ephemeral;
  }

  get handshakeHash(): Uint8Array {
    return this.#state.handshakeHash;
  }

  /** Appends the first message. Throws for a static key of low order. */
  write(payload: Uint8Array, output: Writer): void {
    const { publicKey } = this.#ephemeral;
    output.append(publicKey);
    this.#state.mixHash(publicKey);
    this.#state.mixKey(this.#ephemeral.exchange(this.#remoteStatic));
    this.#state.sealAndHash(payload, output);
  }

  /** Returns the payload of the second message. Throws when the message does not verify. */
  read(message: Uint8Array): Uint8Array {
    const remote = remoteKey(message);
    this.#state.mixHash(remote);
    this.#state.mixKey(this.#ephemeral.exchange(remote));
    return this.#state.openAndHash(message.subarray(keyBytes));
  }

  split(): Directions {
    const [send, receive] = this.#state.split();
    return { send, receive };
  }
}

/**
 * Responder of the Noise pattern NK: the server, whose static key the client knows. Call {@link NkResponder.read},
 * {@link NkResponder.write}, {@link NkResponder.split}, once each and in this order.
 */
export class NkResponder {
  readonly #state: SymmetricState;
  readonly #primitives: NoisePrimitives;
  readonly #statics: KeyPair;
  #ephemeral: KeyPair | undefined;
  #remote: Uint8Array | undefined;

  /** @param ephemeral new keys; given only by tests with known answers */
  constructor(primitives: NoisePrimitives, prologue: Uint8Array, statics: KeyPair, ephemeral?: KeyPair) {
    this.#state = beginNk(primitives, prologue, statics.publicKey);
    this.#primitives = primitives;
    this.#statics = statics;
    this.#ephemeral = ephemeral;
  }

  get handshakeHash(): Uint8Array {
    return this.#state.handshakeHash;
  }

  /** Returns the payload of the first message. Throws when the message does not verify. */
  read(message: Uint8Array): Uint8Array {
    const remote = remoteKey(message);
    this.#remote = remote;
    this.#state.mixHash(remote);
    this.#state.mixKey(this.#statics.exchange(remote));
    return this.#state.openAndHash(message.subarray(keyBytes));
  }

  /** Appends the second message. Its keys are made here, after the first message has verified. */
  write(payload: Uint8Array, output: Writer): void {
    if (this.#remote === undefined) throw new Error("the first message was not read");
    this.#ephemeral ??= this.#primitives.generateKeyPair();
    const { publicKey } = this.#ephemeral;
    output.append(publicKey);
    this.#state.mixHash(publicKey);
    this.#state.mixKey(this.#ephemeral.exchange(this.#remote));
    this.#state.sealAndHash(payload, output);
  }

  split(): Directions {
    const [receive, send] = this.#state.split();
    return { send, receive };
  }
}

function beginNk(
  primitives: NoisePrimitives,
  prologue: Uint8Array,
  responderStatic: Uint8Array,
): SymmetricState {
  const state = new SymmetricState(primitives, nkProtocolName(primitives));
  state.mixHash(prologue);
  state.mixHash(responderStatic);
  return state;
}

/** Copies the key at the start of a message, because the message's memory is reused. */
function remoteKey(message: Uint8Array): Uint8Array {
  if (message.length < keyBytes) throw new Error("shorter than a public key");
  return new Uint8Array(message.subarray(0, keyBytes));
}
