import type { Message, SchemaFile } from "../../../../schema/model.ts";
import { isTable, type TableMessage } from "../../../sql/layout.ts";
import { camelCase, typeName } from "../../naming.ts";
import type { SourceFile } from "../../source-file.ts";

/** What the parts of a table are called in generated code. */
export interface TableNames {
  /** The constant: "playerTable". */
  readonly value: string;
  /** What the compiler knows of it: "PlayerTable". */
  readonly shape: string;
  /** The class of its tracked rows: "PlayerEntity". */
  readonly entity: string;
}

/** "meadow/meadow.proto" -> "meadow/meadow.tables.ts". */
export function tablesPath(schemaPath: string): string {
  return schemaPath.replace(/\.proto$/, ".tables.ts");
}

/** What the parts of one table are called. */
export function tableNames(message: TableMessage): TableNames {
  const base = typeName(message);
  const value = `${camelCase(base)}Table`;
  // A message that begins with a small letter has the constant's name already.
  const shape = `${base}Table`;
  return { value, shape: shape === value ? `${shape}$` : shape, entity: `${base}Entity` };
}

/** Takes the names of a file's tables, before anything is imported. */
export function declareTableNames(file: SchemaFile, source: SourceFile): Map<Message, TableNames> {
  const names = new Map<Message, TableNames>();
  for (const message of file.messages.filter(isTable)) {
    const own = tableNames(message);
    for (const name of [own.value, own.shape, own.entity]) source.declareExport(name);
    names.set(message, own);
  }
  return names;
}
