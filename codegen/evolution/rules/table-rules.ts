import type { Rule } from "./rule.ts";

const twoSteps =
  "add the new form beside it, write both, migrate the rows, and remove the old form in a later release";

/** Rules of tables and their columns, by name. */
export const tableRules = {
  // Tables.
  "table-added": {
    classes: ["S"],
    title: "Table added",
    remedy: "none needed; nodes or photinus data migrate create it",
  },
  "table-dropped": {
    classes: ["M"],
    title: "Table dropped",
    remedy: "stop all nodes that use it first; drop the table by hand, or keep it",
  },
  "primary-key-changed": {
    number: 21,
    classes: ["M"],
    title: "Primary key changed",
    remedy: "add a table with the new key, write both, copy the rows, then remove the former table",
  },
  "column-narrowed": {
    number: 22,
    classes: ["M"],
    title: "Column narrowed",
    remedy: twoSteps,
    buf: ["FIELD_WIRE_JSON_COMPATIBLE_TYPE"],
  },
  "column-widened": {
    number: 22,
    classes: ["R"],
    title: "Column widened",
    remedy: "run photinus data migrate, then replace all nodes, before longer or larger values exist",
    buf: ["FIELD_WIRE_COMPATIBLE_TYPE", "FIELD_WIRE_JSON_COMPATIBLE_TYPE"],
  },
  "column-type-changed": {
    classes: ["M"],
    title: "Type of a column changed",
    remedy: twoSteps,
    buf: ["FIELD_WIRE_COMPATIBLE_TYPE", "FIELD_WIRE_JSON_COMPATIBLE_TYPE"],
  },
  "column-dropped": {
    number: 23,
    classes: ["M"],
    title: "Column dropped",
    remedy:
      "release code that does not use it; when no old node runs, remove the field and reserve its number, then drop the column",
    buf: ["FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED", "FIELD_NO_DELETE_UNLESS_NAME_RESERVED"],
  },
  "column-added": {
    classes: ["R"],
    title: "Column added that may be null",
    remedy: "run photinus data migrate before nodes of the new release start",
  },
  "column-added-not-null": {
    number: 24,
    classes: ["M"],
    title: "Column added that must not be null",
    remedy:
      "run photinus data migrate first; old rows get the default, which must be right for them, or use optional",
  },
  "column-null-changed": {
    classes: ["M"],
    title: "Column must not be null any more, or may be",
    remedy:
      "fill the null values first; a column that may be null needs photinus data migrate before new nodes start",
  },
  "column-renamed": {
    classes: ["M"],
    title: "Column renamed",
    remedy: 'keep the column by name: "OLD" in (photinus.column), or rename it while the game is stopped',
  },
  "auto-increment-changed": {
    classes: ["M"],
    title: "Auto increment changed",
    remedy: "add a table with the new key, copy the rows, then remove the former table",
  },
  "owner-changed": {
    classes: ["S!"],
    title: "Owner of rows, or its effect on deletion, changed",
    remedy: "acknowledge it after a check of what photinus data forget now deletes",
  },
  "unique-added": {
    number: 26,
    classes: ["M"],
    title: "Unique index added",
    remedy: "remove duplicates first, stop nodes of the former release, then run photinus data migrate",
  },
  "foreign-key-added": {
    number: 26,
    classes: ["M"],
    title: "Foreign key added or changed",
    remedy:
      "run photinus data migrate for its index; replace the former nodes, then remove rows that refer to nothing, before code relies on the reference: no database checks it",
  },
  "foreign-key-removed": {
    classes: ["R"],
    title: "Foreign key removed",
    remedy: "replace the nodes that follow the reference before other values are written",
  },
  "unique-removed": {
    classes: ["R", "M"],
    title: "Unique index removed",
    remedy:
      "drop the index by the statement that photinus data migrate prints, then start nodes of the new release: they refuse a table that rejects what the schema allows",
  },
  "index-removed": {
    number: 27,
    classes: ["R"],
    title: "Index removed",
    remedy:
      "replace the nodes that read by it, since they miss what new nodes have just changed, for about 0.1 s; then drop it",
  },
  "index-added": {
    classes: ["R"],
    title: "Index added",
    remedy:
      "run photinus data migrate before nodes of the new release start; while former nodes run, a read by the index misses what they have just changed, for about 0.1 s",
  },
  "table-renamed": {
    number: 28,
    classes: ["M"],
    title: "Table renamed or moved to another database",
    remedy:
      "stop the game, rename the table by the statement that photinus data migrate prints, then start the new release",
  },
  "row-form-changed": {
    number: 29,
    classes: ["R"],
    title: "Form of journal or cached rows changed",
    remedy:
      "flush the journal and stop nodes of the former release before nodes of the new one write such rows",
  },
  "durability-changed": {
    classes: ["R"],
    title: "Durability changed",
    remedy:
      "stop the former nodes, the last one with an empty journal, before new ones start: side by side, an earlier value can replace a later one",
  },
  "cache-time-changed": { classes: ["S"], title: "Time in the cache changed", remedy: "none needed" },
} as const satisfies Readonly<Record<string, Rule>>;
