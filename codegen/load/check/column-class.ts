import type { Column, DataClass, Field, Message, SchemaFile } from "../../../schema/model.ts";

/** Most paths to secrets in one column; a column with more is a secret as a whole. */
const maxPaths = 64;

const levels: readonly DataClass[] = Object.freeze(["PLAIN", "PERSONAL", "SECRET"]);

/**
 * Adds the data class to columns that hold personal or secret data, themselves or in a message inside. Needs all messages of
 * the schema, so it runs after they are built. Files without such columns are returned as they are.
 */
export function withColumnClasses(files: readonly SchemaFile[]): SchemaFile[] {
  const messages = new Map(files.flatMap((file) => file.messages.map((one) => [one.fullName, one] as const)));
  const classes = new Classes(messages);
  const classified = (message: Message): Message => {
    if (message.table === undefined) return message;
    const fields = message.fields.map((field) => {
      const found = field.column === undefined ? {} : classes.ofColumn(field);
      return found.dataClass === undefined ? field : { ...field, column: { ...field.column!, ...found } };
    });
    return { ...message, fields };
  };
  return files.map((file) =>
    file.messages.some(({ table }) => table !== undefined)
      ? { ...file, messages: file.messages.map(classified) }
      : file,
  );
}

class Classes {
  readonly #messages: ReadonlyMap<string, Message>;
  readonly #found = new Map<string, DataClass>();

  constructor(messages: ReadonlyMap<string, Message>) {
    this.#messages = messages;
  }

  ofColumn(field: Field): Pick<Column, "dataClass" | "secrets"> {
    const dataClass = this.#ofField(field);
    if (dataClass === "PLAIN") return {};
    if (dataClass !== "SECRET" || field.dataClass === "SECRET" || field.oneof !== undefined)
      return { dataClass };
    const paths = this.#paths(field, new Set());
    return paths.length > maxPaths ? { dataClass } : { dataClass, secrets: paths };
  }

  #ofField({ dataClass, type }: Field): DataClass {
    return type.kind === "message" ? highest([dataClass, this.#ofMessage(type.name)]) : dataClass;
  }

  /** Highest class of all fields that a value of the message may hold, at any depth. */
  #ofMessage(name: string): DataClass {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    // Visited one after another: a message may contain itself.
    const names = new Set([name]);
    const found: DataClass[] = [];
    for (const one of names) {
      for (const { dataClass, type } of this.#messages.get(one)?.fields ?? []) {
        found.push(dataClass);
        if (type.kind === "message") names.add(type.name);
      }
    }
    const result = highest(found);
    this.#found.set(name, result);
    return result;
  }

  /** Paths to the secrets in values of a message field. A message that contains itself is a secret from there on. */
  #paths({ type }: Field, around: ReadonlySet<string>): string[][] {
    if (type.kind !== "message") return [];
    const inside = new Set([...around, type.name]);
    const paths: string[][] = [];
    for (const field of this.#messages.get(type.name)?.fields ?? []) {
      if (this.#ofField(field) !== "SECRET") continue;
      const isWhole =
        field.dataClass === "SECRET" ||
        field.oneof !== undefined ||
        (field.type.kind === "message" && inside.has(field.type.name));
      const name = field.oneof ?? field.name;
      if (isWhole) {
        if (!paths.some((path) => path.length === 1 && path[0] === name)) paths.push([name]);
      } else for (const path of this.#paths(field, inside)) paths.push([name, ...path]);
      if (paths.length > maxPaths) break;
    }
    return paths;
  }
}

function highest(classes: readonly DataClass[]): DataClass {
  return levels[Math.max(0, ...classes.map((one) => levels.indexOf(one)))]!;
}
