import type { Enum, Message, Schema, SchemaFile } from "../../schema/model.ts";
import { typeName } from "./naming.ts";
import { entryPoints, type RuntimeName, runtimeNames, type Side } from "./runtime-names.ts";
import { SourceFile, type SourceFileOptions, type Use } from "./source-file.ts";

/** A message or an enum, with the schema file that declares it. */
type Found = { readonly file: SchemaFile } & (
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "enum"; readonly enum: Enum }
);

/** Finds messages and enums by full name, over all files of a schema. */
export class SchemaIndex {
  /** All messages of the schema, in file order. */
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

  /** Returns a message by its full name. Throws when the schema has none: the loader has checked all references. */
  message(fullName: string): Message {
    const found = this.#found.get(fullName);
    if (found?.kind !== "message") throw new Error(`the schema has no message ${fullName}`);
    return found.message;
  }

  /** Returns an enum by its full name, or throws. */
  enum(fullName: string): Enum {
    const found = this.#found.get(fullName);
    if (found?.kind !== "enum") throw new Error(`the schema has no enum ${fullName}`);
    return found.enum;
  }

  /** Returns a message or an enum by its full name, or throws. */
  find(fullName: string): Found {
    const found = this.#found.get(fullName);
    if (!found) throw new Error(`the schema has no message or enum ${fullName}`);
    return found;
  }
}

/** Context of one emitted file: the file under construction, and the local names of all code that the file refers to. */
export class EmitContext {
  readonly side: Side;
  readonly index: SchemaIndex;
  /**
   * Whether messages keep fields that their schema does not know, so that a server of an older schema passes them on. A client
   * only shows what it reads, so its bundle omits that code; the runtime's own messages are never passed on.
   */
  readonly keepsUnknown: boolean;
  /** The file under construction. */
  readonly source: SourceFile;

  constructor(side: Side, index: SchemaIndex, path: string, options: SourceFileOptions = {}) {
    this.side = side;
    this.index = index;
    this.keepsUnknown = side === "server";
    this.source = new SourceFile(path, options);
  }

  /**
   * Imports a name of the runtime and returns its local name in this file.
   *
   * @param preferred local name to use where it is free. Default: the imported name
   */
  runtime(name: RuntimeName, use: Use, preferred?: string): string {
    if (!runtimeNames[name].includes(this.side)) {
      throw new Error(`${name} is not in the entry point of the ${this.side} side (runtime-names.ts)`);
    }
    return this.source.import(entryPoints[this.side], name, use, preferred);
  }

  /**
   * Whether read and write are functions beside a message's constant, so that a bundle loads only the half that it uses. Servers
   * are not bundled: their constants hold both as methods.
   */
  get hasHalves(): boolean {
    return this.side !== "server";
  }

  /** Returns the expression that reads or writes a message: a function, or a method of the message's constant. */
  codecMethod(verb: "read" | "write", fullName: string): string {
    return this.hasHalves ? this.half(verb, fullName) : `${this.reference(fullName, "value")}.${verb}`;
  }

  /** Returns the local name of the function that reads or writes a message; imports it from the file that declares it. */
  half(verb: "read" | "write", fullName: string): string {
    const found = this.index.find(fullName);
    if (found.kind !== "message") throw new Error(`${fullName} is not a message`);
    const name = halfName(verb, typeName(found.message), this.side);
    const path = messagesPath(found.file.path, this.side);
    return path === this.source.path ? name : this.source.import({ file: path }, name, "value");
  }

  /** Returns the local name of a message or an enum, by its full name; imports it from the file that declares it. */
  reference(fullName: string, use: Use): string {
    const found = this.index.find(fullName);
    const name = typeName(found.kind === "message" ? found.message : found.enum);
    const path = messagesPath(found.file.path, this.side);
    return path === this.source.path ? name : this.source.import({ file: path }, name, use);
  }
}

/**
 * Returns the name of the function that creates, reads or writes a message: "write$Step". The "$" rules out a collision, because
 * names of a schema have no "$" inside. The runtime's own messages are imported by hand-written code, so theirs are "writeStep".
 */
export function halfName(verb: "create" | "read" | "write", type: string, side: Side): string {
  return side === "internal" ? verb + type : `${verb}$${type}`;
}

/**
 * Returns the path of the messages of a schema file: "meadow/meadow.proto" -> "meadow/meadow.messages.ts". The runtime's own
 * messages are the only output of their file, so the path is short: "photinus/control.ts".
 */
export function messagesPath(schemaPath: string, side: Side): string {
  return schemaPath.replace(/\.proto$/, side === "internal" ? ".ts" : ".messages.ts");
}
