import type { Found } from "../compare/change.ts";
import type { Comparison } from "../compare/comparison.ts";
import type { ProtocolModel, ServiceModel } from "../model/protocol-model.ts";
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
        ...(isServed(before, was) || isServed(after, is) ? { hurts: ["old node"] } : ofPushes),
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

/** The role of pushes changes nothing: nodes of any role may send them, and gates do not ask. */
export const ofPushes = {
  classes: ["S"],
  hurts: [],
  remedy: "none needed; send the pushes from nodes of the new role",
} as const satisfies Partial<Found>;

/** Whether a service has calls that nodes of its role serve. */
function isServed({ calls }: ProtocolModel, { name }: ServiceModel): boolean {
  return calls.some(({ service, kind }) => service === name && kind !== "push");
}

function idsOf({ reservedIds = [] }: ServiceModel): readonly number[] {
  return reservedIds;
}
