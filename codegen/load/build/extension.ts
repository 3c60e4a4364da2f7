import { isScalar } from "../link/scalar.ts";
import { type ExtendNode, isProto2 } from "../read/outline.ts";
import { isOfProtobuf } from "./field.ts";
import type { FileContext } from "./file-context.ts";

/**
 * Checks an `extend` block, by which a schema declares options of its own. proto3 allows extensions only of google.protobuf's
 * option messages.
 *
 * @param scope full name of the declaration around the block
 */
export function checkExtension(context: FileContext, { extendee, fields }: ExtendNode, scope: string): void {
  const symbol = context.resolve(extendee, scope, "names");
  if (symbol !== undefined && !isOptions(symbol.name) && !isProto2(context.file)) {
    const help =
      "proto3 extends only google.protobuf's option messages, such as google.protobuf.FieldOptions";
    context.refuse("PH008", extendee.at, `${symbol.name} cannot be extended`, help);
  }
  const ranges =
    symbol?.kind === "message" && isOptions(symbol.name) ? symbol.node.extensionRanges : undefined;
  for (const field of fields) {
    const options = context.options.check(field.options, "Field", context.file, scope, field.at);
    const { name, number, numberAt, label, mapKey, type } = field;
    if (ranges !== undefined && !ranges.some(({ from, to }) => from <= number && number <= to)) {
      const help = "use a number from its extension ranges; 50000 to 99999 are for private use";
      context.refuse("PH020", numberAt, `${symbol?.name} cannot be extended with the number ${number}`, help);
    }
    if (isOfProtobuf(number)) {
      const help = "19000 to 19999 are reserved by protobuf; use another number";
      context.refuse("PH020", numberAt, `the number of ${name} is ${number}`, help);
    }
    const jsonName = options.at("json_name");
    if (jsonName !== undefined) {
      context.refuse("PH012", jsonName, `the option ${name} cannot have a json_name`, "remove it");
    }
    if (mapKey !== undefined || label === "required") {
      const what = mapKey === undefined ? "required" : "a map";
      context.refuse(
        "PH008",
        field.at,
        `the option ${name} cannot be ${what}`,
        "declare a message with such a field, and use it as the type of the option",
      );
    }
    if (!isScalar(type.text) && type.text !== "group") context.resolve(type, scope);
  }
}

function isOptions(name: string): boolean {
  return /^google\.protobuf\.\w+Options$/.test(name);
}
