import type { Rule } from "./rule.ts";

const newNumber =
  "restore the former declaration; add the new form beside it under a number that was never used";

/** Rules of packages, messages, fields and enums, by name. */
export const typeRules = {
  // Packages and types.
  "package-changed": {
    classes: ["B"],
    title: "Package of a file changed",
    remedy: "restore the package; names of methods, tables' messages and other SDKs' modules depend on it",
    buf: ["FILE_SAME_PACKAGE"],
  },
  "type-renamed": {
    classes: ["S!"],
    title: "Message or enum renamed or replaced by an equal one",
    remedy: "acknowledge it; code that names the type is changed with the next update of the SDK",
    buf: [
      "RPC_SAME_REQUEST_TYPE",
      "RPC_SAME_RESPONSE_TYPE",
      "FIELD_WIRE_COMPATIBLE_TYPE",
      "FIELD_WIRE_JSON_COMPATIBLE_TYPE",
    ],
  },
  "type-added": { classes: ["S"], title: "Message or enum added", remedy: "none needed" },
  "type-deleted": {
    classes: ["S"],
    title: "Message or enum deleted",
    remedy: "none needed; no call, table or field uses it",
  },
  // Fields.
  "field-added": {
    classes: ["S"],
    title: "Field added",
    remedy: "none needed; readers must accept its absence",
  },
  "field-deleted": {
    classes: ["B"],
    title: "Field deleted",
    remedy: "mark it deprecated first; then delete it and reserve its number and name",
    buf: ["FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED", "FIELD_NO_DELETE_UNLESS_NAME_RESERVED"],
  },
  "name-not-reserved": {
    classes: ["S!"],
    title: "Name of a deleted field or value not reserved",
    remedy: 'add reserved "NAME"; JSON of other SDKs still uses the name',
    buf: ["FIELD_NO_DELETE_UNLESS_NAME_RESERVED", "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED"],
  },
  "field-number-changed": {
    classes: ["B"],
    title: "Number of a field changed",
    remedy: newNumber,
    buf: [
      "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED",
      "FIELD_NO_DELETE_UNLESS_NAME_RESERVED",
      "FIELD_SAME_NAME",
      "FIELD_SAME_JSON_NAME",
    ],
  },
  "field-renamed": {
    classes: ["S!"],
    title: "Field renamed",
    remedy:
      "acknowledge it when the meaning is the former one; JSON of other SDKs uses the new name, unless json_name keeps the old one",
    buf: ["FIELD_SAME_NAME", "FIELD_SAME_JSON_NAME"],
  },
  "json-name-changed": {
    classes: ["S!"],
    title: "Name of a field in JSON changed",
    remedy: "restore json_name, or acknowledge it when no SDK uses JSON",
    buf: ["FIELD_SAME_JSON_NAME"],
  },
  "field-type-changed": {
    classes: ["B"],
    title: "Type of a field changed",
    remedy: newNumber,
    buf: ["FIELD_WIRE_COMPATIBLE_TYPE", "FIELD_WIRE_JSON_COMPATIBLE_TYPE"],
  },
  "field-widened": {
    classes: ["C"],
    title: "Integer of a field widened",
    remedy: "replace the readers before values beyond the former type exist",
    buf: ["FIELD_WIRE_JSON_COMPATIBLE_TYPE"],
  },
  "field-cardinality-changed": {
    classes: ["B"],
    title: "Field became repeated, a map, or a single value",
    remedy: newNumber,
    buf: [
      "FIELD_WIRE_COMPATIBLE_CARDINALITY",
      "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY",
      "FIELD_WIRE_COMPATIBLE_TYPE",
      "FIELD_WIRE_JSON_COMPATIBLE_TYPE",
    ],
  },
  "default-changed": {
    number: 25,
    classes: ["S"],
    title: "Value of an absent field changed (presence)",
    remedy: "none needed; readers must accept both absence and the zero value",
  },
  "packing-changed": {
    classes: ["S"],
    title: "Packing changed",
    remedy: "none needed; every reader accepts both forms",
  },
  "number-form-changed": {
    classes: ["C"],
    title: "Form of a 64-bit number in JavaScript (jstype) changed",
    remedy:
      "keep all values within 2^53 until every program reads a bigint; a program that reads a number loses digits beyond, and refuses such rows",
  },
  "oneof-member-added": {
    number: 17,
    classes: ["C"],
    title: "Field added to an existing oneof",
    remedy: "ship clients that handle an unknown case first, or add the field outside of the oneof",
  },
  "field-oneof-changed": {
    classes: ["B"],
    title: "Field moved into, out of or between oneofs",
    remedy: newNumber,
    buf: ["FIELD_SAME_ONEOF"],
  },
  "oneof-renamed": {
    classes: ["S!"],
    title: "Oneof renamed, or of one field alone",
    remedy: "acknowledge it; code that names the oneof is changed with the next update of the SDK",
    buf: ["FIELD_SAME_ONEOF"],
  },
  "reservation-removed": {
    classes: ["S!"],
    title: "Reserved number or name released",
    remedy: "restore the reservation; old programs still use the number",
    buf: ["RESERVED_MESSAGE_NO_DELETE", "RESERVED_ENUM_NO_DELETE"],
  },
  "data-class-lowered": {
    number: 31,
    classes: ["S!"],
    title: "Data class lowered",
    remedy: "restore the class; if the data is less sensitive than thought, acknowledge the change",
  },
  "data-class-raised": { classes: ["S"], title: "Data class raised", remedy: "none needed" },
  "comment-changed": {
    number: 20,
    classes: ["S"],
    title: "Comment changed",
    remedy:
      "none needed if the meaning stays; for another unit or meaning add a field or command with a new number",
  },
  deprecated: { classes: ["S"], title: "Declaration deprecated", remedy: "none needed; users are warned" },
  "deprecation-withdrawn": { classes: ["S"], title: "Deprecation withdrawn", remedy: "none needed" },
  // Enums.
  "enum-value-added": {
    number: 16,
    classes: ["C"],
    title: "Enum value added to what clients get",
    remedy: "ship clients whose switches have a default branch first, then send the value",
  },
  "enum-value-removed": {
    classes: ["B"],
    title: "Enum value removed",
    remedy: "mark it deprecated first; then remove it and reserve its number and name",
    buf: ["ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED", "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED"],
  },
  "enum-value-renamed": {
    classes: ["S!"],
    title: "Enum value renamed",
    remedy: "acknowledge it when the meaning is the former one; JSON of other SDKs uses the new name",
    buf: ["ENUM_VALUE_SAME_NAME"],
  },
  "enum-value-number-changed": {
    classes: ["B"],
    title: "Number of an enum value changed",
    remedy: "restore the number; add a value with a number that was never used",
    buf: [
      "ENUM_VALUE_SAME_NAME",
      "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED",
      "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED",
    ],
  },
} as const satisfies Readonly<Record<string, Rule>>;
