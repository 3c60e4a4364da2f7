import type { TableLayout } from "../tables/table-layout.ts";

/**
 * The routing table of a schema: generated as `generated/server/protocol.ts`, read by gates at start. Plain data and the
 * field extractors for hash routing; no codec, because a gate never decodes a body.
 */
export interface Protocol {
  /** 16 hex digits over everything that two peers of the schema must agree on. */
  readonly fingerprint: string;
  readonly commands: readonly CommandEntry[];
  readonly pushes: readonly PushEntry[];
  readonly methods: readonly MethodEntry[];
  /** Loads all tables of the schema, for what brings databases to it. Left out when there are none. */
  readonly tables?: () => Promise<readonly TableLayout[]>;
}

/** What a session must have proved before it may send a command. */
export type AuthLevel = "anyone" | "user" | "admin";

/** Where a call goes when several nodes share the role. */
export type RouteEntry =
  | { readonly kind: "session" }
  | {
      readonly kind: "hash";
      /** An unsigned 32-bit key, read from the field's bytes; malformed bodies throw or give any key, never hang. */
      hash(bytes: Uint8Array, start: number, end: number): number;
    }
  | { readonly kind: "round-robin" }
  | { readonly kind: "node"; readonly node: string };

/** At most `count` calls in `perMs` milliseconds, in bursts of up to `count`. */
export interface RateEntry {
  readonly count: number;
  readonly perMs: number;
}

/** A command, as the gate sees it. */
export interface CommandEntry {
  readonly id: number;
  /** Full name, for logs: "meadow.Meadow.Move". */
  readonly name: string;
  readonly role: string;
  readonly kind: "request" | "notify";
  readonly auth: AuthLevel;
  /** The largest body, in bytes; 0: only the port's frame limit holds. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** "" is the default lane of the role, "*" is none (no order). */
  readonly lane: string;
  readonly route: RouteEntry;
  readonly rate: RateEntry | undefined;
  readonly idempotent: boolean;
  readonly heavy: boolean;
}

/** A node-to-node method, as the gate sees it. */
export interface MethodEntry {
  readonly id: number;
  readonly name: string;
  readonly role: string;
  readonly kind: "request" | "oneway";
  readonly timeoutMs: number;
  readonly route: RouteEntry;
}

/**
 * How a push treats a client that does not keep up: "reliable" is never dropped (a client too slow for it is closed),
 * "latest" keeps only the newest of each key, "droppable" is dropped.
 */
export type Delivery = "reliable" | "latest" | "droppable";

/** A server-to-client message, as the gate sees it. */
export interface PushEntry {
  readonly id: number;
  readonly name: string;
  readonly delivery: Delivery;
  /** Of "latest": reads the subject from the body's bytes; undefined: the push has one subject. */
  readonly key: ((bytes: Uint8Array, start: number, end: number) => number | bigint | string) | undefined;
}
