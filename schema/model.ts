/**
 * The language-neutral model of a schema: what the loader makes of `.proto` files and every emitter works from.
 * Plain data, without protobufjs; all names are as written in the schema, in file order.
 */
export interface Schema {
  /** Files to generate for, sorted by path. Includes imported files that are not part of `photinus/`. */
  readonly files: readonly SchemaFile[];
  /** 16 hex digits over everything that a peer must agree on: ids, names, field numbers and types. Comments do not count. */
  readonly fingerprint: string;
}

/** Where something stands in a schema file. Lines and columns start at 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface SchemaFile {
  /** Path relative to the schema root, with slashes: "meadow/meadow.proto". */
  readonly path: string;
  readonly package: string;
  /** Paths of imported files, `photinus/` left out. */
  readonly imports: readonly string[];
  /** The comment above the syntax line, if any. */
  readonly comment: string;
  /** All messages, nested ones too, each after its parent. */
  readonly messages: readonly Message[];
  readonly enums: readonly Enum[];
  readonly services: readonly Service[];
}

interface Declaration {
  readonly name: string;
  /** With package and parents, without a leading dot: "meadow.Scene.Entity". */
  readonly fullName: string;
  /** Comment text without markers, "" when there is none. */
  readonly comment: string;
  readonly location: Location;
}

export interface Message extends Declaration {
  /** Names of the messages around it, outermost first; empty at the top level. */
  readonly parents: readonly string[];
  /** In order of field number. */
  readonly fields: readonly Field[];
  /** Real oneofs only, not those that `optional` makes. */
  readonly oneofs: readonly Oneof[];
  readonly table?: Table;
}

export interface Oneof {
  readonly name: string;
  readonly comment: string;
  /** Names of its fields. */
  readonly fields: readonly string[];
}

export type ScalarType =
  | "double"
  | "float"
  | "int32"
  | "int64"
  | "uint32"
  | "uint64"
  | "sint32"
  | "sint64"
  | "fixed32"
  | "fixed64"
  | "sfixed32"
  | "sfixed64"
  | "bool"
  | "string"
  | "bytes";

export type FieldType =
  | { readonly kind: "scalar"; readonly scalar: ScalarType }
  | { readonly kind: "enum"; readonly name: string }
  | { readonly kind: "message"; readonly name: string };

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly comment: string;
  readonly location: Location;
  /** The value's type; of a map field, the type of its values. */
  readonly type: FieldType;
  /** "single" has no presence (proto3 default); "optional" has; a message field is always "optional". */
  readonly label: "single" | "optional" | "repeated" | "map";
  /** Of a map field. */
  readonly mapKey?: ScalarType;
  /** Of a repeated scalar or enum field. */
  readonly packed: boolean;
  /** Name of the real oneof that the field is in. */
  readonly oneof?: string;
  /** A 64-bit field with `jstype = JS_NUMBER`: a number in JavaScript, not a bigint. */
  readonly jsNumber: boolean;
  readonly dataClass: DataClass;
  readonly column?: Column;
}

export type DataClass = "PLAIN" | "PERSONAL" | "SECRET";

export interface Enum extends Declaration {
  readonly parents: readonly string[];
  readonly values: readonly EnumValue[];
}

export interface EnumValue {
  readonly name: string;
  readonly number: number;
  readonly comment: string;
}

export interface Service extends Declaration {
  readonly role: string;
  readonly audience: "CLIENTS" | "NODES";
  readonly commands: readonly Command[];
  readonly pushes: readonly Push[];
  readonly methods: readonly Method[];
}

/** What a call carries: a message by its full name, or bytes as they are (`photinus.Raw`). */
export type BodyType = { readonly kind: "message"; readonly name: string } | { readonly kind: "raw" };

/** Where a call goes when several nodes share the role. */
export type Route =
  | { readonly kind: "session" }
  /** `path` leads from the request to the field, through singular messages: ["meadow_id"]. */
  | { readonly kind: "hash"; readonly path: readonly string[] }
  | { readonly kind: "round-robin" }
  | { readonly kind: "node"; readonly node: string };

export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

interface Call extends Declaration {
  readonly id: number;
  readonly request: BodyType;
  /** Absent: nobody is answered (a notify, a one-way method). */
  readonly reply?: BodyType;
  readonly timeoutMs: number;
  readonly route: Route;
  readonly idempotent: boolean;
  readonly heavy: boolean;
}

/** A client-to-server message. */
export interface Command extends Call {
  readonly auth: "ANYONE" | "USER" | "ADMIN";
  readonly rate?: Rate;
  /** 0: the port's frame limit. */
  readonly maxBytes: number;
  /** "" is the default lane of the role, "*" is none. */
  readonly lane: string;
}

/** A node-to-node RPC. */
export interface Method extends Call {}

/** A server-to-client message. */
export interface Push extends Declaration {
  readonly id: number;
  readonly body: BodyType;
  readonly delivery: "RELIABLE" | "LATEST" | "DROPPABLE";
  /** With LATEST: path to the field that tells one subject from another. */
  readonly key?: readonly string[];
}

export interface Table {
  readonly name: string;
  readonly ttlMs: number;
  readonly database: string;
  readonly durability: "WRITE_BEHIND" | "WRITE_THROUGH";
  /** Column sets, over names of fields. */
  readonly indexes: readonly { readonly columns: readonly string[]; readonly unique: boolean }[];
}

export interface Column {
  readonly name: string;
  readonly primaryKey: boolean;
  readonly autoIncrement: boolean;
  /** Table and column of the row referred to, as named in the database. */
  readonly foreignKey?: { readonly table: string; readonly column: string };
  readonly unique: boolean;
  readonly index: boolean;
  /** Of string and bytes columns: characters or bytes. */
  readonly maxLength?: number;
}
