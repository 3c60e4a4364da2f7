import type { Comparison } from "../compare/comparison.ts";
import {
  classesOfBreak,
  classesOfNewReaders,
  classesOfOldReaders,
  hurtNewReaders,
  hurtOldReaders,
  hurtOnAll,
  type Way,
} from "../compare/reach.ts";
import type { FieldModel, MessageModel } from "../model/protocol-model.ts";
import type { ChangeClass } from "../rules/rule.ts";
import { compareDeclarations } from "./declaration-changes.ts";

/** A message in both snapshots, with its ways. */
export interface MessagePair {
  readonly was: MessageModel;
  readonly is: MessageModel;
  readonly ways: ReadonlySet<Way>;
}

/**
 * Wider types that keep every former value on the wire and in columns. All other changes of a scalar type lose values for one
 * side, even where protobuf can parse them.
 */
const wider: ReadonlyMap<string, readonly string[]> = new Map([
  ["int32", ["int64"]],
  ["uint32", ["uint64", "int64"]],
  ["sint32", ["sint64"]],
]);

const dataClasses = [undefined, "PERSONAL", "SECRET"] as const;

/** Finds changes of a field that has its number in both snapshots. */
export function compareField(
  comparison: Comparison,
  pair: MessagePair,
  was: FieldModel,
  is: FieldModel,
): void {
  const { changes } = comparison;
  const subject = `${pair.is.name}.${is.name}`;
  const at = [is];
  compareDeclarations(comparison, subject, was, is);
  compareNames(comparison, subject, was, is);
  compareShapes(comparison, pair, subject, was, is);
  if (was.label === is.label && was.unpacked !== is.unpacked) {
    const reason = `values of ${subject} are ${is.unpacked ? "not packed any more" : "packed now"}`;
    changes.add("packing-changed", { subject, at, reason, hurts: [] });
  }
  if (was.jsNumber !== is.jsNumber && was.type === is.type) {
    // A program that reads a number cannot hold what one that writes a bigint sends.
    const reason = `${subject} is a ${is.jsNumber ? "number" : "bigint"} in JavaScript now`;
    const [hurts, classes] = is.jsNumber
      ? [hurtNewReaders(pair.ways), classesOfNewReaders(pair.ways)]
      : [hurtOldReaders(pair.ways), classesOfOldReaders(pair.ways)];
    changes.add("number-form-changed", { subject, at, reason, hurts, classes });
  }
  if (was.data !== is.data) {
    const isLowered = dataClasses.indexOf(is.data) < dataClasses.indexOf(was.data);
    const reason = `the data class of ${subject} was ${was.data ?? "PLAIN"} and is ${is.data ?? "PLAIN"}`;
    changes.add(isLowered ? "data-class-lowered" : "data-class-raised", { subject, at, reason, hurts: [] });
  }
}

function compareNames({ changes }: Comparison, subject: string, was: FieldModel, is: FieldModel): void {
  const [json, jsonNow] = [jsonName(was), jsonName(is)];
  const inJson = json === jsonNow ? "" : `; in JSON it was ${json} and is ${jsonNow}`;
  if (was.name !== is.name) {
    const reason = `the field ${is.number} of ${subject.slice(0, -is.name.length - 1)} was named ${was.name} and is named ${is.name}${inJson}`;
    changes.add("field-renamed", { subject, at: [is], reason, hurts: ["other SDK"] });
  } else if (inJson !== "") {
    const reason = `the name of ${subject} in JSON was ${json} and is ${jsonNow}`;
    changes.add("json-name-changed", { subject, at: [is], reason, hurts: ["other SDK"] });
  }
}

/** Name of a field in protobuf's JSON form: "meadow_id" is "meadowId" without json_name. */
function jsonName({ name, json }: FieldModel): string {
  return (
    json ?? name.replace(/_+([A-Za-z0-9])?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? "")
  );
}

/** Finds changes of cardinality, presence and type. */
function compareShapes(
  comparison: Comparison,
  { was: messageWas, is: message, ways }: MessagePair,
  subject: string,
  was: FieldModel,
  is: FieldModel,
): void {
  const { changes } = comparison;
  const at = [is];
  const isColumn = messageWas.table !== undefined && message.table !== undefined && is.oneof === undefined;
  // A column's own type is that of the database, unless it is a list or a map; only other uses of the message have protobuf's form.
  const isPlain = isColumn && shapeOf(is) === "single";
  const inBodies = new Set([...ways].filter((way) => !isPlain || way !== "rows"));
  const say = `${subject} was ${typeText(was)} and is ${typeText(is)}`;
  if (shapeOf(was) !== shapeOf(is)) {
    const ofColumn = new Set([...ways].filter((way) => !isColumn || way !== "rows"));
    const classes: ChangeClass[] = [
      ...(isColumn ? (["R", "M"] as const) : []),
      ...(ofColumn.size > 0 || !isColumn ? classesOfBreak(ofColumn) : []),
    ];
    changes.add("field-cardinality-changed", { subject, at, reason: say, hurts: hurtOnAll(ways), classes });
    return;
  }
  if (was.mapKey === is.mapKey && comparison.isAlike(was.type, is.type)) {
    if (was.type !== is.type && comparison.nameAfter(was.type) !== is.type) {
      const reason = `${say}, which has the same form`;
      changes.add("type-renamed", { subject, at, reason, hurts: ["other SDK"] });
    }
    comparePresence(comparison, subject, was, is, isColumn);
    return;
  }
  const isWider = was.mapKey === is.mapKey && wider.get(was.type)?.includes(is.type) === true;
  if (isPlain) {
    reportColumnType(comparison, subject, was, is);
    if (inBodies.size === 0) return;
  }
  const ofBodies = inBodies.size === 0 ? ways : inBodies;
  if (isWider) {
    const classes = classesOfOldReaders(ofBodies);
    const reason = `${say}; former programs truncate larger values`;
    changes.add("field-widened", {
      subject,
      at,
      reason,
      hurts: [...hurtOldReaders(ofBodies), "other SDK"],
      classes,
    });
    return;
  }
  const classes = classesOfBreak(ofBodies);
  changes.add("field-type-changed", { subject, at, reason: say, hurts: hurtOnAll(ofBodies), classes });
}

/** Integers by their form in databases and the cache, which the encodings of protobuf share. */
const stored: ReadonlyMap<string, string> = new Map([
  ...["int32", "sint32", "sfixed32"].map((type) => [type, "int32"] as const),
  ...["int64", "sint64", "sfixed64"].map((type) => [type, "int64"] as const),
  ...["uint32", "fixed32"].map((type) => [type, "uint32"] as const),
  ...["uint64", "fixed64"].map((type) => [type, "uint64"] as const),
]);

/** Reports another type of a column that has one value in each row. */
function reportColumnType({ changes }: Comparison, subject: string, was: FieldModel, is: FieldModel): void {
  const [kind, kindNow] = [stored.get(was.type) ?? was.type, stored.get(is.type) ?? is.type];
  const found = {
    subject,
    at: [is],
    reason: `the column ${subject} was ${typeText(was)} and is ${typeText(is)}`,
  };
  const all = ["old node", "stored rows"] as const;
  if (kind === kindNow) {
    const reason = `${found.reason}, which databases store alike`;
    changes.add("column-type-changed", {
      ...found,
      reason,
      classes: ["S!"],
      hurts: ["other SDK"],
      remedy: "acknowledge it when no program outside of tables uses the message",
    });
  } else if (wider.get(kind)?.includes(kindNow))
    changes.add("column-widened", { ...found, hurts: ["old node"] });
  else if (wider.get(kindNow)?.includes(kind)) changes.add("column-narrowed", { ...found, hurts: all });
  else changes.add("column-type-changed", { ...found, hurts: all, classes: ["R", "M"] });
}

/** Finds a scalar that may be absent now, or may not any more. A message always may. */
function comparePresence(
  { changes }: Comparison,
  subject: string,
  was: FieldModel,
  is: FieldModel,
  isColumn: boolean,
): void {
  if (was.label === is.label || was.oneof !== is.oneof) return;
  const isOptional = is.label === "optional";
  const reason = `an absent ${subject} was read as ${isOptional ? "its zero value" : "absent"} and is read as ${isOptional ? "absent" : "its zero value"}`;
  changes.add("default-changed", { subject, at: [is], reason, hurts: [] });
  if (!isColumn) return;
  changes.add("column-null-changed", {
    subject,
    at: [is],
    reason: `the column ${subject} ${isOptional ? "may be null now" : "may not be null any more"}`,
    classes: [isOptional ? "R" : "M"],
    hurts: isOptional ? ["old node"] : ["stored rows"],
  });
}

function shapeOf({ label }: FieldModel): string {
  return label === "repeated" || label === "map" ? label : "single";
}

function typeText({ type, label, mapKey }: FieldModel): string {
  if (label === "map") return `map<${mapKey}, ${type}>`;
  return label === "repeated" ? `repeated ${type}` : type;
}
