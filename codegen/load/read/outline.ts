/**
 * Syntax tree of one `.proto` file: every declaration as written, with its position, comment and options. Only the grammar is
 * checked; names are not resolved.
 */
import type { Mark } from "./scanner.ts";

/** Word of a schema file with its position. */
export interface Word {
  readonly text: string;
  readonly at: Mark;
}

/** Syntax tree of a file. Lists are in the order of the file. */
export interface FileOutline {
  /** Path below the schema root, as imports name the file. */
  readonly path: string;
  readonly syntax: Word | undefined;
  readonly edition: Word | undefined;
  readonly package: Word | undefined;
  readonly imports: readonly (Word & { readonly public: boolean })[];
  readonly options: readonly OptionNode[];
  readonly messages: readonly MessageNode[];
  readonly enums: readonly EnumNode[];
  readonly services: readonly ServiceNode[];
  readonly extends: readonly ExtendNode[];
  /** Comment directly above the syntax statement; "" without one. */
  readonly comment: string;
}

/** True for a file with `syntax = "proto2"`. Such a file may declare options; no code is generated for it. */
export function isProto2({ syntax }: FileOutline): boolean {
  return syntax?.text === "proto2";
}

/** Properties of all declarations; `at` is the position of the name, `comment` is "" without one. */
export interface Node {
  readonly name: string;
  readonly at: Mark;
  readonly comment: string;
  readonly options: readonly OptionNode[];
}

/** A message; `messages` and `enums` are declared inside it. */
export interface MessageNode extends Node {
  readonly fields: readonly FieldNode[];
  readonly oneofs: readonly Node[];
  readonly messages: readonly MessageNode[];
  readonly enums: readonly EnumNode[];
  readonly extends: readonly ExtendNode[];
  readonly reserved: Reserved;
  /** Numbers for extensions of the message; only proto2 and editions have them. */
  readonly extensionRanges: readonly Range[];
}

/** Range of numbers, both ends included; `at` is the position of the first number. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly at: Mark;
}

/** Reserved numbers and names of a message or an enum. */
export interface Reserved {
  readonly ranges: readonly Range[];
  readonly names: readonly Word[];
}

/** A field of a message, or an option that an `extend` block declares. */
export interface FieldNode extends Node {
  /** Comment behind the field, where `comment` stands above it; otherwise "". */
  readonly behind: string;
  readonly label: "" | "optional" | "repeated" | "required";
  /** Type of the field as written; for a map, the type of its values. */
  readonly type: Word;
  /** Type of the keys of a map; undefined for other fields. */
  readonly mapKey: Word | undefined;
  readonly number: number;
  readonly numberAt: Mark;
  /** Name of the oneof around the field. */
  readonly oneof: string | undefined;
}

/** An enum with its values. */
export interface EnumNode extends Node {
  readonly values: readonly EnumValueNode[];
  readonly reserved: Reserved;
}

/** A value of an enum; `numberAt` is the position of its number. */
export interface EnumValueNode extends Node {
  /** Comment behind the value, where `comment` stands above it; otherwise "". */
  readonly behind: string;
  readonly number: number;
  readonly numberAt: Mark;
}

/** A service with its rpcs. */
export interface ServiceNode extends Node {
  readonly rpcs: readonly RpcNode[];
}

/** An rpc; `request` and `response` are names of messages as written. */
export interface RpcNode extends Node {
  readonly request: Word;
  readonly response: Word;
  /** Position of the first word `stream`; undefined without one. */
  readonly stream: Mark | undefined;
}

/** An `extend` block: the extended message and the fields added to it. */
export interface ExtendNode {
  readonly extendee: Word;
  readonly fields: readonly FieldNode[];
}

/** An option. `option (photinus.command).id = 7` has the parts "photinus.command" (an extension) and "id". */
export interface OptionNode {
  readonly parts: readonly OptionPart[];
  readonly value: OptionValue;
  /** Comment behind the statement, on its last line; "" without one, and for an option in brackets. */
  readonly comment: string;
}

/** Part of the name of an option; `extension` is true for a name in parentheses or brackets. */
export interface OptionPart extends Word {
  readonly extension: boolean;
}

/** Value of an option as written, not yet checked against its declaration. */
export type OptionValue =
  | { readonly kind: "string"; readonly text: string; readonly at: Mark }
  | NumberValue
  | { readonly kind: "name"; readonly text: string; readonly at: Mark }
  | { readonly kind: "list"; readonly items: readonly OptionValue[]; readonly at: Mark }
  | { readonly kind: "object"; readonly entries: readonly OptionEntry[]; readonly at: Mark };

/** A number, with enough of its form to check it against any numeric type. */
export interface NumberValue {
  readonly kind: "number";
  readonly value: number;
  /** Exact value of a literal without a point or an exponent; undefined for other literals. */
  readonly integer: bigint | undefined;
  /** False for a hexadecimal or octal literal. */
  readonly decimal: boolean;
  readonly negative: boolean;
  readonly at: Mark;
}

/** A field of an option message in braces. */
export interface OptionEntry {
  readonly part: OptionPart;
  /** True when a colon stands before the value; only messages may omit it. */
  readonly colon: boolean;
  readonly value: OptionValue;
}
