import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import protobuf from "protobufjs";

/** Folder of Google's own files, as imports name it. */
export const googleFolder = "google/protobuf/";

/** Path of the file that declares protobuf's option messages. Needed to check options; never generated. */
export const descriptorPath = "google/protobuf/descriptor.proto";

/** Types that schemas use most, by name of the file that declares them. */
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

/** Path to import for a well-known type, such as "google.protobuf.Timestamp"; undefined for other types. */
export function googleFileOf(type: string): string | undefined {
  const [, name = ""] = /^\.?google\.protobuf\.(\w+)$/.exec(type) ?? [];
  const file = Object.keys(wellKnown).find((key) => wellKnown[key]?.includes(name));
  return file === undefined ? undefined : `${googleFolder}${file}.proto`;
}

/** Files of Google that protobufjs keeps as `.proto` text; the others it keeps as JSON. */
const asText = ["descriptor", "type", "api", "source_context"];

/** Text of one of Google's files, from the copies in protobufjs; undefined for an unknown path. */
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

/** Writes types that protobufjs keeps as JSON as `.proto` text, so that one reader handles all files. */
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

/** Restores a field's original name: protobufjs keeps it in camel case, Google's files have underscores. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
