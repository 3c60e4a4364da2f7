/**
 * The language-neutral model of a schema, which the loader builds from `.proto` files and every target generates from.
 * Plain data without protobufjs; names are as written in the schema, in file order.
 */
export interface Schema {
  /** Files to generate for, sorted by path. Includes imported files that are not part of `photinus/`. */
  readonly files: readonly SchemaFile[];
  /**
   * Fingerprint of all that two peers must agree on (ids, names, field numbers and types, but no comments), 16 hex
   * digits.
   */
  readonly fingerprint: string;
}

/** Place in a schema file. Lines and columns start at 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A `.proto` file. */
export interface SchemaFile {
  /** Path relative to the schema root, with slashes: "meadow/meadow.proto". */
  readonly path: string;
  readonly package: string;
  /** Paths of imported files, without those of `photinus/`. */
  readonly imports: readonly string[];
  /** Comment above the syntax line; "" without one. */
  readonly comment: string;
  /** All messages, including nested ones, each after its parent. */
  readonly messages: readonly Message[];
  readonly enums: readonly Enum[];
  readonly services: readonly Service[];
}

/** Deprecation of a declaration: of its own `deprecated = true`, or of the service or file around it. */
export interface Deprecation {
  /** Reason or replacement on one line: "use Join"; "" when the schema gives none. */
  readonly note: string;
}

/** Declaration that the schema may deprecate. */
export interface Deprecable {
  /** Absent for a declaration that is not deprecated. */
  readonly deprecated?: Deprecation;
}

interface Declaration extends Deprecable {
  readonly name: string;
  /** Name with package and parents, without a leading dot: "meadow.Scene.Entity". */
  readonly fullName: string;
  /** Text of the comment without markers, and without the note of a deprecation; "" without a comment. */
  readonly comment: string;
  readonly location: Location;
}

/** Numbers and names that a message or an enum reserves: no field or value may have them. */
export interface Reserved {
  /** Ranges of numbers in the order of the file, both ends included. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
  readonly names: readonly string[];
}

/** A message type. */
export interface Message extends Declaration {
  /** Names of the enclosing messages, outermost first; empty at the top level. */
  readonly parents: readonly string[];
  /** Fields in order of their numbers. */
  readonly fields: readonly Field[];
  /** Oneofs that the schema declares, without those that `optional` implies. */
  readonly oneofs: readonly Oneof[];
  /** Absent when the message reserves nothing. */
  readonly reserved?: Reserved;
  readonly table?: Table;
}

/** A oneof of a message. */
export interface Oneof {
  readonly name: string;
  readonly comment: string;
  /** Names of the fields in the oneof. */
  readonly fields: readonly string[];
}

/** Scalar types of protobuf. */
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

/** Type of a field's value; enums and messages by their full names. */
export type FieldType =
  | { readonly kind: "scalar"; readonly scalar: ScalarType }
  | { readonly kind: "enum"; readonly name: string }
  | { readonly kind: "message"; readonly name: string };

/** A field of a message. */
export interface Field extends Deprecable {
  readonly name: string;
  readonly number: number;
  readonly comment: string;
  readonly location: Location;
  /** Type of the value, or of the values of a map field. */
  readonly type: FieldType;
  /**
   * Cardinality and presence: "single" has no presence (proto3 default), "optional" has; a message field is always
   * "optional".
   */
  readonly label: "single" | "optional" | "repeated" | "map";
  /** Type of the keys; map fields only. */
  readonly mapKey?: ScalarType;
  /** Whether the elements of a repeated scalar or enum field are packed. */
  readonly packed: boolean;
  /** Name of the declared oneof that contains the field. */
  readonly oneof?: string;
  /** Whether a 64-bit field has `jstype = JS_NUMBER`: a number in JavaScript instead of a bigint. */
  readonly jsNumber: boolean;
  readonly dataClass: DataClass;
  /** Value of the option `json_name`; absent when the schema does not set it. */
  readonly jsonName?: string;
  readonly column?: Column;
}

/** Sensitivity of a field's data. PERSONAL and SECRET values are left out of logs. */
export type DataClass = "PLAIN" | "PERSONAL" | "SECRET";

/** An enum type. */
export interface Enum extends Declaration {
  readonly parents: readonly string[];
  readonly values: readonly EnumValue[];
  /** Absent when the enum reserves nothing. */
  readonly reserved?: Reserved;
}

/** A value of an enum. */
export interface EnumValue extends Deprecable {
  readonly name: string;
  readonly number: number;
  readonly comment: string;
  /** Absent in models that a program builds without a file. */
  readonly location?: Location;
}

/** A service with its commands, pushes and methods. */
export interface Service extends Declaration {
  readonly role: string;
  readonly audience: "CLIENTS" | "NODES";
  /** Ids of removed commands and pushes, which no call may have again. Absent when the service reserves none. */
  readonly reservedIds?: readonly number[];
  readonly commands: readonly Command[];
  readonly pushes: readonly Push[];
  readonly methods: readonly Method[];
}

/** Body of a call: a message by its full name, or opaque bytes (`photinus.Raw`). */
export type BodyType = { readonly kind: "message"; readonly name: string } | { readonly kind: "raw" };

/** How a call chooses among the nodes of its role. */
export type Route =
  | { readonly kind: "session" }
  /** Field to hash: `path` leads from the request to the field through singular messages: ["meadow_id"]. */
  | { readonly kind: "hash"; readonly path: readonly string[] }
  | { readonly kind: "round-robin" }
  | { readonly kind: "node"; readonly node: string };

/** Rate limit: at most `count` calls in `perMs` milliseconds. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

interface Call extends Declaration {
  readonly id: number;
  readonly request: BodyType;
  /** Body of the reply; absent for a notify or a one-way method. */
  readonly reply?: BodyType;
  readonly timeoutMs: number;
  readonly route: Route;
  readonly idempotent: boolean;
  readonly heavy: boolean;
  /** Least release of the nodes that may get the call; absent for every release. */
  readonly minRelease?: number;
}

/** A client-to-server message. */
export interface Command extends Call {
  readonly auth: "ANYONE" | "USER" | "ADMIN";
  readonly rate?: Rate;
  /** Largest body, in bytes; 0 leaves only the frame limit of the port. */
  readonly maxBytes: number;
  /** Name of the lane: "" is the default lane of the role; "*" means no lane, so no order. */
  readonly lane: string;
  readonly compress: Compress;
}

/** Whether bodies may be compressed between client and gate. Messages with a SECRET field never are. */
export type Compress = "AUTOMATIC" | "NEVER";

/** A node-to-node RPC. */
export interface Method extends Call {}

/** A server-to-client message. */
export interface Push extends Declaration {
  readonly id: number;
  readonly body: BodyType;
  readonly delivery: "RELIABLE" | "LATEST" | "DROPPABLE";
  /** Path to the field that distinguishes the subjects of the push; LATEST only. */
  readonly key?: readonly string[];
  readonly compress: Compress;
  /** Longest time for which pushes to a group are gathered, in ms; 0: none. */
  readonly tickMs: number;
}

/** A message that is stored as a table. */
export interface Table {
  readonly name: string;
  readonly ttlMs: number;
  readonly database: string;
  readonly durability: "WRITE_BEHIND" | "WRITE_THROUGH";
  /** Indexes over sets of columns, by the names of their fields. */
  readonly indexes: readonly { readonly columns: readonly string[]; readonly unique: boolean }[];
}

/** Column of a field in a table. */
export interface Column {
  readonly name: string;
  readonly primaryKey: boolean;
  readonly autoIncrement: boolean;
  /** Table and column that this column refers to, as named in the database. */
  readonly foreignKey?: { readonly table: string; readonly column: string };
  readonly unique: boolean;
  readonly index: boolean;
  /** Longest value of a string column, in characters, or of a bytes column, in bytes. */
  readonly maxLength?: number;
  /** Whether the column has the user id of the person whom the row belongs to. Default false. */
  readonly owner?: boolean;
  /** Effect of `photinus data forget` on the rows of a person; only beside `owner`. */
  readonly forget?: "DELETE" | "ANONYMIZE";
  /** Highest data class of the field and, for a message type, of all fields inside. Default PLAIN. */
  readonly dataClass?: DataClass;
  /**
   * Paths of field names, from the column's message down, to the SECRET values inside a column whose own field is not SECRET.
   * A path ends at a oneof as a whole.
   */
  readonly secrets?: readonly (readonly string[])[];
}
