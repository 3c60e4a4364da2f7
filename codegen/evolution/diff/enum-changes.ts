import type { Comparison } from "../compare/comparison.ts";
import { classesOfBreak, hurtOnAll, meetText, unknownCase, type Way } from "../compare/reach.ts";
import type { EnumModel, EnumValueModel } from "../model/protocol-model.ts";
import type { ChangeClass } from "../rules/rule.ts";
import { compareDeclarations } from "./declaration-changes.ts";
import { compareReserved, isReserved } from "./reservation-changes.ts";

/** Finds changes of enums and their values. */
export function compareEnums(comparison: Comparison): void {
  const { before, after, changes, enumsAfter, renamedTypes } = comparison;
  for (const was of before.enums) {
    const is = enumsAfter.get(comparison.nameAfter(was.name));
    if (is !== undefined) compareEnum(comparison, was, is);
    else {
      const reason = `the enum ${was.name} was deleted`;
      changes.add("type-deleted", { subject: was.name, at: [was], reason, hurts: [] });
    }
  }
  const known = new Set([...before.enums.map(({ name }) => name), ...renamedTypes.values()]);
  for (const is of after.enums) {
    if (known.has(is.name)) continue;
    const reason = `the enum ${is.name} is new`;
    changes.add("type-added", { subject: is.name, at: [is], reason, hurts: [] });
  }
}

function compareEnum(comparison: Comparison, was: EnumModel, is: EnumModel): void {
  const { changes } = comparison;
  const ways = comparison.ways(was.name, is.name);
  compareDeclarations(comparison, is.name, was, is);
  if (was.name !== is.name) {
    const reason = `the enum ${was.name} was renamed to ${is.name}`;
    changes.add("type-renamed", { subject: is.name, at: [is], reason, hurts: ["other SDK"] });
  }
  compareReserved(comparison, was, is);
  const numbersBefore = Map.groupBy(was.values, ({ number }) => number);
  const numbersAfter = Map.groupBy(is.values, ({ number }) => number);
  const namesBefore = new Map(was.values.map((value) => [value.name, value]));
  const namesAfter = new Map(is.values.map((value) => [value.name, value]));
  for (const value of was.values) {
    const same = namesAfter.get(value.name);
    const subject = `${is.name}.${value.name}`;
    if (same !== undefined && same.number === value.number)
      compareDeclarations(comparison, subject, value, same);
    else if (same !== undefined) {
      const reason = `the number of ${subject} was ${value.number} and is ${same.number}`;
      const classes = classesOfBreak(ways);
      changes.add("enum-value-number-changed", {
        subject,
        at: [same],
        reason,
        hurts: hurtOnAll(ways),
        classes,
      });
    } else compareMissing(comparison, is, value, numbersAfter.get(value.number) ?? [], namesBefore, ways);
  }
  for (const value of is.values) {
    const subject = `${is.name}.${value.name}`;
    if (namesBefore.has(value.name)) continue;
    const sameNumber = numbersBefore.get(value.number);
    if (sameNumber !== undefined) {
      // A renamed value is found by its former name, which is missing.
      if (!sameNumber.every(({ name }) => namesAfter.get(name)?.number === value.number)) continue;
      const reason = `the value ${value.number} of ${is.name} has the name ${value.name}, too`;
      changes.add("enum-value-added", {
        subject,
        at: [value, is],
        reason,
        classes: ["S"],
        hurts: [],
        remedy: "none needed",
      });
      continue;
    }
    if (isReserved(was.reserved, value.number)) {
      const reason = `the number ${value.number} of the new value ${subject} was reserved: a removed value had it`;
      const classes = classesOfBreak(ways);
      changes.add("enum-value-number-changed", {
        subject,
        at: [value, is],
        reason,
        hurts: hurtOnAll(ways),
        classes,
      });
      continue;
    }
    changes.add("enum-value-added", {
      subject,
      at: [value, is],
      reason: `the value ${subject} = ${value.number} is new${meetText(ways)}`,
      ...unknownCase(ways),
      ...(ways.has("down") ? {} : { remedy: "replace all nodes before anybody sends or stores the value" }),
    });
  }
}

/** A value whose name is gone: renamed when its number has a new name, else removed. */
function compareMissing(
  { changes }: Comparison,
  is: EnumModel,
  value: EnumValueModel,
  atNumber: readonly EnumValueModel[],
  namesBefore: ReadonlyMap<string, EnumValueModel>,
  ways: ReadonlySet<Way>,
): void {
  const subject = `${is.name}.${value.name}`;
  const [heir] = atNumber.filter(({ name }) => !namesBefore.has(name));
  const alias = atNumber.find(({ name }) => namesBefore.get(name)?.number === value.number);
  if (heir !== undefined || alias !== undefined) {
    const twin = heir ?? alias;
    changes.add("enum-value-renamed", {
      subject: `${is.name}.${twin?.name}`,
      at: [twin, is],
      reason: `the value ${value.number} of ${is.name} was named ${value.name} and is named ${twin?.name}`,
      hurts: ["other SDK"],
    });
    return;
  }
  const isHeld = isReserved(is.reserved, value.number);
  changes.add("enum-value-removed", {
    subject,
    at: [is],
    reason: `the value ${subject} = ${value.number} was removed${isHeld ? " and its number reserved" : "; its number is not reserved"}`,
    classes: isHeld ? classesOfRemoved(ways) : classesOfBreak(ways),
    hurts: hurtOnAll(ways),
  });
  if (isHeld && !is.reserved?.names.includes(value.name)) {
    const reason = `the value ${subject} was removed; its number is reserved, its name is not`;
    changes.add("name-not-reserved", { subject, at: [is], reason, hurts: ["other SDK"] });
  }
}

/** Classes of a removed value with a reserved number: whoever may still hold it. */
function classesOfRemoved(ways: ReadonlySet<Way>): ChangeClass[] {
  const classes: ChangeClass[] = [];
  if (ways.has("up") || ways.has("down")) classes.push("C");
  if (ways.has("nodes")) classes.push("R");
  if (ways.has("rows")) classes.push("M");
  return classes.length === 0 ? ["S!"] : classes;
}
