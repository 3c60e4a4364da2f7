import type { ProtocolModel } from "../evolution/model/protocol-model.ts";

/**
 * Content of a lock file: every id, field number and enum number that a schema ever used, and its releases. None of the numbers
 * gets a second meaning, since programs built from an older schema may still run. The generator writes the file; it is committed
 * with the schema.
 */
export interface Lock {
  /** Commands and pushes, by id. */
  readonly calls: ReadonlyMap<number, LockedCall>;
  /** Methods between nodes, by id. */
  readonly methods: ReadonlyMap<number, LockedCall>;
  /** Field numbers, by full name of the message. */
  readonly messages: ReadonlyMap<string, LockedMessage>;
  /** Numbers of values, by full name of the enum. */
  readonly enums: ReadonlyMap<string, LockedEnum>;
  /** Releases that `photinus release` recorded, by ascending number. */
  readonly releases: readonly LockedRelease[];
}

/** A command, push or method. */
export interface LockedCall {
  /** Full name: "meadow.Meadow.Enter". */
  readonly name: string;
  readonly kind: "command" | "push" | "method";
  readonly removed: boolean;
}

/** A message with all fields that it ever had. */
export interface LockedMessage {
  readonly removed: boolean;
  /**
   * Tables that ever held its rows, the latest last. A table of the database "main" has its bare name ("hero"), one of another
   * database has that before it ("shop/hero"). Empty for most messages.
   */
  readonly tables: readonly string[];
  /** Fields by number. */
  readonly fields: ReadonlyMap<number, LockedField>;
}

/** A field of a message. */
export interface LockedField {
  readonly name: string;
  /** "uint32", "repeated meadow.Firefly", "map<string, bytes>". */
  readonly type: string;
  /** Former names, oldest first. */
  readonly was: readonly string[];
  /** Names of the oneofs that ever contained the field, oldest first. In a table a oneof is a column. */
  readonly oneofs: readonly string[];
  readonly removed: boolean;
}

/** An enum with all values that it ever had. */
export interface LockedEnum {
  readonly removed: boolean;
  /** Values by number. */
  readonly values: ReadonlyMap<number, LockedValue>;
}

/** A value of an enum. */
export interface LockedValue {
  /** All names that the number ever had, sorted; several for aliases and renamed values. */
  readonly names: readonly string[];
  readonly removed: boolean;
}

/** A release of the protocol. An entry never changes after it was recorded. */
export interface LockedRelease {
  /** Number of the release, from 1. */
  readonly number: number;
  /** Day of the release in UTC, "2026-11-27". */
  readonly date: string;
  /** Oldest release whose clients understand this one: those of all releases from there on do. Its own number: only its own. */
  readonly clients: number;
  /** Whole protocol as it was released, with its fingerprint and policy, without places in files. */
  readonly model: ProtocolModel;
}

/** Largest number of a release. It fits every 32-bit integer type, signed ones included. */
export const mostReleases = 0x7fff_ffff;

/** Name of the lock file in a schema's root folder. */
export const lockFileName = "photinus.lock.json";

/** Lock of a schema that was never generated. */
export const emptyLock: Lock = Object.freeze({
  calls: new Map(),
  methods: new Map(),
  messages: new Map(),
  enums: new Map(),
  releases: [],
});
