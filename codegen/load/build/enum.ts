import type { Enum } from "../../../schema/model.ts";
import type { OptionObject } from "../link/option-object.ts";
import { join, scopeAround } from "../link/symbols.ts";
import type { EnumNode, EnumValueNode } from "../read/outline.ts";
import type { FileContext } from "./context.ts";
import { checkReserved } from "./reserved.ts";

export function buildEnum(context: FileContext, node: EnumNode, parents: readonly string[]): Enum {
  const fullName = [context.package, ...parents, node.name].reduce(join);
  const around = scopeAround(fullName);
  const options = context.options.check(node.options, "Enum", context.file, around, node.at);
  const [first] = node.values;
  if (first === undefined) {
    context.refuse(
      "PH024",
      node.at,
      `the enum ${node.name} has no values`,
      "add a first value with the number 0",
    );
  } else if (first.number !== 0) {
    const message = `the first value of ${node.name} is ${first.name} = ${first.number}`;
    context.refuse(
      "PH024",
      first.numberAt,
      message,
      "proto3 needs a first value with the number 0: it is the default",
    );
  }
  const seen = new Map<number, EnumValueNode>();
  for (const value of node.values) {
    context.options.check(value.options, "EnumValue", context.file, around, value.at);
    if (value.number < -(2 ** 31) || value.number > 2 ** 31 - 1) {
      const help = `use a number from ${-(2 ** 31)} to ${2 ** 31 - 1}`;
      context.refuse("PH026", value.numberAt, `the number of ${value.name} is ${value.number}`, help);
    }
    const other = seen.get(value.number);
    if (other !== undefined && !options.bool("allow_alias")) {
      const message = `${value.name} has the number ${value.number}, as ${other.name} has`;
      const help = "use another number, or option allow_alias = true; for two names of one value";
      context.refuse("PH025", value.numberAt, message, help, other.numberAt);
    }
    seen.set(value.number, other ?? value);
  }
  checkAliases(context, node, options);
  checkReserved(context, node.values, node.reserved, "value");
  return {
    name: node.name,
    fullName,
    comment: node.comment,
    location: context.location(node.at),
    parents,
    values: node.values.map(({ name, number, comment }) => ({ name, number, comment })),
  };
}

/** Two names of one number, where the enum says so; and names that are one without the enum's name before them. */
function checkAliases(context: FileContext, node: EnumNode, options: OptionObject): void {
  const numbers = new Set(node.values.map(({ number }) => number));
  const at = options.at("allow_alias");
  if (at !== undefined && (numbers.size === node.values.length || !options.bool("allow_alias"))) {
    const message = `allow_alias has no effect in ${node.name}`;
    context.refuse("PH012", at, message, "remove it: set it to true where two values have one number");
  }
  const short = new Map<string, EnumValueNode>();
  for (const value of node.values) {
    const name = withoutPrefix(value.name, node.name);
    const other = short.get(name);
    if (other === undefined) short.set(name, value);
    else if (other.number !== value.number && other.name !== value.name) {
      const message = `${value.name} and ${other.name} are one name without case, underscores and the enum's name`;
      context.refuse("PH007", value.at, message, "give one of the two another name", other.at);
    }
  }
}

/** A value's name as programs in other languages may have it: `COLOR_DARK_RED` of `Color` is `DarkRed`. */
function withoutPrefix(value: string, declared: string): string {
  const bare = (text: string): string => text.replaceAll("_", "").toLowerCase();
  const prefix = bare(declared);
  let at = 0;
  for (const letter of prefix) {
    while (value[at] === "_") at++;
    if (value[at]?.toLowerCase() !== letter) return pascal(value);
    at++;
  }
  const rest = value.slice(at).replace(/^_+/, "");
  return rest === "" ? pascal(value) : pascal(rest);
}

function pascal(name: string): string {
  const words = name.split("_").filter((word) => word !== "");
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()).join("");
}
