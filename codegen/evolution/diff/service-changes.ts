import type { Comparison } from "../compare/comparison.ts";
import type { ServiceModel } from "../model/protocol-model.ts";
import { compareDeclarations } from "./declaration-changes.ts";

/** Finds changes of services: role, reserved ids, deprecation. Services that came or went show in their calls. */
export function compareServices(comparison: Comparison): void {
  const { before, after, changes } = comparison;
  const now = new Map(after.services.map((one) => [one.name, one]));
  for (const was of before.services) {
    const is = now.get(was.name);
    if (is === undefined) continue;
    compareDeclarations(comparison, was.name, was, is);
    if (was.role !== is.role && was.audience === is.audience) {
      changes.add("role-moved", {
        subject: was.name,
        at: [is],
        reason: `the role of ${was.name} was ${was.role} and is ${is.role}`,
        hurts: ["old node"],
      });
    }
  }
  const reserved = new Set(after.services.flatMap(idsOf));
  for (const was of before.services) {
    for (const id of idsOf(was)) {
      if (reserved.has(id)) continue;
      changes.add("id-reservation-removed", {
        subject: was.name,
        at: [now.get(was.name), was],
        reason: `${was.name} reserved the id ${id} of a removed call and does not any more`,
        hurts: ["old client"],
      });
    }
  }
}

function idsOf({ reservedIds = [] }: ServiceModel): readonly number[] {
  return reservedIds;
}
