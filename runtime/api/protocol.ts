import type { TableLayout } from "../tables/table-layout.ts";

/**
 * Routing table of a schema: generated as `generated/server/protocol.ts`, read by gates at start. Holds plain data and
 * the key extractors of hash routing. It has no codec, because a gate never decodes a body.
 */
export interface Protocol {
  /** Fingerprint of all that two peers of the schema must agree on, 16 hex digits. */
  readonly fingerprint: string;
  /** Routing of all commands that clients may send. */
  readonly commands: readonly CommandEntry[];
  /** Delivery of all pushes that servers may send to clients. */
  readonly pushes: readonly PushEntry[];
  /** Routing of all methods that nodes call on each other. */
  readonly methods: readonly MethodEntry[];
  /** Loads all tables of the schema, for the tools that migrate databases. Absent in a schema without tables. */
  readonly tables?: () => Promise<readonly TableLayout[]>;
  /**
   * Number of the last release with the schema's fingerprint. A schema that has changed since the last release has the number after
   * it, and so counts as newer than all releases. 0, the default: the schema was never released.
   */
  readonly release?: number;
  /** Released versions of the schema that the lock file knows, by ascending number. Default: none. */
  readonly releases?: readonly ProtocolRelease[];
}

/** Released version of a schema, as the gate needs it to tell old clients from new ones. */
export interface ProtocolRelease {
  /** Number of the release, from 1. */
  readonly number: number;
  /** Fingerprint of the released schema, 16 hex digits. Two releases may have the same one. */
  readonly fingerprint: string;
  /**
   * First change after this release that its clients cannot understand, in words: "the reply of meadow.Meadow.Enter has another
   * type". Such clients are refused. Absent: clients of the release and the present schema understand each other.
   */
  readonly breaks?: string;
}

/** Level that a session must have proved before it may send a command. */
export type AuthLevel = "anyone" | "user" | "admin";

/** How a call chooses among the nodes of its role. */
export type RouteEntry =
  | { readonly kind: "session" }
  | {
      readonly kind: "hash";
      /**
       * Reads an unsigned 32-bit key from the bytes of a field. A malformed body throws or yields any key; reading
       * always ends.
       */
      hash(bytes: Uint8Array, start: number, end: number): number;
    }
  | { readonly kind: "round-robin" }
  | { readonly kind: "node"; readonly node: string };

/** Rate limit: at most `count` calls in `perMs` milliseconds, with bursts of up to `count`. */
export interface RateEntry {
  readonly count: number;
  readonly perMs: number;
}

/** Routing of a command, as the gate needs it. */
export interface CommandEntry {
  /** Number of the command on the wire. */
  readonly id: number;
  /** Full name, for logs: "meadow.Meadow.Move". */
  readonly name: string;
  /** Role of the nodes that handle the command. */
  readonly role: string;
  /** Whether the command has a reply (request) or none (notify). */
  readonly kind: "request" | "notify";
  readonly auth: AuthLevel;
  /** Largest body, in bytes; 0 leaves only the frame limit of the port. */
  readonly maxBytes: number;
  /** Timeout of the caller, in ms. */
  readonly timeoutMs: number;
  /** Name of the lane: "" is the default lane of the role; "*" means no lane, so no order. */
  readonly lane: string;
  readonly route: RouteEntry;
  /** Rate limit of one session; undefined for none. */
  readonly rate: RateEntry | undefined;
  readonly idempotent: boolean;
  readonly heavy: boolean;
  /** Bodies that may be compressed between client and gate: they hold no SECRET field. Absent: none. */
  readonly compressible?: "request" | "reply" | "both";
  /** True for a deprecated command, whose uses the gate counts. Absent: not deprecated. */
  readonly deprecated?: true;
  /** Least release of the nodes that may get it; older ones know the id, and do something else. Absent: every release. */
  readonly minRelease?: number;
}

/** Routing of a node-to-node method, as the gate needs it. */
export interface MethodEntry {
  /** Number of the method on the wire. */
  readonly id: number;
  readonly name: string;
  /** Role of the nodes that handle the method. */
  readonly role: string;
  /** Whether the method has a reply (request) or none (oneway). */
  readonly kind: "request" | "oneway";
  /** Default timeout of a caller, in ms. */
  readonly timeoutMs: number;
  readonly route: RouteEntry;
  /** Least release of the nodes that may get it; older ones know the id, and do something else. Absent: every release. */
  readonly minRelease?: number;
}

/**
 * How a push treats a client that reads too slowly. "reliable" is never dropped; a client too slow for it is
 * disconnected. "latest" keeps only the newest push of each key. "droppable" is dropped.
 */
export type Delivery = "reliable" | "latest" | "droppable";

/** Delivery of a push, as the gate needs it. */
export interface PushEntry {
  /** Number of the push on the wire. */
  readonly id: number;
  readonly name: string;
  readonly delivery: Delivery;
  /** Reads the key of a "latest" push from the bytes of its body. Undefined: all pushes of this id share one key. */
  readonly key: ((bytes: Uint8Array, start: number, end: number) => number | bigint | string) | undefined;
  /** Whether the body may be compressed between gate and client: it holds no SECRET field. Absent: false. */
  readonly compressible?: true;
  /**
   * Longest time for which the gate gathers pushes to a group, in ms; each member gets them in one write. 0, the default: pushes leave at
   * once.
   */
  readonly tickMs?: number;
}
