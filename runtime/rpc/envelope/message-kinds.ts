/**
 * Kind of a compact message, its first element. The layouts are described in docs/PROTOCOL.md, and beside each writer.
 */
export const kind = {
  ask: 0,
  notice: 1,
  answer: 2,
  failure: 3,
  cancel: 4,
  relay: 5,
  push: 6,
} as const;

/** Kind of a PUSH's receivers, its third element; the fourth element names them. */
export const targetKind = {
  session: 0,
  sessions: 1,
  user: 2,
  group: 3,
  everyone: 4,
  /** Receiver `[group, session]`: the group without that session. */
  groupExcept: 5,
} as const;

/** First reserved method number. Numbers from here up belong to the link's administration, never to a schema. */
export const reservedMethods = 0xffffff00;

/** Reserved methods that a link answers by itself; all other reserved numbers go to its handler. */
export const linkMethod = {
  /** NOTICE, empty body: asks for a pong. */
  ping: 0xfffffff1,
  /** NOTICE, empty body: answers a ping. */
  pong: 0xfffffff2,
} as const;

/**
 * Receiver of an ASK or a NOTICE: `undefined` follows the gate's table, a string names a node, a number is the hash key
 * (unsigned 32 bits) among the nodes of the method's role.
 */
export type Target = string | number | undefined;

/** Receivers of a PUSH. */
export type PushAddress =
  | { readonly kind: "session"; readonly session: number }
  | { readonly kind: "sessions"; readonly sessions: readonly number[] }
  | { readonly kind: "user"; readonly user: bigint }
  | { readonly kind: "group"; readonly group: string; readonly except?: number | undefined }
  | { readonly kind: "everyone" };

/** Longest text of a failure, in characters; longer text is truncated on its way out and in. */
export const longestMessageChars = 1_024;

/** Deepest nesting of a legal message; compact messages need 4. */
export const maxDepth = 32;

/**
 * Most elements in all arrays and maps of one map-form message. An element of one byte may cost fifty bytes in memory.
 */
export const maxElements = 262_144;

/** Largest message of a peer that has not registered, in bytes: a hello with {@link mostListedCalls} ids fits. */
export const unregisteredBytes = 16_384;
/** Most calls that a node lists in its hello. A node with more lists none. */
export const mostListedCalls = 2_048;
/** Most messages of a peer that has not registered. */
export const unregisteredMessages = 64;

/**
 * Why a message of the peer closed the link. The set is closed, because the text is counted as
 * `links.illegal.<reason>`.
 */
export type IllegalMessage =
  | "length"
  | "truncated"
  | "depth"
  | "count"
  | "arity"
  | "kind"
  | "type"
  | "range"
  | "trailing"
  | "extension"
  | "key"
  | "form"
  | "unregistered";

/** Error of a message that breaks the protocol. Thrown only by the readers of this folder, and caught by the link. */
export class IllegalMessageError extends Error {
  override readonly name = "IllegalMessageError";
  readonly reason: IllegalMessage;

  constructor(reason: IllegalMessage) {
    super(`illegal message: ${reason}`);
    this.reason = reason;
  }
}
