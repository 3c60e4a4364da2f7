import type { Message, SchemaFile } from "../../../../schema/model.ts";
import { isTable } from "../../../sql/layout.ts";
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

/** Takes the names of a file's tables, before anything is imported. */
export function declareTableNames(file: SchemaFile, source: SourceFile): Map<Message, TableNames> {
  const names = new Map<Message, TableNames>();
  for (const message of file.messages.filter(isTable)) {
    const base = typeName(message);
    names.set(message, {
      value: source.declareExport(`${camelCase(base)}Table`, "value"),
      shape: source.declareExport(`${base}Table`, "type"),
      entity: source.declareExport(`${base}Entity`, "value"),
    });
  }
  return names;
}
