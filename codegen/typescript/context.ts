import type { Enum, Message, Schema, SchemaFile } from "../../schema/model.ts";
import { typeName } from "./naming.ts";
import { doors, type RuntimeName, runtimeNames, type Side } from "./runtime-names.ts";
import { SourceFile, type SourceFileOptions, type Use } from "./source-file.ts";

/** A message or an enum, and the file that declares it. */
type Found = { readonly file: SchemaFile } & (
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "enum"; readonly enum: Enum }
);

/** Finds messages and enums by full name, over all files of a schema. */
export class SchemaIndex {
  /** All of them, in file order. */
  readonly messages: readonly Message[];
  readonly #found = new Map<string, Found>();

  constructor(schema: Pick<Schema, "files">) {
    this.messages = schema.files.flatMap((file) => file.messages);
    for (const file of schema.files) {
      for (const message of file.messages) {
        this.#found.set(message.fullName, { kind: "message", message, file });
      }
      for (const declared of file.enums) {
        this.#found.set(declared.fullName, { kind: "enum", enum: declared, file });
      }
    }
  }

  message(fullName: string): Message {
    const found = this.#found.get(fullName);
    if (found?.kind !== "message") throw new Error(`the schema has no message ${fullName}`);
    return found.message;
  }

  enum(fullName: string): Enum {
    const found = this.#found.get(fullName);
    if (found?.kind !== "enum") throw new Error(`the schema has no enum ${fullName}`);
    return found.enum;
  }

  find(fullName: string): Found {
    const found = this.#found.get(fullName);
    if (!found) throw new Error(`the schema has no message or enum ${fullName}`);
    return found;
  }
}

/** All that an emitter needs beside its part of the schema: where code goes, and what other code is called there. */
export class EmitContext {
  readonly side: Side;
  readonly index: SchemaIndex;
  /**
   * Whether messages keep the fields that their schema does not know. A client only reads what it shows, and leaves them out
   * of its bundle; the runtime's own messages are never passed on.
   */
  readonly keepsUnknown: boolean;
  /** The file being made. */
  readonly source: SourceFile;

  constructor(side: Side, index: SchemaIndex, path: string, options: SourceFileOptions = {}) {
    this.side = side;
    this.index = index;
    this.keepsUnknown = side === "server";
    this.source = new SourceFile(path, options);
  }

  /** Imports a name of the runtime; returns what it is called in this file. */
  runtime(name: RuntimeName, use: Use, preferred?: string): string {
    if (!runtimeNames[name].includes(this.side)) {
      throw new Error(`${name} is not on the ${this.side} door (runtime-names.ts)`);
    }
    return this.source.import(doors[this.side], name, use, preferred);
  }

  /**
   * Whether read and write are functions beside a message's constant: a bundle has only the half that it uses. Servers, which
   * are not bundled, have them in the constant.
   */
  get hasHalves(): boolean {
    return this.side !== "server";
  }

  /** How this file reads or writes a message: by a function, or by a method of the message's constant. */
  codecMethod(verb: "read" | "write", fullName: string): string {
    return this.hasHalves ? this.half(verb, fullName) : `${this.reference(fullName, "value")}.${verb}`;
  }

  /** What the function that reads or writes a message is called in this file; imports it when another file declares it. */
  half(verb: "read" | "write", fullName: string): string {
    const found = this.index.find(fullName);
    if (found.kind !== "message") throw new Error(`${fullName} is no message`);
    const name = halfName(verb, typeName(found.message), this.side);
    const path = messagesPath(found.file.path, this.side);
    return path === this.source.path ? name : this.source.import({ file: path }, name, "value");
  }

  /** What a message or an enum is called in this file, by its full name; imports it when another file declares it. */
  reference(fullName: string, use: Use): string {
    const found = this.index.find(fullName);
    const name = typeName(found.kind === "message" ? found.message : found.enum);
    const path = messagesPath(found.file.path, this.side);
    return path === this.source.path ? name : this.source.import({ file: path }, name, use);
  }
}

/**
 * The function that makes, reads or writes a message: "write$Step", which is nobody's name, as names of the schema have no
 * "$" inside. Those of the runtime's own messages, which are imported by hand, are "writeStep".
 */
export function halfName(verb: "create" | "read" | "write", type: string, side: Side): string {
  return side === "internal" ? verb + type : `${verb}$${type}`;
}

/** "meadow/meadow.proto" -> "meadow/meadow.messages.ts"; the runtime's own have nothing else: "photinus/control.ts". */
export function messagesPath(schemaPath: string, side: Side): string {
  return schemaPath.replace(/\.proto$/, side === "internal" ? ".ts" : ".messages.ts");
}
