import type { Schema, SchemaFile } from "../../../schema/model.ts";
import type { Lock } from "../../lock/lock.ts";
import { lockedTable } from "../../lock/tables.ts";
import { isTable } from "../../sql/layout.ts";
import type { GeneratedFile, Target, TargetOptions } from "../../target.ts";
import { type BarrelPart, emitBarrel } from "../barrel.ts";
import { checkServerNames } from "../check.ts";
import { EmitContext, SchemaIndex } from "../context.ts";
import { messagesFile } from "../messages-file.ts";
import { partsOf } from "../part.ts";
import { printFile } from "../print/printer.ts";
import type { SourceFile } from "../source-file.ts";
import { emitProtocol } from "./protocol.ts";
import { emitServices } from "./services.ts";
import { emitTables } from "./tables/index.ts";
import { tablesPath } from "./tables/names.ts";

/** What nodes and gates need: messages, handler interfaces, push and RPC functions, tables, the gate's table. */
export const typescriptServer: Target = {
  name: "typescript-server",
  isDefault: true,
  check: checkServerNames,
  emit(schema, options) {
    const index = new SchemaIndex(schema);
    const files: GeneratedFile[] = [];
    const write = (path: string, text: string) =>
      files.push({ target: typescriptServer.name, path: `server/${path}`, text });
    // First, so that no service takes its name: a topology names it.
    const protocol = protocolFile(schema, index, options);
    write(protocol.path, printFile(protocol, { origin: "the schema" }));
    const parts: BarrelPart[] = [{ path: protocol.path, package: "", exports: protocol.exports }];
    const taken = options.memo ? tableNames(schema) : [];
    for (const file of schema.files) {
      const locked = options.memo ? lockedOf(file, options.lock) : "";
      for (const part of [
        ...partsOf("server messages", file, options, [], () => messagesFile("server", file, index, options)),
        ...partsOf("server services", file, options, [], () => servicesFile(file, index, options)),
        ...partsOf("server tables", file, options, [locked, ...taken], () =>
          tablesFile(file, index, options),
        ),
      ]) {
        write(part.path, part.text);
        parts.push(part);
      }
    }
    const barrel = emitBarrel("index.ts", parts, options);
    write(barrel.path, printFile(barrel, { origin: "the schema" }));
    return files;
  },
};

/** The names of all tables: which former names of a table are free depends on the others. */
function tableNames(schema: Schema): string[] {
  const tables = schema.files.flatMap((file) => file.messages.flatMap(({ table }) => table ?? []));
  return tables.map((table) => lockedTable(table));
}

/** All that the lock has of a file's tables. */
function lockedOf(file: SchemaFile, lock: Lock | undefined): string {
  const locked = file.messages.filter(isTable).map(({ fullName }) => lock?.messages.get(fullName));
  return JSON.stringify(locked.map((one) => one && { ...one, fields: [...one.fields] }));
}

function servicesFile(file: SchemaFile, index: SchemaIndex, options: TargetOptions): SourceFile {
  const path = file.path.replace(/\.proto$/, ".services.ts");
  const context = new EmitContext("server", index, path, options);
  emitServices(file, context);
  return context.source;
}

function tablesFile(file: SchemaFile, index: SchemaIndex, options: TargetOptions): SourceFile {
  const path = tablesPath(file.path);
  const context = new EmitContext("server", index, path, options);
  emitTables(file, context, options.lock);
  return context.source;
}

function protocolFile(schema: Schema, index: SchemaIndex, options: TargetOptions): SourceFile {
  const context = new EmitContext("server", index, "protocol.ts", options);
  emitProtocol(schema, context);
  return context.source;
}
