import type { ScalarType } from "../../../schema/model.ts";
import type { OptionValue } from "../read/outline.ts";

const scalars: ReadonlySet<string> = new Set<ScalarType>([
  "double",
  "float",
  "int32",
  "int64",
  "uint32",
  "uint64",
  "sint32",
  "sint64",
  "fixed32",
  "fixed64",
  "sfixed32",
  "sfixed64",
  "bool",
  "string",
  "bytes",
]);

/** True for the name of a scalar type of protobuf, such as "uint32". */
export function isScalar(type: string): type is ScalarType {
  return scalars.has(type);
}

/** Reason why a value is not of the declared type. */
interface Misfit {
  readonly wanted: string;
  readonly found: string;
  readonly help: string;
}

/** Ranges of the integer types, both ends included. */
const integers: ReadonlyMap<string, readonly [bigint, bigint]> = new Map([
  ["int32", [-(2n ** 31n), 2n ** 31n - 1n]],
  ["sint32", [-(2n ** 31n), 2n ** 31n - 1n]],
  ["sfixed32", [-(2n ** 31n), 2n ** 31n - 1n]],
  ["uint32", [0n, 2n ** 32n - 1n]],
  ["fixed32", [0n, 2n ** 32n - 1n]],
  ["int64", [-(2n ** 63n), 2n ** 63n - 1n]],
  ["sint64", [-(2n ** 63n), 2n ** 63n - 1n]],
  ["sfixed64", [-(2n ** 63n), 2n ** 63n - 1n]],
  ["uint64", [0n, 2n ** 64n - 1n]],
  ["fixed64", [0n, 2n ** 64n - 1n]],
]);

/** Names of bools inside braces, where protobuf's text format applies. */
const textBools: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["True", true],
  ["t", true],
  ["false", false],
  ["False", false],
  ["f", false],
]);

/**
 * Converts the value of an option whose declared type is a scalar. Returns a {@link Misfit} for a value of another type or out of
 * range. A 64-bit integer beyond 2^53 is rounded.
 *
 * @param inBraces whether the value stands inside braces, where protobuf's text format allows more forms of bools and numbers
 */
export function scalarItem(
  type: string,
  value: OptionValue,
  inBraces: boolean,
): string | number | boolean | Misfit {
  const range = integers.get(type);
  if (range !== undefined) return integerItem(range, value);
  if (type === "bool") {
    const bool = boolOf(value, inBraces);
    return bool ?? misfit("true or false", value, "write true or false, without quotes");
  }
  if (type === "string" || type === "bytes") {
    if (value.kind === "string") return value.text;
    return misfit("a string", value, "put the value into quotes");
  }
  if (type === "double" || type === "float") {
    if (value.kind === "number" && (value.decimal || !inBraces)) return value.value;
    if (value.kind === "name" && /^inf(?:inity)?$/i.test(value.text)) return Number.POSITIVE_INFINITY;
    if (value.kind === "name" && /^nan$/i.test(value.text)) return Number.NaN;
    return misfit("a number", value, "write a decimal number");
  }
  return misfit(`a ${type}`, value, "check the option's declaration");
}

function integerItem([least, most]: readonly [bigint, bigint], value: OptionValue): number | Misfit {
  if (value.kind !== "number") {
    const help = value.kind === "string" ? "remove the quotes" : "write a whole number";
    return misfit("a whole number", value, help);
  }
  if (value.integer === undefined) return misfit("a whole number", value, "write it without a fraction");
  const isBelow = value.integer < least || (least === 0n && value.negative);
  if (isBelow || value.integer > most) {
    return misfit(`a number from ${least} to ${most}`, value, "write a number in that range");
  }
  return value.value;
}

function boolOf(value: OptionValue, inBraces: boolean): boolean | undefined {
  if (value.kind === "number" && inBraces && !value.negative) {
    return value.integer === 0n ? false : value.integer === 1n ? true : undefined;
  }
  if (value.kind !== "name") return undefined;
  const known = inBraces || value.text === "true" || value.text === "false";
  return known ? textBools.get(value.text) : undefined;
}

function misfit(wanted: string, value: OptionValue, help: string): Misfit {
  return { wanted, found: describe(value), help };
}

/** Describes a value for a diagnostic: `the string "a"`, `3`, `a list`. */
export function describe(value: OptionValue): string {
  switch (value.kind) {
    case "string":
      return `the string ${JSON.stringify(value.text)}`;
    case "number":
      return `${value.integer ?? value.value}`;
    case "name":
      return value.text;
    case "list":
      return "a list";
    case "object":
      return "fields in braces";
  }
}
