import type {
  BodyType,
  Command,
  Enum,
  Field,
  Message,
  Method,
  Push,
  Schema,
  SchemaFile,
  Service,
  Table,
} from "../../schema/model.ts";
import { fieldType } from "../field-type.ts";
import { commandPolicy, methodPolicy, pushPolicy } from "../policy.ts";
import { errorsIn } from "./errors-in.ts";

/** What a template shows of a call. */
export interface CallEntry {
  readonly title: string;
  /** In the document's own words: "request", "notify", "push", "method", "one-way". */
  readonly kind: string;
  readonly id: string;
  readonly comment: string;
  readonly policy: string;
  readonly errors: readonly string[];
  readonly bodies: readonly BodyEntry[];
}

export interface BodyEntry {
  readonly label: string;
  readonly name: string;
  readonly comment: string;
  readonly fields: readonly FieldEntry[];
  /** Said in place of fields where there are none. */
  readonly note: string;
}

export interface FieldEntry {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly comment: string;
}

export interface TypeEntry {
  readonly name: string;
  readonly comment: string;
  readonly fields: readonly FieldEntry[];
}

export interface ServicePage {
  readonly path: string;
  readonly file: string;
  readonly name: string;
  readonly fullName: string;
  readonly role: string;
  readonly audience: string;
  readonly comment: string;
  readonly calls: readonly CallEntry[];
  /** Messages inside of bodies. */
  readonly messages: readonly TypeEntry[];
  readonly enums: readonly TypeEntry[];
}

export interface IndexPage {
  readonly fingerprint: string;
  readonly services: readonly ServicePage[];
  readonly tables: readonly {
    readonly name: string;
    readonly message: string;
    readonly comment: string;
    /** What else is declared of the table: sentences. */
    readonly notes: readonly string[];
    readonly columns: readonly { readonly name: string; readonly type: string; readonly keys: string }[];
  }[];
}

export function indexPage(schema: Schema, services: readonly ServicePage[]): IndexPage {
  const messages = schema.files.flatMap((file) => file.messages);
  const tables = messages.flatMap((message) => {
    const { table, fullName, comment } = message;
    if (!table) return [];
    const columns = message.fields.map((field) => ({
      name: columnName(field),
      type: fieldType(field),
      keys: keysOf(field),
    }));
    const notes = notesOf(table, message.fields);
    return [{ name: table.name, message: fullName, comment: oneLine(comment), notes, columns }];
  });
  return { fingerprint: schema.fingerprint, services, tables };
}

export function servicePage(service: Service, file: SchemaFile, declared: Declared): ServicePage {
  const calls = [
    ...service.commands.map((command) => commandEntry(command, declared)),
    ...service.pushes.map((push) => pushEntry(push, declared)),
    ...service.methods.map((method) => methodEntry(method, declared)),
  ];
  const roots = [...service.commands, ...service.methods].flatMap(({ request, reply }) => [request, reply]);
  const { messages, enums } = declared.inside([...roots, ...service.pushes.map(({ body }) => body)]);
  return {
    path: `${service.fullName}.md`,
    file: file.path,
    name: service.name,
    fullName: service.fullName,
    role: service.role,
    audience: service.audience === "NODES" ? "nodes" : "clients",
    comment: service.comment,
    calls,
    messages: messages.map((message) => ({
      name: message.fullName,
      comment: message.comment,
      fields: message.fields.map(fieldEntry),
    })),
    enums: enums.map(({ fullName, comment, values }) => ({
      name: fullName,
      comment,
      fields: values.map((value) => ({ ...value, type: "", comment: oneLine(value.comment) })),
    })),
  };
}

function commandEntry(command: Command, declared: Declared): CallEntry {
  return {
    title: command.name,
    kind: command.reply ? "request" : "notify",
    id: String(command.id),
    comment: command.comment,
    policy: commandPolicy(command),
    errors: errorsIn(command.comment),
    bodies: [
      declared.body("Request", command.request),
      ...(command.reply ? [declared.body("Reply", command.reply)] : []),
    ],
  };
}

function methodEntry(method: Method, declared: Declared): CallEntry {
  return {
    title: method.name,
    kind: method.reply ? "method" : "one-way method",
    id: String(method.id),
    comment: method.comment,
    policy: methodPolicy(method),
    errors: errorsIn(method.comment),
    bodies: [
      declared.body("Request", method.request),
      ...(method.reply ? [declared.body("Reply", method.reply)] : []),
    ],
  };
}

function pushEntry(push: Push, declared: Declared): CallEntry {
  return {
    title: push.name,
    kind: "push",
    id: String(push.id),
    comment: push.comment,
    policy: pushPolicy(push),
    errors: [],
    bodies: [declared.body("Body", push.body)],
  };
}

/** All messages and enums of a schema by full name. */
export class Declared {
  readonly #messages: ReadonlyMap<string, Message>;
  readonly #enums: ReadonlyMap<string, Enum>;

  constructor({ files }: Schema) {
    this.#messages = new Map(files.flatMap(({ messages }) => messages.map((one) => [one.fullName, one])));
    this.#enums = new Map(files.flatMap(({ enums }) => enums.map((one) => [one.fullName, one])));
  }

  body(label: string, body: BodyType): BodyEntry {
    if (body.kind === "raw") {
      return {
        label,
        name: "bytes",
        comment: "",
        fields: [],
        note: "Opaque bytes, handed over as they are.",
      };
    }
    const message = this.#messages.get(body.name);
    const fields = message ? message.fields.map(fieldEntry) : [];
    return {
      label,
      name: body.name,
      comment: message?.comment ?? "",
      fields,
      note: fields.length === 0 ? "No fields." : "",
    };
  }

  /** Messages and enums that the fields of bodies lead to, without the bodies themselves; each once. */
  inside(bodies: readonly (BodyType | undefined)[]): { messages: Message[]; enums: Enum[] } {
    const roots = new Set(bodies.flatMap((body) => (body?.kind === "message" ? [body.name] : [])));
    const seen = new Set<string>();
    const queue = [...roots];
    for (const name of queue) {
      for (const { type } of this.#messages.get(name)?.fields ?? []) {
        if (type.kind === "scalar" || seen.has(type.name)) continue;
        seen.add(type.name);
        if (!roots.has(type.name)) queue.push(type.name);
      }
    }
    const found = [...seen].filter((name) => !roots.has(name)).sort();
    return {
      messages: found.flatMap((name) => this.#messages.get(name) ?? []),
      enums: found.flatMap((name) => this.#enums.get(name) ?? []),
    };
  }
}

/** Notes on data classes. Fields of every class are listed: authors of clients need them, and a schema has no values to hide. */
const classNotes = Object.freeze({
  PLAIN: "",
  PERSONAL: "Personal: left out of logs.",
  SECRET: "Secret: left out of logs.",
});

function fieldEntry(field: Field): FieldEntry {
  const notes = [
    oneLine(field.comment),
    field.oneof === undefined ? "" : `One of \`${field.oneof}\`.`,
    classNotes[field.dataClass],
  ];
  return {
    number: field.number,
    name: field.name,
    type: fieldType(field),
    comment: notes.filter((note) => note !== "").join(" "),
  };
}

/** Where a table's rows are kept and how they are found, as far as that is not said of a column. */
function notesOf({ database, durability, indexes }: Table, fields: readonly Field[]): string[] {
  const places = [
    ...(database === "main" ? [] : [`Kept in the database \`${database}\`.`]),
    ...(durability === "WRITE_THROUGH" ? ["A change is in the database when it is acknowledged."] : []),
  ];
  const found = indexes.map(({ columns, unique }) => {
    const names = fieldsOf(columns, fields).map((field) => `\`${columnName(field)}\``);
    return `${unique ? "Unique index" : "Index"} over ${names.join(", ")}.`;
  });
  return [...places, ...found];
}

function fieldsOf(names: readonly string[], fields: readonly Field[]): Field[] {
  return names.flatMap((name) => fields.find((field) => field.name === name) ?? []);
}

function columnName({ name, column }: Field): string {
  return column?.name ?? name;
}

function keysOf({ column, dataClass }: Field): string {
  const keys = [
    column?.primaryKey && "primary key",
    column?.autoIncrement && "auto increment",
    column?.unique && "unique",
    column?.index && "index",
    column?.foreignKey && `refers to ${column.foreignKey.table}.${column.foreignKey.column}`,
    dataClass !== "PLAIN" && dataClass.toLowerCase(),
  ];
  return keys.filter((key) => typeof key === "string").join(", ");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
