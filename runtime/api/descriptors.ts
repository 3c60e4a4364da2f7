import type { Codec } from "../wire/codec/codec.ts";

/** A client-to-server message, as generated server code describes it to the node that handles it. */
export interface CommandDescriptor<Q, R> {
  readonly id: number;
  /** Full name, for logs: "meadow.Meadow.Enter". */
  readonly name: string;
  readonly request: Codec<Q>;
  /** Undefined: a notify, nobody is answered. */
  readonly reply: Codec<R> | undefined;
  readonly timeoutMs: number;
  /** "" is the default lane of the role, "*" is none (run at once). */
  readonly lane: string;
  /** Runs on a worker thread. */
  readonly heavy: boolean;
  readonly idempotent: boolean;
}

/** A node-to-node method, as generated server code describes it to both its caller and its callee. */
export interface MethodDescriptor<Q, R> {
  /** Declared, or FNV-1a 32 of the full name. */
  readonly id: number;
  readonly name: string;
  /** The role of the nodes that handle it. */
  readonly role: string;
  readonly request: Codec<Q>;
  /** Undefined: one-way, nobody is answered. */
  readonly reply: Codec<R> | undefined;
  readonly timeoutMs: number;
  readonly heavy: boolean;
  readonly idempotent: boolean;
}

/** A server-to-client message. */
export interface PushDescriptor<M> {
  readonly id: number;
  readonly name: string;
  readonly body: Codec<M>;
}
