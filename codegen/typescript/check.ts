import type { Location, Message, Schema, SchemaFile, Service } from "../../schema/model.ts";
import type { Report } from "../load/diagnostic.ts";
import { isTable, type TableMessage } from "../sql/layout.ts";
import { pascalCase, propertyName, typeName, valueName } from "./naming.ts";
import { modelOf } from "./server/tables/model.ts";

/** Something that a generated name comes from. */
interface Source {
  readonly what: string;
  readonly location: Location;
}

/**
 * Reports declarations that would be given one name in generated server code: properties of one message, indexes of one
 * table, handlers and pushes of one service, and everything that the files of one package export. Between packages there is
 * no clash: where two share a name, the generated index renames one.
 */
export function checkServerNames({ files }: Pick<Schema, "files">, report: Report): void {
  for (const { messages, services } of files) {
    for (const message of messages) checkProperties(message, report);
    for (const message of messages.filter(isTable)) checkIndexNames(message, report);
    for (const service of services) checkCalls(service, report);
  }
  checkExports("server", files, report);
}

/** Reports what {@link checkServerNames} does, for client code: properties, and the exports of one package. */
export function checkClientNames({ files }: Pick<Schema, "files">, report: Report): void {
  for (const message of files.flatMap(({ messages }) => messages)) checkProperties(message, report);
  checkExports("client", files, report);
}

/** Tells of the second declaration of a name. */
class Names {
  readonly #kind: string;
  readonly #report: Report;
  readonly #remedy: string;
  readonly #seen = new Map<string, Source>();

  constructor(kind: string, report: Report, remedy = "rename one of the two") {
    this.#kind = kind;
    this.#report = report;
    this.#remedy = remedy;
  }

  add(name: string, source: Source): void {
    const other = this.#seen.get(name);
    if (other === undefined) {
      this.#seen.set(name, source);
      return;
    }
    const { location } = source;
    if (this.#report.has("PH007", location) || this.#report.has("PH029", location)) return;
    const message = `${source.what} gets the name ${name} in generated code, as ${other.what} does`;
    const help = `${this.#remedy}, so that each ${this.#kind} has a name of its own`;
    this.#report.add("PH029", location.file, location, message, help, other.location);
  }
}

function checkProperties(message: Message, report: Report): void {
  const properties = new Names("property", report);
  for (const { name, oneof, location } of message.fields) {
    if (oneof === undefined) properties.add(propertyName(name), { what: `field ${name}`, location });
  }
  for (const { name, fields } of message.oneofs) {
    const cases = new Names("case", report);
    const members = message.fields.filter((field) => fields.includes(field.name));
    for (const field of members) {
      cases.add(propertyName(field.name), { what: `field ${field.name}`, location: field.location });
    }
    const location = members[0]?.location ?? message.location;
    properties.add(propertyName(name), { what: `oneof ${name}`, location });
  }
}

/** Indexes are called by their properties: one over `guild` and `level` as one over `guild_level`. */
function checkIndexNames(message: TableMessage, report: Report): void {
  const names = new Names("index", report, "rename a field of one of the two");
  const { columns, indexes } = modelOf(message);
  for (const { property, columns: positions } of indexes) {
    const fields = positions.flatMap((at) => {
      const { member } = columns[at]!;
      return "field" in member ? [member.field] : [];
    });
    const [only, ...more] = fields;
    const location = only !== undefined && more.length === 0 ? only.location : message.location;
    names.add(property, { what: `the index over ${fields.map(({ name }) => name).join(", ")}`, location });
  }
}

function checkCalls({ commands, methods, pushes }: Service, report: Report): void {
  const handlers = new Names("handler", report);
  for (const { name, location } of [...commands, ...methods]) {
    handlers.add(propertyName(name), { what: `rpc ${name}`, location });
  }
  const senders = new Names("push", report);
  for (const { name, location } of pushes) senders.add(pascalCase(name), { what: `rpc ${name}`, location });
}

function checkExports(side: "server" | "client", files: readonly SchemaFile[], report: Report): void {
  const packages = Map.groupBy(files, (file) => file.package);
  for (const group of packages.values()) checkPackage(side, group, report);
}

function checkPackage(side: "server" | "client", files: readonly SchemaFile[], report: Report): void {
  const names = new Names("export", report);
  for (const { messages, enums } of files) {
    for (const message of messages) {
      names.add(typeName(message), { what: `message ${message.fullName}`, location: message.location });
    }
    for (const declared of enums) {
      names.add(typeName(declared), { what: `enum ${declared.fullName}`, location: declared.location });
    }
  }
  for (const service of files.flatMap(({ services }) => services)) {
    if (side === "server") {
      const source = { what: `service ${service.name}`, location: service.location };
      names.add(valueName(service.name), source);
      names.add(`${pascalCase(service.name)}Handlers`, source);
    }
    for (const { name, fullName, location } of service.pushes) {
      const prefix = side === "server" ? "push" : "on";
      names.add(`${prefix}${pascalCase(name)}`, { what: `push ${fullName}`, location });
    }
    if (side === "client") {
      for (const { name, fullName, location } of service.commands) {
        names.add(valueName(name), { what: `command ${fullName}`, location });
      }
    }
  }
}
