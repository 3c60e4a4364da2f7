import { isScalar } from "../link/scalar.ts";
import type { ExtendNode, FieldNode, FileOutline, MessageNode } from "../read/outline.ts";
import { checkNumber } from "./field.ts";
import type { FileContext } from "./file-context.ts";

/** Checks fields and services of a proto2 file, which is read for the options that it declares and never generated. */
export function checkProto2(context: FileContext, file: FileOutline): void {
  for (const extension of file.extends) checkExtended(context, extension);
  for (const message of file.messages) checkMessage(context, message, context.package);
  for (const { request, response } of file.services.flatMap(({ rpcs }) => rpcs)) {
    context.resolve(request, context.package);
    context.resolve(response, context.package);
  }
}

function checkMessage(context: FileContext, message: MessageNode, scope: string): void {
  const fullName = scope === "" ? message.name : `${scope}.${message.name}`;
  for (const field of message.fields) {
    checkLabel(context, field);
    checkNumber(context, field);
    const { text } = field.type;
    if (!isScalar(text) && text !== "group") context.resolve(field.type, fullName);
  }
  for (const extension of message.extends) checkExtended(context, extension);
  for (const nested of message.messages) checkMessage(context, nested, fullName);
}

/** Checks what proto2 demands of extensions beyond `checkExtension`. */
function checkExtended(context: FileContext, { fields }: ExtendNode): void {
  for (const field of fields) checkLabel(context, field);
}

function checkLabel(context: FileContext, { name, at, label, mapKey, oneof }: FieldNode): void {
  if (label !== "" || mapKey !== undefined || oneof !== undefined) return;
  const help = 'write "optional", "repeated" or "required" before its type';
  context.refuse("PH008", at, `the field ${name} of a proto2 file has no label`, help);
}
