import type { Message, SchemaFile } from "../../../schema/model.ts";
import type { EmitContext } from "../context.ts";
import { typeName } from "../naming.ts";
import { indented, objectLiteral } from "../print/layout.ts";
import { emitEnum } from "./enums.ts";
import { ReadBody } from "./read.ts";
import { Recursion } from "./recursion.ts";
import { emitInterface, initialValues } from "./shape.ts";
import { WriteBody } from "./write.ts";

/**
 * Adds a schema file's enums and messages to the source file of the context: for each message an interface, and a constant
 * of the same name with its straight-line protobuf codec. The caller has declared the names.
 */
export function emitMessages(file: SchemaFile, context: EmitContext): void {
  const recursion = new Recursion(context.index);
  for (const declared of file.enums) context.source.add(emitEnum(declared, typeName(declared)));
  for (const message of file.messages) {
    const name = typeName(message);
    context.source.add(emitInterface(message, name, context), emitCodec(message, name, context, recursion));
  }
}

function emitCodec(message: Message, name: string, context: EmitContext, recursion: Recursion): string {
  const messageType = context.runtime("MessageType", "type");
  const initial = objectLiteral(initialValues(message), `    const value: ${name} = `.length);
  const create = `const value: ${name} = ${initial};\nreturn init === undefined ? value : { ...value, ...init };`;
  const isEmpty = message.fields.length === 0;
  const members = [
    `name: ${JSON.stringify(message.fullName)},`,
    isEmpty ? "create() {\nreturn {};\n}," : method("create(init)", create),
    isEmpty
      ? "write() {},"
      : method("write(writer, value)", new WriteBody(message, context, recursion).text()),
    method("read(reader, end, into)", new ReadBody(message, context, recursion).text(name)),
  ];
  return `export const ${name}: ${messageType}<${name}> = {\n${indented(members.join("\n\n"))}\n};`;
}

function method(head: string, body: string): string {
  return `${head} {\n${indented(body)}\n},`;
}
