import type { Comparison } from "../compare/comparison.ts";
import type { DeclarationModel, ReservedModel } from "../model/protocol-model.ts";

/** Whether a declaration reserves a number. */
export function isReserved(reserved: ReservedModel | undefined, number: number): boolean {
  return reserved?.numbers.some(([from, to]) => from <= number && number <= to) ?? false;
}

interface Reserving extends DeclarationModel {
  readonly reserved?: ReservedModel;
}

/** Finds reserved numbers and names of a message or an enum that are not reserved any more. */
export function compareReserved({ changes }: Comparison, before: Reserving, after: Reserving): void {
  const released = [
    ...(before.reserved?.numbers ?? []).flatMap((range) => missing(range, after.reserved?.numbers ?? [])),
    ...(before.reserved?.names ?? [])
      .filter((name) => !after.reserved?.names.includes(name))
      .map((name) => `the name ${JSON.stringify(name)}`),
  ];
  for (const what of released) {
    changes.add("reservation-removed", {
      subject: after.name,
      at: [after],
      reason: `${after.name} reserved ${what} and does not any more`,
      hurts: what.startsWith("the name") ? ["other SDK"] : ["old client", "old node"],
    });
  }
}

/** Parts of a range that no other range covers, in words. Ranges are ascending and do not touch. */
function missing(
  [from, to]: readonly [number, number],
  kept: readonly (readonly [number, number])[],
): string[] {
  const parts: string[] = [];
  let next = from;
  const tell = (end: number): void => {
    if (next > end) return;
    parts.push(next === end ? `the number ${next}` : `the numbers ${next} to ${end}`);
  };
  for (const [start, end] of kept) {
    if (end < next || start > to) continue;
    tell(start - 1);
    next = Math.max(next, end + 1);
  }
  tell(to);
  return parts;
}
