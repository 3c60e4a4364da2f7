import type { Field, Message } from "../../../schema/model.ts";
import { suggestion } from "../../../schema/suggest.ts";
import type { Mark } from "../read/scanner.ts";
import { describe } from "./field.ts";
import type { FileContext } from "./file-context.ts";

/**
 * Checks a path to a field, such as "position.x". The path starts at a message and leads through messages that are not repeated
 * to a field whose value can be a key.
 *
 * @param text the path as written, names with dots between
 * @param from the message that the path starts at
 * @param messages all messages of the schema by full name
 * @param use "hash" for a route, "key" for a push; only a hash may use bytes
 * @returns the names of the path, even when an error was reported
 */
export function checkPath(
  context: FileContext,
  text: string,
  at: Mark,
  from: Message,
  messages: ReadonlyMap<string, Message>,
  use: "hash" | "key",
): string[] {
  const names = text.split(".");
  let message: Message | undefined = from;
  for (const [i, name] of names.entries()) {
    const field: Field | undefined = message.fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      const known = message.fields.map((candidate) => candidate.name);
      const help = known.length === 0 ? `${message.name} has no fields` : suggestion(name, known);
      const what =
        name === ""
          ? `the path ${JSON.stringify(text)} has an empty name`
          : `${message.name} has no field ${name}`;
      context.refuse("PH051", at, what, help);
      return names;
    }
    if (i === names.length - 1) {
      checkKey(context, field, at, use);
      return names;
    }
    if (field.type.kind !== "message" || field.label !== "optional") {
      const wrong = `the path ${text} goes through ${name}, which is ${describe(field)}`;
      context.refuse(
        "PH051",
        at,
        wrong,
        "expected a message that is not repeated before each dot; use another path",
      );
      return names;
    }
    message = messages.get(field.type.name);
    if (message === undefined) return names;
  }
  return names;
}

/** Reports the last field of a path when its values cannot be keys. Floating-point numbers have no exact equality. */
function checkKey(context: FileContext, field: Field, at: Mark, use: "hash" | "key"): void {
  const { type, label } = field;
  const refused = use === "key" ? ["double", "float", "bytes"] : ["double", "float"];
  const wrong =
    label === "repeated" ||
    label === "map" ||
    type.kind === "message" ||
    (type.kind === "scalar" && refused.includes(type.scalar));
  if (!wrong) return;
  const allowed = use === "key" ? "integer, bool, string or enum" : "integer, bool, string, bytes or enum";
  const help = `use a field of an ${allowed} type that is not repeated`;
  context.refuse("PH052", at, `${field.name} cannot be the ${use}: it is ${describe(field)}`, help);
}
