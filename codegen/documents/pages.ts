import type {
  BodyType,
  Command,
  Deprecable,
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
import { type Change, worstOf } from "../evolution/compare/change.ts";
import { fieldType } from "../field-type.ts";
import type { HistoryEntry } from "../history/history.ts";
import { sectionsOf, usersText } from "../history/history-text.ts";
import { commandPolicy, methodPolicy, pushPolicy } from "../policy-text.ts";
import { errorsIn } from "./errors-in.ts";

/** A command, push or method as a template shows it. */
export interface CallEntry {
  readonly title: string;
  /** "request", "notify", "push", "method" or "one-way method". */
  readonly kind: string;
  readonly id: string;
  readonly comment: string;
  /** Mark and note of a deprecation; "" for a call that is not deprecated. */
  readonly deprecated: string;
  readonly policy: string;
  readonly errors: readonly string[];
  readonly bodies: readonly BodyEntry[];
}

/** The request, reply or body of a call. */
export interface BodyEntry {
  readonly label: string;
  readonly name: string;
  readonly comment: string;
  readonly deprecated: string;
  readonly fields: readonly FieldEntry[];
  /** Text in place of the fields where there are none. */
  readonly note: string;
}

/** A field of a message, or a value of an enum. */
export interface FieldEntry {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly comment: string;
}

/** A message or an enum that bodies refer to. */
export interface TypeEntry {
  readonly name: string;
  readonly comment: string;
  readonly deprecated: string;
  readonly fields: readonly FieldEntry[];
}

/** Data of the page of one service. */
export interface ServicePage {
  readonly path: string;
  readonly file: string;
  readonly name: string;
  readonly fullName: string;
  readonly role: string;
  readonly audience: string;
  readonly comment: string;
  readonly deprecated: string;
  readonly calls: readonly CallEntry[];
  /** Messages that the fields of bodies refer to. */
  readonly messages: readonly TypeEntry[];
  readonly enums: readonly TypeEntry[];
}

/** Data of the index page. */
export interface IndexPage {
  readonly fingerprint: string;
  /** Path of the history page; "" without releases. */
  readonly history: string;
  readonly services: readonly ServicePage[];
  readonly tables: readonly {
    readonly name: string;
    readonly message: string;
    readonly comment: string;
    /** Database, durability and indexes of the table, as sentences. */
    readonly notes: readonly string[];
    readonly columns: readonly { readonly name: string; readonly type: string; readonly keys: string }[];
  }[];
}

/** Data of the history page, the newest entry first. */
export interface HistoryPage {
  readonly entries: readonly {
    readonly title: string;
    /** Day, fingerprint and understood clients of a release, as sentences. */
    readonly notes: readonly string[];
    readonly sections: readonly {
      readonly title: string;
      readonly items: readonly {
        readonly name: string;
        /** Kind, id and users, each after a comma. */
        readonly details: string;
        readonly changes: readonly string[];
      }[];
    }[];
  }[];
}

/** Path of the index page, below `docs/`. */
export const indexPath = "index.md";

/** Path of the history page, below `docs/`; a schema without releases has none. */
export const historyPath = "history.md";

/** Path of the page of a service, below `docs/`: "meadow.ChatDesk.md". */
export function pagePath({ fullName }: Pick<Service, "fullName">): string {
  return `${fullName}.md`;
}

/**
 * Makes the data of the index page: all services, and all tables with their columns.
 *
 * @param hasHistory whether there is a history page
 */
export function indexPage(schema: Schema, services: readonly ServicePage[], hasHistory: boolean): IndexPage {
  const messages = schema.files.flatMap((file) => file.messages);
  const tables = messages.flatMap((message) => {
    const { table, fullName } = message;
    if (!table) return [];
    const columns = message.fields.map((field) => ({
      name: columnName(field),
      type: fieldType(field),
      keys: keysOf(field),
    }));
    const notes = notesOf(table, message.fields);
    return [{ name: table.name, message: fullName, comment: inCell(message), notes, columns }];
  });
  return { fingerprint: schema.fingerprint, history: hasHistory ? historyPath : "", services, tables };
}

/** Makes the data of the history page. */
export function historyPage(history: readonly HistoryEntry[]): HistoryPage {
  return {
    entries: history.map((entry) => {
      const { release, clients } = entry;
      const notes =
        release === undefined ? [] : [release.date, `fingerprint \`${release.model.fingerprint}\``, clients];
      return {
        title: release === undefined ? "Not released" : `Release ${release.number}`,
        notes: notes
          .filter((note) => note !== "")
          .map((note) => `${note[0]?.toUpperCase()}${note.slice(1)}.`),
        sections: sectionsOf(entry).map(({ title, items }) => ({
          title: `${title[0]?.toUpperCase()}${title.slice(1)}`,
          items: items.map((item) => ({
            name: item.name,
            details: [item.what, usersText(item)].map((text) => (text === "" ? "" : `, ${text}`)).join(""),
            changes: item.changes.map(
              (change) => `${worstOf(change)} \`${change.rule}\`${numberText(change)}: ${change.reason}`,
            ),
          })),
        })),
      };
    }),
  };
}

function numberText({ number }: Change): string {
  return number === undefined ? "" : ` (${number})`;
}

/** Makes the data of a service's page: its calls, and the messages and enums that these refer to. */
export function servicePage(service: Service, file: SchemaFile, declared: Declared): ServicePage {
  const calls = [
    ...service.commands.map((command) => commandEntry(command, declared)),
    ...service.pushes.map((push) => pushEntry(push, declared)),
    ...service.methods.map((method) => methodEntry(method, declared)),
  ];
  const roots = [...service.commands, ...service.methods].flatMap(({ request, reply }) => [request, reply]);
  const { messages, enums } = declared.inside([...roots, ...service.pushes.map(({ body }) => body)]);
  return {
    path: pagePath(service),
    file: file.path,
    name: service.name,
    fullName: service.fullName,
    role: service.role,
    audience: service.audience === "NODES" ? "nodes" : "clients",
    comment: service.comment,
    deprecated: deprecation(service),
    calls,
    messages: messages.map((message) => ({
      name: message.fullName,
      comment: message.comment,
      deprecated: deprecation(message),
      fields: message.fields.map(fieldEntry),
    })),
    enums: enums.map((declared) => ({
      name: declared.fullName,
      comment: declared.comment,
      deprecated: deprecation(declared),
      fields: declared.values.map((value) => ({
        number: value.number,
        name: value.name,
        type: "",
        comment: inCell(value),
      })),
    })),
  };
}

/** Makes the entry of a command. */
function commandEntry(command: Command, declared: Declared): CallEntry {
  return {
    title: command.name,
    kind: command.reply ? "request" : "notify",
    id: String(command.id),
    comment: command.comment,
    deprecated: deprecation(command),
    policy: commandPolicy(command),
    errors: errorsIn(command.comment),
    bodies: [
      declared.body("Request", command.request),
      ...(command.reply ? [declared.body("Reply", command.reply)] : []),
    ],
  };
}

/** Makes the entry of a method. */
function methodEntry(method: Method, declared: Declared): CallEntry {
  return {
    title: method.name,
    kind: method.reply ? "method" : "one-way method",
    id: String(method.id),
    comment: method.comment,
    deprecated: deprecation(method),
    policy: methodPolicy(method),
    errors: errorsIn(method.comment),
    bodies: [
      declared.body("Request", method.request),
      ...(method.reply ? [declared.body("Reply", method.reply)] : []),
    ],
  };
}

/** Makes the entry of a push. */
function pushEntry(push: Push, declared: Declared): CallEntry {
  return {
    title: push.name,
    kind: "push",
    id: String(push.id),
    comment: push.comment,
    deprecated: deprecation(push),
    policy: pushPolicy(push),
    errors: [],
    bodies: [declared.body("Body", push.body)],
  };
}

/** Finds messages and enums of a schema by full name. */
export class Declared {
  readonly #messages: ReadonlyMap<string, Message>;
  readonly #enums: ReadonlyMap<string, Enum>;

  constructor({ files }: Schema) {
    this.#messages = new Map(files.flatMap(({ messages }) => messages.map((one) => [one.fullName, one])));
    this.#enums = new Map(files.flatMap(({ enums }) => enums.map((one) => [one.fullName, one])));
  }

  /** Makes the entry of a body; a message that the schema lacks has no fields. */
  body(label: string, body: BodyType): BodyEntry {
    if (body.kind === "raw") {
      return {
        label,
        name: "bytes",
        comment: "",
        deprecated: "",
        fields: [],
        note: "Opaque bytes, passed on unchanged.",
      };
    }
    const message = this.#messages.get(body.name);
    const fields = message ? message.fields.map(fieldEntry) : [];
    return {
      label,
      name: body.name,
      comment: message?.comment ?? "",
      deprecated: deprecation(message ?? {}),
      fields,
      note: fields.length === 0 ? "No fields." : "",
    };
  }

  /** Returns the messages and enums that the fields of bodies refer to, directly or not, without the bodies; each once, by name. */
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

/** Notes on data classes. Fields of every class are listed: client authors need them, and a schema contains no player data. */
const classNotes = Object.freeze({
  PLAIN: "",
  PERSONAL: "Personal: left out of logs.",
  SECRET: "Secret: left out of logs.",
});

/** Makes the row of a field: its comment, its oneof and its data class in one cell. */
function fieldEntry(field: Field): FieldEntry {
  const notes = [
    inCell(field),
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

/** Returns the notes on a table: its database, durability and indexes, where they are not those of a single column. */
function notesOf({ database, durability, indexes }: Table, fields: readonly Field[]): string[] {
  const places = [
    ...(database === "main" ? [] : [`Kept in the database \`${database}\`.`]),
    ...(durability === "WRITE_THROUGH"
      ? ["Write-through: a change is in the database when it is acknowledged."]
      : []),
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

/** Returns the properties of a column, joined by commas: "primary key, unique". */
function keysOf({ column, dataClass, deprecated }: Field): string {
  const keys = [
    column?.primaryKey && "primary key",
    column?.autoIncrement && "auto increment",
    column?.unique && "unique",
    column?.index && "index",
    column?.owner && (column.forget === "ANONYMIZE" ? "owner, anonymized when forgotten" : "owner"),
    column?.foreignKey && `refers to ${column.foreignKey.table}.${column.foreignKey.column}`,
    dataClass !== "PLAIN" && dataClass.toLowerCase(),
    deprecated !== undefined && "deprecated",
  ];
  return keys.filter((key) => typeof key === "string").join(", ");
}

/** Mark and note of a deprecation: "**Deprecated:** use Join"; "" for a declaration that is not deprecated. */
function deprecation({ deprecated }: Deprecable): string {
  if (deprecated === undefined) return "";
  return deprecated.note === "" ? "**Deprecated.**" : `**Deprecated:** ${deprecated.note}`;
}

/** Makes the text of a declaration for the cell of a table: its deprecation and its comment on one line. */
function inCell(declaration: Deprecable & { readonly comment: string }): string {
  const comment = oneLine(declaration.comment);
  const note = deprecation(declaration).replace(/([^.!?*])$/, comment === "" ? "$1" : "$1.");
  return [note, comment].filter((part) => part !== "").join(" ");
}

/** Joins the lines of a comment: a line break would end the row of a Markdown table. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
