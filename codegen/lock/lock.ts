/**
 * The lock file: every id and every field number that a schema ever used, so that none is given a second meaning while
 * programs built from an older schema may still be running. It is written by the generator and committed with the schema.
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
}

export interface LockedCall {
  /** Full name: "meadow.Meadow.Enter". */
  readonly name: string;
  readonly kind: "command" | "push" | "method";
  readonly removed: boolean;
}

export interface LockedMessage {
  readonly removed: boolean;
  /** Tables that it ever was, the last one last: "hero", in another database than "main" "shop/hero". Of most none. */
  readonly tables: readonly string[];
  readonly fields: ReadonlyMap<number, LockedField>;
}

export interface LockedField {
  readonly name: string;
  /** "uint32", "repeated meadow.Firefly", "map<string, bytes>". */
  readonly type: string;
  /** Names that it had before, oldest first. */
  readonly was: readonly string[];
  /** Names of the oneofs that it was ever in, oldest first: in a table a oneof is a column. */
  readonly oneofs: readonly string[];
  readonly removed: boolean;
}

export interface LockedEnum {
  readonly removed: boolean;
  readonly values: ReadonlyMap<number, LockedValue>;
}

export interface LockedValue {
  /** Several where the enum allows aliases; sorted. */
  readonly names: readonly string[];
  readonly removed: boolean;
}

/** The name of the lock file in a schema's root folder. */
export const lockFileName = "photinus.lock.json";

export const emptyLock: Lock = Object.freeze({
  calls: new Map(),
  methods: new Map(),
  messages: new Map(),
  enums: new Map(),
});
