import type { Comparison } from "../compare/comparison.ts";
import { classesOfBreak, hurtOnAll, isColumnAlone } from "../compare/reach.ts";
import type { FieldModel, MessageModel } from "../model/protocol-model.ts";

/** Finds fields that moved into, out of or between oneofs, and renamed oneofs. */
export function compareOneofs(comparison: Comparison, was: MessageModel, is: MessageModel): void {
  const { changes } = comparison;
  const ways = comparison.ways(was.name, is.name);
  const twins = new Map(is.fields.map((field) => [field.number, field]));
  const told = new Set<string>();
  for (const field of was.fields) {
    const twin = twins.get(field.number);
    if (twin === undefined || field.oneof === twin.oneof) continue;
    const subject = `${is.name}.${twin.name}`;
    if (isSameGroup(was, is, field, twin)) {
      const key = `${field.oneof} ${twin.oneof}`;
      if (told.has(key)) continue;
      told.add(key);
      const reason = `${subject} was ${textOf(field)} and is ${textOf(twin)}, with the former members`;
      changes.add("oneof-renamed", { subject, at: [twin], reason, hurts: ["other SDK"] });
    } else {
      const reason = `${subject} was ${textOf(field)} and is ${textOf(twin)}`;
      changes.add("field-oneof-changed", {
        ...{ subject, at: [twin], reason, hurts: hurtOnAll(ways) },
        classes: isColumnAlone(is, ways) ? ["R", "M"] : classesOfBreak(ways),
      });
    }
    if (was.table === undefined || is.table === undefined) continue;
    // A oneof is one column, which holds all of its members.
    const reason = `the column of ${subject} changed, since the field was ${textOf(field)} and is ${textOf(twin)}`;
    const hurts = ["old node", "stored rows"] as const;
    changes.add("row-form-changed", { subject, at: [twin], reason, hurts, classes: ["R", "M"] });
  }
}

function textOf({ oneof }: FieldModel): string {
  return oneof === undefined ? "outside of oneofs" : `in the oneof ${oneof}`;
}

/** Whether the group of a field has the former members: the fields that exclude each other are the same ones. */
function isSameGroup(was: MessageModel, is: MessageModel, field: FieldModel, twin: FieldModel): boolean {
  const now = new Set(is.fields.map(({ number }) => number));
  const before = new Set(was.fields.map(({ number }) => number));
  const groupBefore = groupOf(was, field).filter((number) => now.has(number));
  const groupAfter = groupOf(is, twin).filter((number) => before.has(number));
  return groupBefore.join() === groupAfter.join();
}

/** Numbers of the fields that exclude each other with a field, itself included. */
function groupOf({ fields }: MessageModel, { number, oneof }: FieldModel): number[] {
  if (oneof === undefined) return [number];
  return fields.filter((field) => field.oneof === oneof).map((field) => field.number);
}

/** Whether a new field joins a field that was there before, in a oneof or alone: setting the new one clears the former one. */
export function isInFormerOneof(was: MessageModel, is: MessageModel, field: FieldModel): boolean {
  if (field.oneof === undefined) return false;
  const before = new Set(was.fields.map((one) => one.number));
  return groupOf(is, field).some((number) => before.has(number));
}
