import type { Schema, SchemaFile } from "../../../schema/model.ts";
import type { GeneratedFile, Target, TargetOptions } from "../../target.ts";
import { type BarrelPart, emitBarrel } from "../barrel.ts";
import { EmitContext, SchemaIndex } from "../context.ts";
import { messagesFile } from "../messages-file.ts";
import { printFile } from "../print/printer.ts";
import type { SourceFile } from "../source-file.ts";
import { emitProtocol } from "./protocol.ts";
import { emitServices } from "./services.ts";
import { emitTables } from "./tables/index.ts";
import { tablesPath } from "./tables/names.ts";

/** What nodes and gates need: messages, handler interfaces, push and RPC functions, tables, the gate's table. */
export const typescriptServer: Target = {
  name: "typescript-server",
  emit(schema, options) {
    const index = new SchemaIndex(schema);
    const parts: BarrelPart[] = [];
    const files: GeneratedFile[] = [];
    const write = (source: SourceFile, origin: string, comment = "") => {
      const text = printFile(source, { origin, comment });
      files.push({ target: typescriptServer.name, path: `server/${source.path}`, text });
    };
    // First, so that no service takes its name: a topology names it.
    const protocol = protocolFile(schema, index, options);
    write(protocol, "the schema");
    parts.push({ path: protocol.path, package: "", exports: protocol.exports });
    for (const file of schema.files) {
      for (const source of [
        messagesFile("server", file, index, options),
        servicesFile(file, index, options),
        tablesFile(file, index, options),
      ]) {
        if (source.isEmpty) continue;
        write(source, file.path, file.comment);
        parts.push({ path: source.path, package: file.package, exports: source.exports });
      }
    }
    write(emitBarrel("index.ts", parts, options), "the schema");
    return files;
  },
};

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
