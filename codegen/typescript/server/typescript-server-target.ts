import type { Schema, SchemaFile, Service } from "../../../schema/model.ts";
import { lockedTable } from "../../lock/former-tables.ts";
import type { Lock } from "../../lock/lock.ts";
import { isTable } from "../../sql/table-layout.ts";
import type { GeneratedFile, Target, TargetOptions } from "../../target.ts";
import { EmitContext, SchemaIndex } from "../emit-context.ts";
import { messagesFile } from "../messages-file.ts";
import { checkServerNames } from "../name-collisions.ts";
import { type Part, partsOf } from "../part.ts";
import { printFile } from "../print/printer.ts";
import { servicePath } from "../service-names.ts";
import { SourceFile } from "../source-file.ts";
import { emitProtocol } from "./protocol.ts";
import { emitService } from "./services.ts";
import { tablesPath } from "./tables/table-names.ts";
import { emitTables } from "./tables/tables-file.ts";

/** Target for servers in TypeScript: messages, tables, a module for each service, and the gate's routing table. */
export const typescriptServer: Target = {
  name: "typescript-server",
  isDefault: true,
  check: checkServerNames,
  emit(schema, options) {
    const index = new SchemaIndex(schema);
    const files: GeneratedFile[] = [];
    const write = ({ path, text }: Part) =>
      files.push({ target: typescriptServer.name, path: `server/${path}`, text });
    const protocol = protocolFile(schema, index, options);
    for (const entry of [protocol, serverEntry(protocol, options)]) {
      write({ path: entry.path, text: printFile(entry, { origin: "the schema" }) });
    }
    const taken = options.memo ? tableNames(schema) : [];
    for (const file of schema.files) {
      const messages = () => messagesFile("server", file, index, options);
      partsOf("server messages", file, options, [], messages).forEach(write);
      for (const service of file.services) serviceParts(service, file, index, options).forEach(write);
      const locked = options.memo ? lockedOf(file, options.lock) : "";
      const tables = () => tablesFile(file, index, options);
      partsOf("server tables", file, options, [locked, ...taken], tables).forEach(write);
    }
    return files;
  },
};

/** Makes "index.ts", which exports the routing table: the module that a topology names. */
function serverEntry(protocol: SourceFile, options: TargetOptions): SourceFile {
  const source = new SourceFile("index.ts", options);
  source.add(`export * from "${source.specifierOf({ file: protocol.path })}";`);
  return source;
}

/** Returns the names of all tables. They decide which former names of a table are free, so they are an input of every file. */
function tableNames(schema: Schema): string[] {
  const tables = schema.files.flatMap((file) => file.messages.flatMap(({ table }) => table ?? []));
  return tables.map((table) => lockedTable(table));
}

/** Returns the lock file's entries of a schema file's tables as a text: an input of the tables' file. */
function lockedOf(file: SchemaFile, lock: Lock | undefined): string {
  const locked = file.messages.filter(isTable).map(({ fullName }) => lock?.messages.get(fullName));
  return JSON.stringify(locked.map((one) => one && { ...one, fields: [...one.fields] }));
}

function serviceParts(
  service: Service,
  file: SchemaFile,
  index: SchemaIndex,
  options: TargetOptions,
): Part[] {
  const emit = () => {
    const context = new EmitContext("server", index, servicePath(service), options);
    emitService(service, context);
    return context.source;
  };
  return partsOf("server service", file, options, [], emit, service);
}

function tablesFile(file: SchemaFile, index: SchemaIndex, options: TargetOptions): SourceFile {
  const path = tablesPath(file.path);
  const context = new EmitContext("server", index, path, options);
  emitTables(file, context, options.lock);
  return context.source;
}

function protocolFile(schema: Schema, index: SchemaIndex, options: TargetOptions): SourceFile {
  const context = new EmitContext("server", index, "protocol.ts", options);
  emitProtocol(schema, context, options.lock);
  return context.source;
}
