import type { Schema } from "../../schema/model.ts";
import type { Report } from "../load/diagnostic.ts";
import { sizeLimits, sizeOf, type TableSize } from "./size.ts";
import { isTable, layOut } from "./table-layout.ts";

/**
 * Reports tables that MySQL or MariaDB would not create, or whose longest rows it would reject (docs/SCHEMA.md has the limits).
 */
export function checkTableLimits({ files }: Pick<Schema, "files">, report: Report): void {
  for (const message of files.flatMap((file) => file.messages).filter(isTable)) {
    const size = sizeOf(layOut(message));
    const { file } = message.location;
    if (size.indexes > sizeLimits.indexes) {
      const text = `the table ${message.name} has ${size.indexes} indexes`;
      const help = `remove indexes; a table has at most ${sizeLimits.indexes} besides its primary key`;
      report.add("PH083", file, message.location, text, help);
    }
    const excess = excesses.find(({ of }) => size[of] > sizeLimits[of]);
    if (excess === undefined) continue;
    const text = `the table ${message.name} ${excess.what(size[excess.of])}`;
    report.add("PH082", file, message.location, text, excess.help);
  }
}

/** A limit of tables, and the diagnostic of a table beyond it. */
interface Excess {
  readonly of: keyof TableSize;
  /** What was found, after "the table NAME". */
  what(amount: number): string;
  readonly help: string;
}

const apart = "move fields into a message, which is one column, or into another table";
const shorter = "reduce max_length of strings and bytes that have an index (a character counts four bytes)";

/** Limits in the order of cause: a table beyond one usually exceeds the following ones too, and only the first is reported. */
const excesses: readonly Excess[] = [
  {
    of: "columns",
    what: (count) => `has ${count} columns`,
    help: `${apart}; a table has at most ${sizeLimits.columns} columns`,
  },
  {
    of: "rowBytes",
    what: (bytes) => `has rows of up to ${bytes} bytes, without its large strings and bytes`,
    help: `${shorter}, or ${apart}; a row has at most ${sizeLimits.rowBytes} bytes`,
  },
  {
    of: "pageBytes",
    what: (bytes) =>
      `has rows that may take ${bytes} bytes of a page, 41 for each large string, list or message`,
    help: `${apart}; a row has at most ${sizeLimits.pageBytes} bytes in its page`,
  },
  {
    of: "undoBytes",
    what: (bytes) =>
      `may need ${bytes} bytes to undo a change, most of them for strings and bytes in indexes`,
    help: `${shorter}; an undo record of MySQL has at most ${sizeLimits.undoBytes} bytes`,
  },
  {
    of: "definitionBytes",
    what: (bytes) => `has a definition of ${bytes} bytes, most of them for the names of its columns`,
    help: `shorten names of columns, or ${apart}; a definition in MariaDB has at most ${sizeLimits.definitionBytes} bytes`,
  },
];
