import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import protobuf from "protobufjs";

/** The folder of Google's own files, as imports name it. */
export const googleFolder = "google/protobuf/";

/** The file that declares what options are: needed to check them, never generated. */
export const descriptorPath = "google/protobuf/descriptor.proto";

/** Types that schemas use most, and the files that declare them. */
const wellKnown: Readonly<Record<string, readonly string[]>> = {
  any: ["Any"],
  duration: ["Duration"],
  empty: ["Empty"],
  field_mask: ["FieldMask"],
  struct: ["Struct", "Value", "ListValue", "NullValue"],
  timestamp: ["Timestamp"],
  wrappers: [
    ...["DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value"],
    ...["UInt32Value", "BoolValue", "StringValue", "BytesValue"],
  ],
};

/** The file to import for a type of Google's, by its full name; undefined when none is known. */
export function googleFileOf(type: string): string | undefined {
  const [, name = ""] = /^\.?google\.protobuf\.(\w+)$/.exec(type) ?? [];
  const file = Object.keys(wellKnown).find((key) => wellKnown[key]?.includes(name));
  return file === undefined ? undefined : `${googleFolder}${file}.proto`;
}

const asText = ["descriptor", "type", "api", "source_context"];

/** The text of one of Google's files, from the copies that protobufjs brings; undefined when it has none of that name. */
export function googleSource(path: string): string | undefined {
  if (!path.startsWith(googleFolder)) return undefined;
  const name = path.slice(googleFolder.length).replace(/\.proto$/, "");
  if (asText.includes(name)) {
    const { resolve } = createRequire(import.meta.url);
    return readFileSync(resolve(`protobufjs/${path}`), "utf8");
  }
  const json = protobuf.common.get(path);
  const google = json?.nested?.["google"] as protobuf.INamespace | undefined;
  const types = (google?.nested?.["protobuf"] as protobuf.INamespace | undefined)?.nested;
  return types === undefined ? undefined : renderFile(types);
}

/** What protobufjs keeps as JSON, written as a schema again, so that all files take the same way. */
function renderFile(types: Readonly<Record<string, protobuf.AnyNestedObject>>): string {
  const lines = ['syntax = "proto3";', "package google.protobuf;"];
  for (const [name, type] of Object.entries(types)) {
    if ("values" in type) {
      const values = Object.entries(type.values).map(([value, number]) => `  ${value} = ${number};`);
      lines.push(`enum ${name} {`, ...values, "}");
    } else if ("fields" in type) {
      lines.push(...renderMessage(name, type));
    }
  }
  return `${lines.join("\n")}\n`;
}

function renderMessage(name: string, type: protobuf.IType): string[] {
  const lines = [`message ${name} {`];
  const oneofs = Object.entries(type.oneofs ?? {});
  const inOneof = new Set(oneofs.flatMap(([, { oneof }]) => oneof));
  const render = (field: string): string => {
    const { type: of, id, rule, ...rest } = type.fields[field] as protobuf.IField & { keyType?: string };
    const shape = rest.keyType === undefined ? `${rule ?? ""} ${of}` : `map<${rest.keyType}, ${of}>`;
    return `  ${shape} ${snakeCase(field)} = ${id};`;
  };
  for (const [oneof, { oneof: fields }] of oneofs)
    lines.push(`  oneof ${oneof} {`, ...fields.map(render), "  }");
  for (const field of Object.keys(type.fields)) if (!inOneof.has(field)) lines.push(render(field));
  lines.push("}");
  return lines;
}

/** protobufjs keeps these names in camel case; Google writes them with underscores. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
