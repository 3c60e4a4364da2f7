import type { SchemaFile } from "../../../schema/model.ts";
import { isTable, layOut } from "../../sql/layout.ts";
import { sizeLimits, sizeOf, type TableSize } from "../../sql/size.ts";
import type { Report } from "../diagnostic.ts";

/** Reports tables that MySQL would not create, or whose rows it would not take at their longest. */
export function checkLimits(files: readonly SchemaFile[], report: Report): void {
  for (const message of files.flatMap((file) => file.messages).filter(isTable)) {
    const size = sizeOf(layOut(message));
    const { file } = message.location;
    if (size.indexes > sizeLimits.indexes) {
      const text = `the table ${message.name} has ${size.indexes} indexes`;
      const help = `remove some: a table has at most ${sizeLimits.indexes} besides its primary key`;
      report.add("PH083", file, message.location, text, help);
    }
    const excess = excesses.find(({ of }) => size[of] > sizeLimits[of]);
    if (excess === undefined) continue;
    const text = `the table ${message.name} ${excess.what(size[excess.of])}`;
    report.add("PH082", file, message.location, text, excess.help);
  }
}

interface Excess {
  readonly of: keyof TableSize;
  what(amount: number): string;
  readonly help: string;
}

const apart = "put fields that belong together into a message, which is one column, or into another table";
const shorter =
  "give texts and bytes that have an index a smaller max_length (a character counts four bytes)";

/** In the order in which one causes the next. */
const excesses: readonly Excess[] = [
  {
    of: "columns",
    what: (count) => `has ${count} columns`,
    help: `${apart}: a table has at most ${sizeLimits.columns}`,
  },
  {
    of: "rowBytes",
    what: (bytes) => `has rows of up to ${bytes} bytes, large texts and bytes not counted`,
    help: `${shorter}, or ${apart}: a row has at most ${sizeLimits.rowBytes} bytes`,
  },
  {
    of: "pageBytes",
    what: (bytes) =>
      `has rows that may take ${bytes} bytes of a page, 41 for each large text, list or message`,
    help: `${apart}: a row has at most ${sizeLimits.pageBytes} bytes there`,
  },
  {
    of: "undoBytes",
    what: (bytes) => `may need ${bytes} bytes to undo a change, most of them for texts and bytes in indexes`,
    help: `${shorter}: MySQL has at most ${sizeLimits.undoBytes} bytes for it`,
  },
  {
    of: "definitionBytes",
    what: (bytes) => `takes ${bytes} bytes to describe, most of them for the names of its columns`,
    help: `give columns shorter names, or ${apart}: MariaDB has at most ${sizeLimits.definitionBytes} bytes for it`,
  },
];
