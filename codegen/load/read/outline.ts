/**
 * What stands in one `.proto` file, as written: every declaration with its position, its comment and its options. Names
 * are not resolved here and nothing is checked but the grammar.
 */
import type { Mark } from "./scanner.ts";

/** A word of the file and where it stands. */
export interface Word {
  readonly text: string;
  readonly at: Mark;
}

export interface FileOutline {
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
  /** The comment right above the syntax line. */
  readonly comment: string;
}

/** True for a file of proto2: it may declare options, and nothing else of it is generated. */
export function isProto2({ syntax }: FileOutline): boolean {
  return syntax?.text === "proto2";
}

/** What all declarations have; `at` is the position of the name. */
export interface Node {
  readonly name: string;
  readonly at: Mark;
  readonly comment: string;
  readonly options: readonly OptionNode[];
}

export interface MessageNode extends Node {
  readonly fields: readonly FieldNode[];
  readonly oneofs: readonly Node[];
  readonly messages: readonly MessageNode[];
  readonly enums: readonly EnumNode[];
  readonly extends: readonly ExtendNode[];
  readonly reserved: Reserved;
  /** Numbers that others may extend the message with; only older syntaxes have them. */
  readonly extensionRanges: readonly Range[];
}

export interface Range {
  readonly from: number;
  readonly to: number;
  readonly at: Mark;
}

export interface Reserved {
  readonly ranges: readonly Range[];
  readonly names: readonly Word[];
}

export interface FieldNode extends Node {
  readonly label: "" | "optional" | "repeated" | "required";
  /** Of a map, the type of its values. */
  readonly type: Word;
  readonly mapKey: Word | undefined;
  readonly number: number;
  readonly numberAt: Mark;
  readonly oneof: string | undefined;
}

export interface EnumNode extends Node {
  readonly values: readonly EnumValueNode[];
  readonly reserved: Reserved;
}

export interface EnumValueNode extends Node {
  readonly number: number;
  readonly numberAt: Mark;
}

export interface ServiceNode extends Node {
  readonly rpcs: readonly RpcNode[];
}

export interface RpcNode extends Node {
  readonly request: Word;
  readonly response: Word;
  /** Where `stream` stands, if it does. */
  readonly stream: Mark | undefined;
}

export interface ExtendNode {
  readonly extendee: Word;
  readonly fields: readonly FieldNode[];
}

/** `option (photinus.command).id = 7`: name parts "photinus.command" (an extension) and "id". */
export interface OptionNode {
  readonly parts: readonly OptionPart[];
  readonly value: OptionValue;
}

export interface OptionPart extends Word {
  readonly extension: boolean;
}

export type OptionValue =
  | { readonly kind: "string"; readonly text: string; readonly at: Mark }
  | NumberValue
  | { readonly kind: "name"; readonly text: string; readonly at: Mark }
  | { readonly kind: "list"; readonly items: readonly OptionValue[]; readonly at: Mark }
  | { readonly kind: "object"; readonly entries: readonly OptionEntry[]; readonly at: Mark };

export interface NumberValue {
  readonly kind: "number";
  readonly value: number;
  /** The exact value of a literal without a point or an exponent. */
  readonly integer: bigint | undefined;
  /** False for a literal that is hexadecimal or octal. */
  readonly decimal: boolean;
  readonly negative: boolean;
  readonly at: Mark;
}

export interface OptionEntry {
  readonly part: OptionPart;
  /** Whether a colon stands before the value; messages need none. */
  readonly colon: boolean;
  readonly value: OptionValue;
}
