import type { Codec, Decoder, Encoder } from "../wire/codec/codec.ts";

/**
 * Describes a client-to-server message to the node that handles it; part of generated server code. `Q` is the request
 * that the handler gets, `R` the reply that it returns.
 */
export interface CommandDescriptor<Q, R> {
  /** Number of the command on the wire. */
  readonly id: number;
  /** Full name, for logs: "meadow.Meadow.Enter". */
  readonly name: string;
  readonly request: Decoder<Q>;
  /** Encoder of the reply; undefined for a notify, which has no reply. */
  readonly reply: Encoder<R> | undefined;
  /** Timeout of the caller, in ms. */
  readonly timeoutMs: number;
  /** Name of the lane: "" is the default lane of the role; "*" runs the command at once, without a lane. */
  readonly lane: string;
  /** Whether the handler runs on a worker thread. */
  readonly heavy: boolean;
  /** Whether a second run has no further effect, so that a retry is safe. */
  readonly idempotent: boolean;
}

/**
 * Describes a node-to-node method to its caller and its callee; part of generated server code. `Q` is the request that
 * a caller gives, `R` the reply that it gets.
 */
export interface MethodDescriptor<Q, R> {
  /** Declared in the schema, or FNV-1a 32 of the full name. */
  readonly id: number;
  /** Full name, for logs: "meadow.MeadowDesk.Release". */
  readonly name: string;
  /** Role of the nodes that handle the method. */
  readonly role: string;
  readonly request: Codec<unknown, Q>;
  /** Codec of the reply; undefined for a one-way method, which has no reply. */
  readonly reply: Codec<R> | undefined;
  /** Default timeout of a caller, in ms. */
  readonly timeoutMs: number;
  /** Whether the handler runs on a worker thread. */
  readonly heavy: boolean;
  /** Whether a second run has no further effect, so that a retry is safe. */
  readonly idempotent: boolean;
}

/** Describes a server-to-client message; part of generated server code. `M` is the message that a sender gives. */
export interface PushDescriptor<M> {
  /** Number of the push on the wire. */
  readonly id: number;
  /** Full name, for logs: "meadow.Meadow.Moved". */
  readonly name: string;
  readonly body: Encoder<M>;
}
