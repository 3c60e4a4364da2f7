import type { Hurt } from "../compare/change.ts";
import type { Comparison } from "../compare/comparison.ts";
import {
  classesOfBreak,
  hurtOldReaders,
  hurtOnAll,
  isColumnAlone,
  isSharedBody,
  meetText,
  unknownCase,
  type Way,
} from "../compare/reach.ts";
import type { FieldModel, MessageModel } from "../model/protocol-model.ts";
import type { ChangeClass } from "../rules/rule.ts";
import { compareDeclarations } from "./declaration-changes.ts";
import { compareField } from "./field-changes.ts";
import { compareOneofs, isInFormerOneof } from "./oneof-changes.ts";
import { compareReserved, isReserved } from "./reservation-changes.ts";
import { compareTables, reportColumnAdded } from "./table-changes.ts";

/** Finds changes of messages, their fields and their tables. */
export function compareMessages(comparison: Comparison): void {
  const { before, after, changes, messagesAfter, renamedTypes } = comparison;
  for (const was of before.messages) {
    const is = messagesAfter.get(comparison.nameAfter(was.name));
    if (is !== undefined) {
      compareMessage(comparison, was, is);
      continue;
    }
    if (was.table === undefined && isSharedBody(before, was.name)) {
      const ways = comparison.ways(was.name);
      changes.add("type-deleted", {
        subject: was.name,
        at: [was],
        reason: `the message ${was.name} was deleted; programs that share the schema may still send it`,
        classes: classesOfBreak(ways),
        hurts: hurtOnAll(ways),
        remedy: "restore the message, and mark it deprecated; delete it once no program uses it",
      });
      continue;
    }
    const isTable = was.table !== undefined;
    changes.add(isTable ? "table-dropped" : "type-deleted", {
      subject: was.name,
      at: [was],
      reason: `the ${isTable ? `table ${was.table.name} of the message` : "message"} ${was.name} was deleted`,
      hurts: isTable ? ["old node", "stored rows"] : [],
    });
  }
  const known = new Set([...before.messages.map(({ name }) => name), ...renamedTypes.values()]);
  for (const is of after.messages) {
    if (known.has(is.name)) continue;
    const what = is.table === undefined ? "message" : `table ${is.table.name} of the message`;
    const reason = `the ${what} ${is.name} is new`;
    changes.add(is.table === undefined ? "type-added" : "table-added", {
      ...{ subject: is.name, at: [is], reason, hurts: [] },
    });
  }
}

function compareMessage(comparison: Comparison, was: MessageModel, is: MessageModel): void {
  const { changes } = comparison;
  compareDeclarations(comparison, is.name, was, is);
  if (was.name !== is.name) {
    const reason = `the message ${was.name} was renamed to ${is.name}`;
    changes.add("type-renamed", { subject: is.name, at: [is], reason, hurts: ["other SDK"] });
  }
  compareReserved(comparison, was, is);
  compareOneofs(comparison, was, is);
  const numbers = new Map(is.fields.map((field) => [field.number, field]));
  const names = new Map(is.fields.map((field) => [field.name, field]));
  const former = new Map(was.fields.map((field) => [field.name, field]));
  const ways = comparison.ways(was.name, is.name);
  const moved = new Set<FieldModel>();
  for (const field of was.fields) {
    const twin = numbers.get(field.number);
    const namesake = names.get(field.name);
    if (namesake !== undefined && namesake.number !== field.number) {
      // The name, not the number, tells which field it is: two swapped fields keep their names.
      moved.add(namesake);
      reportMoved(comparison, is, field, namesake, ways);
    } else if (twin === undefined || (twin.name !== field.name && former.has(twin.name))) {
      reportDeleted(comparison, was, is, field, ways);
    } else compareField(comparison, { was, is, ways }, field, twin);
  }
  const taken = new Set(was.fields.map(({ number }) => number));
  for (const field of is.fields) {
    if (!taken.has(field.number) && !moved.has(field)) reportAdded(comparison, was, is, field, ways);
  }
  compareTables(comparison, was, is);
}

function reportMoved(
  { changes }: Comparison,
  is: MessageModel,
  field: FieldModel,
  namesake: FieldModel,
  ways: ReadonlySet<Way>,
): void {
  const subject = `${is.name}.${field.name}`;
  const reason = `the number of ${subject} was ${field.number} and is ${namesake.number}`;
  changes.add("field-number-changed", {
    ...{ subject, at: [namesake], reason, hurts: hurtOnAll(ways) },
    classes: isColumnAlone(is, ways) ? ["R", "M"] : classesOfBreak(ways),
  });
  if (is.table === undefined) return;
  const form = `the number of the column ${subject} was ${field.number} and is ${namesake.number}; cached rows and the journal have numbers`;
  changes.add("row-form-changed", {
    subject,
    at: [namesake],
    reason: form,
    hurts: ["old node", "stored rows"],
  });
}

function reportDeleted(
  { changes }: Comparison,
  was: MessageModel,
  is: MessageModel,
  field: FieldModel,
  ways: ReadonlySet<Way>,
): void {
  const subject = `${is.name}.${field.name}`;
  const isHeld = isReserved(is.reserved, field.number);
  const isColumn = was.table !== undefined && is.table !== undefined;
  if (isColumn) {
    const reason = `the column ${subject} was removed`;
    changes.add("column-dropped", { subject, at: [is], reason, hurts: ["old node", "stored rows"] });
  }
  const inBodies = isColumn ? withoutRows(ways) : ways;
  if (!isColumn || inBodies.size > 0) {
    const end = isHeld ? " and its number reserved" : "; its number is not reserved";
    const lost = lostCase(was, is, field, inBodies);
    changes.add("field-deleted", {
      subject,
      at: [is],
      reason: `the field ${subject} = ${field.number} was deleted${end}`,
      classes: isHeld ? [...classesOfDeleted(inBodies), ...lost.classes] : classesOfBreak(inBodies),
      hurts: isHeld ? [...hurtOldReaders(inBodies), ...lost.hurts] : hurtOnAll(inBodies),
      ...(isHeld
        ? { remedy: "replace the programs that read it first; they get its default from now on" }
        : {}),
    });
  }
  if (isHeld && !is.reserved?.names.includes(field.name)) {
    const reason = `the field ${subject} was deleted; its number is reserved, its name is not`;
    changes.add("name-not-reserved", { subject, at: [is], reason, hurts: ["other SDK"] });
  }
}

/**
 * Classes and parties when a oneof loses a member and goes on: readers of the new release find no case in what others still send, or in
 * rows. What clients send is judged by the handler.
 */
function lostCase(
  was: MessageModel,
  is: MessageModel,
  field: FieldModel,
  ways: ReadonlySet<Way>,
): { readonly classes: readonly ChangeClass[]; readonly hurts: readonly Hurt[] } {
  const left = was.fields.filter((one) => one.oneof === field.oneof && one.number !== field.number);
  const numbers = new Set(is.fields.flatMap(({ number, oneof }) => (oneof === undefined ? [] : [number])));
  if (field.oneof === undefined || !left.some(({ number }) => numbers.has(number)))
    return { classes: [], hurts: [] };
  const isGot = ways.has("down");
  const isKept = ways.has("rows");
  return {
    classes: [...(isGot ? (["R"] as const) : []), ...(isKept ? (["M"] as const) : [])],
    hurts: [...(isGot ? (["new client"] as const) : []), ...(isKept ? (["stored rows"] as const) : [])],
  };
}

function withoutRows(ways: ReadonlySet<Way>): ReadonlySet<Way> {
  return new Set([...ways].filter((way) => way !== "rows"));
}

/** Classes of a deleted field with a reserved number: old readers get its default. */
function classesOfDeleted(ways: ReadonlySet<Way>): ChangeClass[] {
  const classes: ChangeClass[] = [];
  if (ways.has("down")) classes.push("C");
  if (ways.has("up") || ways.has("nodes") || ways.has("rows")) classes.push("R");
  return classes.length === 0 ? ["S!"] : classes;
}

function reportAdded(
  comparison: Comparison,
  was: MessageModel,
  is: MessageModel,
  field: FieldModel,
  ways: ReadonlySet<Way>,
): void {
  const { changes } = comparison;
  const subject = `${is.name}.${field.name}`;
  const isReused = isReserved(was.reserved, field.number);
  if (isReused) {
    const reason = `the number ${field.number} of the new field ${subject} was reserved: a deleted field had it`;
    const classes = classesOfBreak(ways);
    changes.add("field-number-changed", { subject, at: [field], reason, hurts: hurtOnAll(ways), classes });
    return;
  }
  if (isInFormerOneof(was, is, field)) {
    changes.add("oneof-member-added", {
      subject,
      at: [field],
      reason: `${subject} = ${field.number} is a new member of the oneof ${field.oneof}${meetText(ways)}`,
      ...unknownCase(ways),
      ...(ways.has("down") ? {} : { remedy: "replace all nodes before anybody sends or stores the member" }),
    });
    return;
  }
  if (was.table !== undefined && is.table !== undefined) {
    reportColumnAdded(comparison, is, field);
    if (withoutRows(ways).size === 0) return;
  }
  changes.add("field-added", {
    subject,
    at: [field],
    reason: `the field ${subject} = ${field.number} is new`,
    hurts: [],
  });
}
