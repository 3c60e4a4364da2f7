import type { Codec, Decoder, Encoder } from "../wire/codec/codec.ts";

/**
 * A client-to-server message, as generated server code describes it to the node that handles it. `Q` is what the handler
 * gets, `R` what it answers.
 */
export interface CommandDescriptor<Q, R> {
  readonly id: number;
  /** Full name, for logs: "meadow.Meadow.Enter". */
  readonly name: string;
  readonly request: Decoder<Q>;
  /** Undefined: a notify, nobody is answered. */
  readonly reply: Encoder<R> | undefined;
  readonly timeoutMs: number;
  /** "" is the default lane of the role, "*" is none (run at once). */
  readonly lane: string;
  /** Runs on a worker thread. */
  readonly heavy: boolean;
  readonly idempotent: boolean;
}

/**
 * A node-to-node method, as generated server code describes it to both its caller and its callee. `Q` is what a
 * caller gives, `R` what it gets.
 */
export interface MethodDescriptor<Q, R> {
  /** Declared, or FNV-1a 32 of the full name. */
  readonly id: number;
  readonly name: string;
  /** The role of the nodes that handle it. */
  readonly role: string;
  readonly request: Codec<unknown, Q>;
  /** Undefined: one-way, nobody is answered. */
  readonly reply: Codec<R> | undefined;
  readonly timeoutMs: number;
  readonly heavy: boolean;
  readonly idempotent: boolean;
}

/** A server-to-client message. `M` is what a sender gives. */
export interface PushDescriptor<M> {
  readonly id: number;
  readonly name: string;
  readonly body: Encoder<M>;
}
