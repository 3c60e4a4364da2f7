import type { Message, SchemaFile } from "../../../../schema/model.ts";
import { isTable, type TableMessage } from "../../../sql/table-layout.ts";
import { camelCase, typeName } from "../../naming.ts";
import type { SourceFile } from "../../source-file.ts";

/** Names of the parts of a table in generated code. */
export interface TableNames {
  /** Constant with the descriptor: "playerTable". */
  readonly value: string;
  /** Interface with the types: "PlayerTable". */
  readonly shape: string;
  /** Class of tracked rows: "PlayerEntity". */
  readonly entity: string;
}

/** Returns the path of a schema file's tables: "meadow/meadow.proto" -> "meadow/meadow.tables.ts". */
export function tablesPath(schemaPath: string): string {
  return schemaPath.replace(/\.proto$/, ".tables.ts");
}

/** Returns the names of a table's parts. */
export function tableNames(message: TableMessage): TableNames {
  const base = typeName(message);
  const value = `${camelCase(base)}Table`;
  // A message name that begins with a small letter gives the shape the same name as the constant.
  const shape = `${base}Table`;
  return { value, shape: shape === value ? `${shape}$` : shape, entity: `${base}Entity` };
}

/** Reserves the names of a schema file's tables before any import, so that an exported name never varies. */
export function declareTableNames(file: SchemaFile, source: SourceFile): Map<Message, TableNames> {
  const names = new Map<Message, TableNames>();
  for (const message of file.messages.filter(isTable)) {
    const own = tableNames(message);
    for (const name of [own.value, own.shape, own.entity]) source.declareExport(name);
    names.set(message, own);
  }
  return names;
}
