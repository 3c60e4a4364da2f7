import type { OptionValue } from "../read/outline.ts";

/** Why a value does not fit. */
interface Misfit {
  readonly wanted: string;
  readonly found: string;
  readonly help: string;
}

const integers: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  sint32: [-(2 ** 31), 2 ** 31 - 1],
  sfixed32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  fixed32: [0, 2 ** 32 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  sint64: [-(2 ** 63), 2 ** 63],
  sfixed64: [-(2 ** 63), 2 ** 63],
  uint64: [0, 2 ** 64],
  fixed64: [0, 2 ** 64],
};

/** The value of an option whose declared type is a scalar, or why it is none of that type. */
export function scalarItem(type: string, value: OptionValue): string | number | boolean | Misfit {
  const range = integers[type];
  if (range !== undefined) {
    if (value.kind !== "number") {
      return misfit(
        "a whole number",
        value,
        value.kind === "string" ? "remove the quotes" : "write a whole number",
      );
    }
    if (!Number.isInteger(value.value)) return misfit("a whole number", value, "write it without a fraction");
    if (value.value < range[0] || value.value > range[1]) {
      return misfit(`a number from ${range[0]} to ${range[1]}`, value, "write a number in that range");
    }
    return value.value;
  }
  if (type === "bool") {
    if (value.kind === "name" && (value.text === "true" || value.text === "false"))
      return value.text === "true";
    return misfit("true or false", value, "write true or false, without quotes");
  }
  if (type === "string" || type === "bytes") {
    if (value.kind === "string") return value.text;
    return misfit("a string", value, "put it into quotes");
  }
  if (type === "double" || type === "float") {
    if (value.kind === "number") return value.value;
    if (value.kind === "name" && value.text === "inf") return Number.POSITIVE_INFINITY;
    if (value.kind === "name" && value.text === "nan") return Number.NaN;
    return misfit("a number", value, "write a number");
  }
  return misfit(`a ${type}`, value, "check the option's declaration");
}

function misfit(wanted: string, value: OptionValue, help: string): Misfit {
  return { wanted, found: describe(value), help };
}

/** A value as a diagnostic tells of it. */
export function describe(value: OptionValue): string {
  switch (value.kind) {
    case "string":
      return `the string ${JSON.stringify(value.text)}`;
    case "number":
      return `${value.value}`;
    case "name":
      return value.text;
    case "list":
      return "a list";
    case "object":
      return "fields in braces";
  }
}
