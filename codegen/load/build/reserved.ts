import type { Reserved as ReservedInModel } from "../../../schema/model.ts";
import { isReservedNumber } from "../link/symbols.ts";
import type { Node, Reserved } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";
import type { FileContext } from "./file-context.ts";

/** Reserved numbers and names for the model, without positions; no property when the declaration reserves nothing. */
export function reservedOf({ ranges, names }: Reserved): { readonly reserved?: ReservedInModel } {
  if (ranges.length === 0 && names.length === 0) return {};
  return {
    reserved: { ranges: ranges.map(({ from, to }) => ({ from, to })), names: names.map(({ text }) => text) },
  };
}

/**
 * Reports fields or enum values with a reserved name or number, and reservations that overlap or are out of range.
 *
 * @param what what the nodes are; an enum may reserve numbers below 1
 */
export function checkReserved(
  context: FileContext,
  nodes: readonly (Node & { readonly number: number; readonly numberAt: Mark })[],
  reserved: Reserved,
  what: "field" | "value",
): void {
  checkRanges(context, reserved, what);
  for (const { name, at, number, numberAt } of nodes) {
    if (isReservedNumber(reserved, number)) {
      context.refuse(
        "PH022",
        numberAt,
        `the number ${number} of ${name} is reserved`,
        "use a number that was never used",
      );
    }
    if (reserved.names.some(({ text }) => text === name)) {
      context.refuse("PH022", at, `the name ${name} is reserved`, `give the ${what} another name`);
    }
  }
}

function checkRanges(context: FileContext, { ranges, names }: Reserved, what: "field" | "value"): void {
  const seen = new Set<string>();
  for (const { text, at } of names) {
    if (seen.has(text))
      context.refuse("PH007", at, `the name ${text} is reserved twice`, "remove one of the two");
    seen.add(text);
  }
  const sorted = [...ranges].sort((a, b) => a.from - b.from);
  sorted.forEach(({ from, to, at }, i) => {
    const next = sorted[i + 1];
    if (what === "field" && from < 1) {
      context.refuse(
        "PH020",
        at,
        `the reserved number is ${from}`,
        "expected numbers from 1; change the range",
      );
    } else if (what === "value" && to < from) {
      context.refuse(
        "PH026",
        at,
        `the range ends at ${to}, before its start`,
        "write the smaller number first",
      );
    } else if (next !== undefined && next.from <= to) {
      const message = `${next.from} is reserved twice`;
      context.refuse("PH007", next.at, message, "remove one of the two ranges, or merge them", at);
    }
  });
}
