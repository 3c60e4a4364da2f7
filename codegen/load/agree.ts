import protobuf from "protobufjs";
import type { Field, SchemaFile } from "../../schema/model.ts";
import type { Report } from "./diagnostic.ts";

/**
 * Parses the files with protobufjs as well, and refuses a schema that it reads otherwise than we do: what it cannot
 * parse, and any field, enum value or rpc that differs. (protobufjs alone is not enough: it keeps no positions, accepts
 * much that is no schema, and leaves out everything called `__proto__`.)
 */
export function checkAgreement(
  files: readonly SchemaFile[],
  texts: ReadonlyMap<string, string>,
  report: Report,
): void {
  const root = new protobuf.Root();
  let whole = true;
  for (const [path, text] of texts) {
    try {
      protobuf.parse(text, root, { keepCase: true });
    } catch (error) {
      whole = false;
      const message = error instanceof Error ? error.message : String(error);
      const line = Number(/\(line (\d+)\)/.exec(message)?.[1] ?? 1);
      const column = Math.max(1, columnOf(text, line, /'([^']+)'/.exec(message)?.[1]));
      const reason = message.replace(/ \(line \d+\)$/, "");
      report.add(
        "PH001",
        path,
        { line, column },
        `protobufjs refuses the file: ${reason}`,
        "write it as proto3 has it",
      );
    }
  }
  if (!whole) return;
  for (const file of files) {
    for (const { fullName, fields, location } of file.messages) {
      const type = find(root, fullName);
      if (fullName.split(".").includes("__proto__")) continue;
      const theirs = type instanceof protobuf.Type ? describeType(type) : "no message";
      const ours = describeFields(fields);
      if (theirs !== ours) {
        const text = `protobufjs reads the message ${fullName} differently: ${theirs}; we read: ${ours}`;
        report.add("PH099", file.path, location, text, "report this as a bug of Photinus, with the file");
      }
    }
    for (const { fullName, values, location } of file.enums) {
      const type = find(root, fullName);
      if (fullName.split(".").includes("__proto__")) continue;
      const theirs = type instanceof protobuf.Enum ? Object.entries(type.values) : [];
      const ours = values
        .filter(({ name }) => name !== "__proto__")
        .map(({ name, number }) => [name, number]);
      if (JSON.stringify(sorted(theirs)) !== JSON.stringify(sorted(ours))) {
        const text = `protobufjs reads the enum ${fullName} differently`;
        report.add("PH099", file.path, location, text, "report this as a bug of Photinus, with the file");
      }
    }
  }
}

function find(root: protobuf.Root, fullName: string): protobuf.ReflectionObject | null {
  let found: protobuf.ReflectionObject | null = root;
  for (const name of fullName.split("."))
    found = found instanceof protobuf.Namespace ? found.get(name) : null;
  return found;
}

function sorted(entries: readonly (readonly unknown[])[]): string[] {
  return entries.map((entry) => entry.join("=")).sort();
}

function columnOf(text: string, line: number, token: string | undefined): number {
  const source = text.split("\n")[line - 1] ?? "";
  return token === undefined ? 1 : source.indexOf(token) + 1;
}

function describeFields(fields: readonly Field[]): string {
  return fields
    .filter(({ name }) => name !== "__proto__")
    .map(({ name, number, label, mapKey, type }) => {
      const rule = label === "map" ? `map ${mapKey}` : label === "repeated" ? "repeated" : "";
      return `${number} ${rule} ${type.kind === "scalar" ? type.scalar : shortName(type.name)} ${name}`;
    })
    .join(", ");
}

function describeType(type: protobuf.Type): string {
  return [...type.fieldsArray]
    .sort((a, b) => a.id - b.id)
    .map((field) => {
      const rule =
        field instanceof protobuf.MapField ? `map ${field.keyType}` : field.repeated ? "repeated" : "";
      return `${field.id} ${rule} ${shortName(field.type)} ${field.name}`;
    })
    .join(", ");
}

/** protobufjs has the name as written, we have it in full: their last part is what both have. */
function shortName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
