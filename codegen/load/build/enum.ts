import type { Enum, EnumValue } from "../../../schema/model.ts";
import { deprecationOf } from "../link/deprecation.ts";
import type { OptionObject } from "../link/option-object.ts";
import { join, scopeAround } from "../link/symbols.ts";
import type { EnumNode, EnumValueNode } from "../read/outline.ts";
import type { FileContext } from "./file-context.ts";
import { checkReserved, reservedOf } from "./reserved.ts";

/**
 * Builds an enum of the model and reports its errors.
 *
 * @param parents names of the messages around the enum, outermost first
 */
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
      "add a value with the number 0 first",
    );
  } else if (first.number !== 0) {
    const message = `the first value of ${node.name} is ${first.name} = ${first.number}`;
    context.refuse(
      "PH024",
      first.numberAt,
      message,
      "expected a first value with the number 0, the default in proto3; add one",
    );
  }
  const seen = new Map<number, EnumValueNode>();
  const values: EnumValue[] = [];
  for (const value of node.values) {
    const own = context.options.check(value.options, "EnumValue", context.file, around, value.at);
    const { name, number, at } = value;
    values.push({ name, number, location: context.location(at), ...deprecationOf(value, own) });
    if (value.number < -(2 ** 31) || value.number > 2 ** 31 - 1) {
      const help = `expected ${-(2 ** 31)} to ${2 ** 31 - 1}; use a number in that range`;
      context.refuse("PH026", value.numberAt, `the number of ${value.name} is ${value.number}`, help);
    }
    const other = seen.get(value.number);
    if (other !== undefined && !options.bool("allow_alias")) {
      const message = `${value.name} and ${other.name} both have the number ${value.number}`;
      const help = "use another number; for two names of one value add option allow_alias = true;";
      context.refuse("PH025", value.numberAt, message, help, other.numberAt);
    }
    seen.set(value.number, other ?? value);
  }
  checkAliases(context, node, options);
  checkReserved(context, node.values, node.reserved, "value");
  return {
    name: node.name,
    fullName,
    ...deprecationOf(node, options, context.deprecation),
    location: context.location(node.at),
    parents,
    values,
    ...reservedOf(node.reserved),
  };
}

/**
 * Reports an `allow_alias` without an alias, and values whose names differ only in case, underscores or the enum's name. protoc
 * refuses such values, because other languages drop the enum's name as a prefix.
 */
function checkAliases(context: FileContext, node: EnumNode, options: OptionObject): void {
  const numbers = new Set(node.values.map(({ number }) => number));
  const at = options.at("allow_alias");
  if (at !== undefined && (numbers.size === node.values.length || !options.bool("allow_alias"))) {
    const message = `allow_alias has no effect in ${node.name}`;
    context.refuse(
      "PH012",
      at,
      message,
      "remove it; allow_alias = true is for enums in which two values have the same number",
    );
  }
  const short = new Map<string, EnumValueNode>();
  for (const value of node.values) {
    const name = withoutPrefix(value.name, node.name);
    const other = short.get(name);
    if (other === undefined) short.set(name, value);
    else if (other.number !== value.number && other.name !== value.name) {
      const message = `${value.name} and ${other.name} differ only in case, underscores or the enum's name`;
      context.refuse("PH007", value.at, message, "rename one of the two values", other.at);
    }
  }
}

/** Name of a value as generators of other languages write it: `COLOR_DARK_RED` of `Color` becomes `DarkRed`. */
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
