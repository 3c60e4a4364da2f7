import type { Message, SchemaFile } from "../../../schema/model.ts";
import { type EmitContext, halfName } from "../emit-context.ts";
import { typeName } from "../naming.ts";
import { deprecatedTag, docstring } from "../print/docs.ts";
import { callable, indented, objectLiteral } from "../print/line-layout.ts";
import { emitEnum } from "./enums.ts";
import { emitInterface, holdsItself, initialValues, wholeMessage } from "./message-interface.ts";
import { ReadBody } from "./read-body.ts";
import { Recursion } from "./recursion.ts";
import { WriteBody } from "./write-body.ts";

/**
 * Adds a schema file's enums and messages to the source file of the context. A message is an interface and a constant of that name
 * with its protobuf codec, as straight-line code. The caller has declared all names.
 */
export function emitMessages(file: SchemaFile, context: EmitContext): void {
  const recursion = new Recursion(context.index);
  for (const declared of file.enums) context.source.add(emitEnum(declared, typeName(declared)));
  for (const message of file.messages) {
    const name = typeName(message);
    const emit = context.hasHalves ? emitHalves : emitCodec;
    context.source.add(emitInterface(message, name, context), emit(message, name, context, recursion));
  }
}

/**
 * Emits the constant of a message with its codec as methods, for servers. The constant of a deprecated message carries the tag of
 * the interface: an editor strikes out a name only where each of its declarations is deprecated.
 */
function emitCodec(message: Message, name: string, context: EmitContext, recursion: Recursion): string {
  const messageType = context.runtime("MessageType", "type");
  const head = `const value: ${name} = `;
  const create = () =>
    [
      `${head}${initialObject(message, context, `    ${head}`)};`,
      "if (init === undefined) return value;",
      `return ${wholeMessage(message, "value", context, recursion)};`,
    ].join("\n");
  const isEmpty = message.fields.length === 0;
  const parameters = createParameters(message, recursion);
  const write = new WriteBody(message, context, recursion);
  const members = [
    `name: ${JSON.stringify(message.fullName)},`,
    isEmpty ? "create() {\nreturn {};\n}," : method(`create(${parameters})`, create()),
    isEmpty && !context.keepsUnknown ? "write() { }," : method("write(writer, value)", write.text()),
    method("read(reader, end, into)", new ReadBody(message, context, recursion).text("", `${name}.create()`)),
  ];
  const constant = `${docstring(deprecatedTag(message))}export const ${name}: ${messageType}<${name}> = {\n${indented(members.join("\n\n"))}\n};`;
  return [constant, ...write.functions].join("\n\n");
}

/**
 * Emits read and write as functions beside the constant. A module that only sends or only receives a message imports one function,
 * so that a bundle omits the other half. The client imports the runtime's own messages in that way, too.
 */
function emitHalves(message: Message, name: string, context: EmitContext, recursion: Recursion): string {
  const messageType = context.runtime("MessageType", "type");
  const reader = context.runtime("Reader", "type");
  const writer = context.runtime("Writer", "type");
  const [create, write, read] = (["create", "write", "read"] as const).map((verb) =>
    halfName(verb, name, context.side),
  ) as [string, string, string];
  const isEmpty = message.fields.length === 0;
  const parameters = createParameters(message, recursion);
  const init = `${context.runtime("MessageInit", "type")}<${name}>`;
  const written = isEmpty
    ? [`_writer: ${writer}`, `_value: ${init}`]
    : [`writer: ${writer}`, `value: ${init}`];
  const members = [
    `name: ${JSON.stringify(message.fullName)},`,
    isEmpty
      ? `create: ${create},`
      : `create: (${parameters}) => (init === undefined ? ${create}() : ${wholeMessage(message, `${create}()`, context, recursion)}),`,
    `write: ${write},`,
    `read: ${read},`,
  ];
  return [
    declared(create, [], name, `return ${initialObject(message, context, "  return ")};`),
    `export ${declared(write, written, "void", new WriteBody(message, context, recursion).text())}`,
    `export ${declared(
      read,
      [`reader: ${reader}`, "end: number", `into?: ${name}`],
      name,
      // The object itself instead of a call of create: bundlers leave create out where a page only reads.
      new ReadBody(message, context, recursion).text(
        `: ${name}`,
        initialObject(message, context, readHead(name)),
      ),
    )}`,
    `${docstring(deprecatedTag(message))}export const ${name}: ${messageType}<${name}> = {\n${indented(members.join("\n"))}\n};`,
  ].join("\n\n");
}

/** Parameters of `create`. A message that can hold itself counts its levels. */
function createParameters(message: Message, recursion: Recursion): string {
  return holdsItself(message, message.fields, recursion) ? "init, depth" : "init";
}

/** Prints a function declaration. */
function declared(name: string, parameters: readonly string[], returns: string, body: string): string {
  return `${callable(`function ${name}`, parameters, `: ${returns} {`)}\n${indented(body)}\n}`;
}

/** The line of `read` before the literal of a new message. */
function readHead(name: string): string {
  return `  const value: ${name} = into ?? `;
}

/** The literal of a new message; `before` stands before it on its line. */
function initialObject(message: Message, context: EmitContext, before: string): string {
  return objectLiteral(initialValues(message, context), before.length);
}

function method(head: string, body: string): string {
  return `${head} {\n${indented(body)}\n},`;
}
