import { lockedTable } from "../lock/former-tables.ts";
import type { Renaming } from "./rename.ts";

/** Next steps that a person has to take after a renaming, one a line: in databases, and in code that uses the name. */
export function remindersOf({ subject, after }: Renaming): string[] {
  const code = "run photinus codegen; the compiler then finds the former name in your code";
  if (subject.kind === "table") {
    const name = after.slice(after.indexOf("/") + 1);
    const former = subject.message.table!.name;
    return [
      "run photinus codegen",
      `the table in each database is still ${former}: stop the game when photinus data status shows an empty journal, run what ` +
        `photinus data migrate prints, ALTER TABLE ${former} RENAME TO ${name}, and start nodes of the new schema only`,
    ];
  }
  const table = "message" in subject ? subject.message.table : undefined;
  if (table === undefined) return [code];
  if (subject.kind === "column" || subject.kind === "oneof") {
    const former = subject.kind === "column" ? subject.field.column!.name : subject.node.name;
    const name = after.slice(after.lastIndexOf(".") + 1);
    return [
      ...(subject.kind === "column" ? ["run photinus codegen"] : [code]),
      `the column of ${lockedTable(table)} in each database is still ${former}: stop the nodes, run what photinus data migrate ` +
        `prints, ALTER TABLE ${table.name} RENAME COLUMN ${former} TO ${name}, and start nodes of the new schema only`,
    ];
  }
  if (subject.kind !== "field" || subject.field.oneof !== undefined) return [code];
  const column = subject.field.column!.name;
  return [
    code,
    `the column keeps the name ${column}, so no database changes; photinus rename ${lockedTable(table)}.${column} NAME renames the column`,
  ];
}
