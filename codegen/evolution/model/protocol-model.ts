/**
 * Snapshot of a whole protocol, policy included, as plain JSON data. Two snapshots are compared by `changesBetween`; a release can
 * keep one beside its lock. Lists are sorted, and properties with their default are left out, so that equal protocols give equal
 * texts of small size. A snapshot depends neither on comments' texts nor on the order of files and declarations.
 */
export interface ProtocolModel {
  /** Version of this form. */
  readonly version: 1;
  /** Fingerprint of the schema, 16 hex digits. */
  readonly fingerprint: string;
  /** Numbers of the error codes by name. */
  readonly errors: Readonly<Record<string, number>>;
  readonly files: readonly FileModel[];
  readonly services: readonly ServiceModel[];
  /** Commands, pushes and methods of all services. */
  readonly calls: readonly CallModel[];
  readonly messages: readonly MessageModel[];
  readonly enums: readonly EnumModel[];
}

/** A schema file with its package; "" for a file without one. */
export interface FileModel {
  readonly path: string;
  readonly package: string;
}

/** Properties of all declarations in a snapshot. */
export interface DeclarationModel {
  /** Name with package and parents: "meadow.Meadow.Enter". Fields and values have their own name only. */
  readonly name: string;
  readonly deprecated?: true;
  /** Short hash of the comment; absent without one. Shows that a comment changed, without its text. */
  readonly said?: string;
  /** Place as "meadow/chat.proto:12". For output only: it takes no part in a comparison. */
  readonly at?: string;
}

/** A service. Its calls are in {@link ProtocolModel.calls}. */
export interface ServiceModel extends DeclarationModel {
  readonly role: string;
  readonly audience: "CLIENTS" | "NODES";
  /** Reserved ids of removed calls, ascending. */
  readonly reservedIds?: readonly number[];
}

/** Route of a call: a word, or the field numbers that lead to the hashed field, or the name of a node. */
export type RouteModel =
  | "session"
  | "round-robin"
  | { readonly hash: readonly number[] }
  | { readonly node: string };

/** A command ("request" or "notify"), a push, or a method of nodes ("method" or "one-way"). */
export interface CallModel extends DeclarationModel {
  readonly service: string;
  readonly kind: "request" | "notify" | "push" | "method" | "one-way";
  readonly id: number;
  /** Full name of the message that is sent: of the request or of the push. "photinus.Raw" is an opaque body. */
  readonly body: string;
  /** Full name of the reply; absent without one. */
  readonly reply?: string;
  /** Level that a session needs; commands only. */
  readonly auth?: "ANYONE" | "USER" | "ADMIN";
  /** Rate limit as [count, ms]; absent without one. */
  readonly rate?: readonly [count: number, perMs: number];
  /** Largest body, in bytes; absent for the frame limit of the port. */
  readonly maxBytes?: number;
  /** Timeout, in ms; calls with a reply only. */
  readonly timeoutMs?: number;
  /** Route; absent for pushes. */
  readonly route?: RouteModel;
  /** Lane; absent for the default lane of the role. */
  readonly lane?: string;
  readonly idempotent?: true;
  readonly heavy?: true;
  /** Least release of the nodes that get the call; absent for every release. */
  readonly minRelease?: number;
  /** Delivery class; pushes only. */
  readonly delivery?: "RELIABLE" | "LATEST" | "DROPPABLE";
  /** Field numbers that lead to the key of a push. */
  readonly key?: readonly number[];
  /** Time for which pushes to a group are gathered, in ms; absent for none. */
  readonly tickMs?: number;
  readonly compress?: "NEVER";
}

/** Whether a call is between nodes. Methods have ids of their own range. */
export function isMethod({ kind }: Pick<CallModel, "kind">): boolean {
  return kind === "method" || kind === "one-way";
}

/** Reserved numbers, as ascending ranges with both ends included, and names. */
export interface ReservedModel {
  readonly numbers: readonly (readonly [from: number, to: number])[];
  readonly names: readonly string[];
}

/** A message. */
export interface MessageModel extends DeclarationModel {
  /** Fields by ascending number. */
  readonly fields: readonly FieldModel[];
  readonly reserved?: ReservedModel;
  readonly table?: TableModel;
}

/** A field of a message. */
export interface FieldModel extends DeclarationModel {
  readonly number: number;
  /** Scalar type, or full name of a message or enum; of a map field, the type of its values. */
  readonly type: string;
  /** Absent for a single field without presence. A single message field is "optional". */
  readonly label?: "optional" | "repeated" | "map";
  /** Type of a map's keys. */
  readonly mapKey?: string;
  /** True for a repeated number whose values are not packed. */
  readonly unpacked?: true;
  /** Name of the oneof around the field. */
  readonly oneof?: string;
  /** Name in JSON, where the schema sets one. */
  readonly json?: string;
  /** True for `jstype = JS_NUMBER`. */
  readonly jsNumber?: true;
  /** Data class; absent for PLAIN. */
  readonly data?: "PERSONAL" | "SECRET";
  readonly column?: ColumnModel;
}

/** Column of a field; only in tables. */
export interface ColumnModel {
  /** Name in the database, where it is not the field's. */
  readonly name?: string;
  readonly primaryKey?: true;
  readonly autoIncrement?: true;
  /** "table.column". */
  readonly foreignKey?: string;
  readonly unique?: true;
  readonly index?: true;
  /** Longest text in characters, or bytes. */
  readonly maxLength?: number;
  readonly owner?: "DELETE" | "ANONYMIZE";
}

/** Table of a message. */
export interface TableModel {
  readonly name: string;
  /** Configured database; absent for "main". */
  readonly database?: string;
  /** Absent for WRITE_BEHIND. */
  readonly durability?: "WRITE_THROUGH";
  readonly ttlMs: number;
  /** Indexes over sets of columns, by field numbers in their order. */
  readonly indexes?: readonly { readonly columns: readonly number[]; readonly unique?: true }[];
}

/** An enum. */
export interface EnumModel extends DeclarationModel {
  /** Values by ascending number, aliases by name. */
  readonly values: readonly EnumValueModel[];
  readonly reserved?: ReservedModel;
}

/** A value of an enum. */
export interface EnumValueModel extends DeclarationModel {
  readonly number: number;
}

/** Full name of an opaque body. */
export const rawBody = "photinus.Raw";
