import type { SchemaFile } from "../../../../schema/model.ts";
import { formerTables } from "../../../lock/former-tables.ts";
import type { Lock } from "../../../lock/lock.ts";
import { isTable } from "../../../sql/table-layout.ts";
import type { EmitContext } from "../../emit-context.ts";
import { emitTable } from "./descriptor.ts";
import { modelOf } from "./model.ts";
import { declareTableNames } from "./table-names.ts";

/** Adds the tables of a schema file to the source file of the context. Adds nothing for a file without tables. */
export function emitTables(file: SchemaFile, context: EmitContext, lock?: Lock): void {
  const names = declareTableNames(file, context.source);
  for (const message of file.messages.filter(isTable)) {
    const locked = lock?.messages.get(message.fullName);
    const former = formerTables(locked, message.table, context.index.messages);
    emitTable(modelOf(message, locked, former), names.get(message)!, context);
  }
}
