/** First element of a compact message: what it is. The layouts stand in docs/PROTOCOL.md, and beside each writer. */
export const kind = {
  ask: 0,
  notice: 1,
  answer: 2,
  failure: 3,
  cancel: 4,
  relay: 5,
  push: 6,
} as const;

/** Third element of a PUSH: what its fourth names. */
export const targetKind = {
  session: 0,
  sessions: 1,
  user: 2,
  group: 3,
  everyone: 4,
  /** `[group, session]`: the group without that session. */
  groupExcept: 5,
} as const;

/** Method numbers from here up are the link's own administration, never a schema's. */
export const reservedMethods = 0xffffff00;

/** The reserved methods that a link answers by itself; all other reserved numbers go to its handler. */
export const linkMethod = {
  /** NOTICE, empty body: asks for a pong. */
  ping: 0xfffffff1,
  /** NOTICE, empty body: answers a ping. */
  pong: 0xfffffff2,
} as const;

/**
 * The receiver of an ASK or a NOTICE: `undefined` as the gate's table says, a string names a node, a number is the hash key
 * (unsigned 32 bit) among the nodes of the method's role.
 */
export type Target = string | number | undefined;

/** Kinds of receivers of a PUSH. */
export type PushAddress =
  | { readonly kind: "session"; readonly session: number }
  | { readonly kind: "sessions"; readonly sessions: readonly number[] }
  | { readonly kind: "user"; readonly user: bigint }
  | { readonly kind: "group"; readonly group: string; readonly except?: number | undefined }
  | { readonly kind: "everyone" };

/** A failure's message is cut to this many characters, on its way out and in: it is text for people. */
export const longestMessageChars = 1_024;

/** Nothing legal is nested deeper than this; compact messages need 4. */
export const maxDepth = 32;

/** Elements of the arrays and maps of one message of the map form, all together: each may cost fifty times its byte in memory. */
export const maxElements = 262_144;

/** The largest message of a peer that has not registered, in bytes, and how many of them it may send. */
export const unregisteredBytes = 4_096;
export const unregisteredMessages = 64;

/** Why a link was closed by what its peer sent. The text is counted as `links.illegal.<reason>`, so the set is closed. */
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

/** Thrown by the readers of this folder only, and caught by the link. */
export class IllegalMessageError extends Error {
  override readonly name = "IllegalMessageError";
  readonly reason: IllegalMessage;

  constructor(reason: IllegalMessage) {
    super(`illegal message: ${reason}`);
    this.reason = reason;
  }
}
