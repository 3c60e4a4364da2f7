import type { Enum, Location, Message, Schema, SchemaFile, Service } from "../../schema/model.ts";
import type { Report } from "../load/diagnostic.ts";
import { isTable, type TableMessage } from "../sql/table-layout.ts";
import { pascalCase, propertyName, typeName } from "./naming.ts";
import { modelOf } from "./server/tables/model.ts";
import { tableNames } from "./server/tables/table-names.ts";
import { servicePath } from "./service-names.ts";

/** Declaration that a generated name comes from. */
interface Source {
  readonly what: string;
  readonly location: Location;
}

/**
 * Reports declarations that would get the same name in generated server code (PH029): types of one file, properties of one message,
 * indexes of one table, exports of the tables of one file, functions of one service, and services with the same module. Names in
 * different modules may be equal.
 */
export function checkServerNames({ files }: Pick<Schema, "files">, report: Report): void {
  for (const file of files) {
    checkTypes(file, report);
    for (const message of file.messages.filter(isTable)) checkIndexNames(message, report);
    checkTableNames(file, report);
  }
  checkServices(
    files.flatMap(({ services }) => services),
    report,
  );
}

/** Reports declarations that would get the same name in generated client code: types, properties, functions and modules. */
export function checkClientNames({ files }: Pick<Schema, "files">, report: Report): void {
  for (const file of files) checkTypes(file, report);
  const services = files.flatMap((file) => file.services);
  checkServices(
    services.filter(({ audience }) => audience === "CLIENTS"),
    report,
  );
}

/** Reports the second declaration of a name, at its place, with the place of the first. */
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

  /** Adds a name. A second declaration is an error at its place, unless the loader has reported that declaration already. */
  add(name: string, source: Source): void {
    const other = this.#seen.get(name);
    if (other === undefined) {
      this.#seen.set(name, source);
      return;
    }
    const { location } = source;
    if (this.#report.has("PH007", location) || this.#report.has("PH029", location)) return;
    const message = `${source.what} and ${other.what} both get the name ${name} in generated code`;
    const help = `${this.#remedy}; each ${this.#kind} needs a unique name`;
    this.#report.add("PH029", location.file, location, message, help, other.location);
  }
}

/** Checks the types of one file, which share a module (nested types as `Parent_Child`), and the properties of each message. */
function checkTypes({ messages, enums }: SchemaFile, report: Report): void {
  const types = new Names("type", report);
  const add = (kind: string, declared: readonly (Message | Enum)[]) => {
    for (const one of declared) {
      types.add(typeName(one), { what: `${kind} ${one.fullName}`, location: one.location });
    }
  };
  add("message", messages);
  add("enum", enums);
  for (const message of messages) checkProperties(message, report);
}

/** Checks the properties of a message. The fields of a oneof are cases of one property, so they only collide with one another. */
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

/** Checks index names. They are made of property names, so an index over `guild` and `level` collides with one over `guild_level`. */
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

/** Checks the functions of each service, and the module paths of all services. */
function checkServices(services: readonly Service[], report: Report): void {
  const modules = new Names("module", report);
  for (const service of services) {
    checkFunctions(service, report);
    const { fullName, location } = service;
    // Some file systems ignore the case of letters.
    modules.add(servicePath(service).toLowerCase(), { what: `service ${fullName}`, location });
  }
}

/** Checks function names: two calls of one name would share a handler, two pushes of one name a function on each side. */
function checkFunctions({ commands, methods, pushes }: Service, report: Report): void {
  const calls = new Names("handler", report);
  for (const { name, location } of [...commands, ...methods]) {
    calls.add(propertyName(name), { what: `rpc ${name}`, location });
  }
  const senders = new Names("push", report);
  for (const { name, location } of pushes) senders.add(pascalCase(name), { what: `rpc ${name}`, location });
}

/** Checks table names. They are made of message names in another case, so `player` collides with `Player`. */
function checkTableNames(file: SchemaFile, report: Report): void {
  const tables = new Names("table", report);
  for (const message of file.messages.filter(isTable)) {
    const { value, shape, entity } = tableNames(message);
    const source = { what: `message ${message.fullName}`, location: message.location };
    for (const name of [value, shape, entity]) tables.add(name, source);
  }
}
