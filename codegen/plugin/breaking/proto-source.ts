import type { OptionsOf } from "../../load/link/options.ts";
import type { OptionTexts } from "../option-texts.ts";
import type { EnumProto, FieldProto, FileProto, MessageProto, ServiceProto } from "../request.ts";

/** Source text of a compiled file, for the loader, which reads texts only. */
export interface ProtoSource {
  readonly text: string;
  /** Paths of the source locations of declarations, by their lines in the text, from 1. */
  readonly paths: ReadonlyMap<number, readonly number[]>;
}

/**
 * Writes a compiled file as `.proto` text: its declarations, comments and options of protobuf and Photinus, each declaration on a
 * line of its own. Extensions and options of others are left out, since no model depends on them.
 *
 * @param isKept whether an imported file exists as a text, too; other imports are left out
 */
export function sourceOf(
  file: FileProto,
  options: OptionTexts,
  isKept: (path: string) => boolean,
): ProtoSource {
  const writer = new SourceWriter(file, options);
  writer.file(isKept);
  return { text: `${writer.lines.join("\n")}\n`, paths: writer.paths };
}

/** Field numbers of descriptor.proto, of which paths of source locations consist. */
const inFile = { messages: 4, enums: 5, services: 6 } as const;
const inMessage = { fields: 2, messages: 3, enums: 4, oneofs: 8 } as const;
/** Field number of the values in an enum, and of the methods in a service. */
const members = 2;

/** Names of scalar types by number of FieldDescriptorProto.Type; other types have a type name. */
const scalars = (
  "none double float int64 uint64 int32 fixed64 fixed32 bool string group message bytes uint32 enum " +
  "sfixed32 sfixed64 sint32 sint64"
).split(" ");

/** Number of FieldDescriptorProto.Label for repeated fields. */
const repeatedLabel = 3;

class SourceWriter {
  readonly lines: string[] = [];
  readonly paths = new Map<number, readonly number[]>();
  readonly #file: FileProto;
  readonly #options: OptionTexts;
  readonly #comments = new Map<string, { readonly leading: string; readonly trailing: string }>();

  constructor(file: FileProto, options: OptionTexts) {
    this.#file = file;
    this.#options = options;
    for (const { path = [], leadingComments = "", trailingComments = "" } of file.sourceCodeInfo?.location ??
      [])
      this.#comments.set(path.join(), { leading: leadingComments, trailing: trailingComments });
  }

  file(isKept: (path: string) => boolean): void {
    const {
      package: name,
      dependency = [],
      publicDependency = [],
      messageType,
      enumType,
      service,
    } = this.#file;
    this.lines.push('syntax = "proto3";');
    if (name) this.lines.push(`package ${name};`);
    dependency.forEach((path, at) => {
      if (isKept(path))
        this.lines.push(`import ${publicDependency.includes(at) ? "public " : ""}${JSON.stringify(path)};`);
    });
    messageType?.forEach((one, at) => {
      this.#message(one, name ?? "", [inFile.messages, at]);
    });
    enumType?.forEach((one, at) => {
      this.#enum(one, [inFile.enums, at]);
    });
    service?.forEach((one, at) => {
      this.#service(one, [inFile.services, at]);
    });
  }

  #message(message: MessageProto, scope: string, path: readonly number[]): void {
    const { name, field = [], nestedType = [], enumType = [], oneofDecl = [], reservedRange = [] } = message;
    const fullName = scope === "" ? name : `${scope}.${name}`;
    const entries = new Map(
      nestedType.flatMap((one) =>
        this.#options.isMapEntry(one.options) ? [[`.${fullName}.${one.name}`, one] as const] : [],
      ),
    );
    this.#declare(`message ${name} {`, path);
    this.#statements(message.options, "Message");
    this.#reserved(
      reservedRange.map(({ start, end }) => [start, end - 1] as const),
      message.reservedName,
    );
    const fieldLine = (one: FieldProto, at: number) =>
      this.#declare(this.#fieldText(one, entries), [...path, inMessage.fields, at]);
    const isAlone = ({ oneofIndex, proto3Optional }: FieldProto) =>
      oneofIndex === undefined || proto3Optional;
    field.forEach((one, at) => {
      if (isAlone(one)) fieldLine(one, at);
    });
    oneofDecl.forEach((oneof, index) => {
      if (!field.some((one) => one.oneofIndex === index && !one.proto3Optional)) return;
      this.#declare(`oneof ${oneof.name} {`, [...path, inMessage.oneofs, index]);
      field.forEach((one, at) => {
        if (one.oneofIndex === index && !isAlone(one)) fieldLine(one, at);
      });
      this.lines.push("}");
    });
    nestedType.forEach((one, at) => {
      if (!entries.has(`.${fullName}.${one.name}`))
        this.#message(one, fullName, [...path, inMessage.messages, at]);
    });
    enumType.forEach((one, at) => {
      this.#enum(one, [...path, inMessage.enums, at]);
    });
    this.lines.push("}");
  }

  #fieldText(field: FieldProto, entries: ReadonlyMap<string, MessageProto>): string {
    const { name, number, label, jsonName } = field;
    const [key, value] = entries.get(field.typeName ?? "")?.field ?? [];
    const isMap = key !== undefined && value !== undefined;
    const word = field.proto3Optional ? "optional " : label === repeatedLabel && !isMap ? "repeated " : "";
    const type = isMap ? `map<${typeText(key)}, ${typeText(value)}>` : typeText(field);
    // Compilers set the name in JSON of every field; only a name that differs from protobuf's own says something.
    const json =
      jsonName === undefined || jsonName === defaultJsonName(name)
        ? []
        : [`json_name = ${JSON.stringify(jsonName)}`];
    const options = [...json, ...this.#options.inSyntax(field.options, "Field")];
    return `${word}${type} ${name} = ${number}${bracketed(options)};`;
  }

  #enum(declared: EnumProto, path: readonly number[]): void {
    this.#declare(`enum ${declared.name} {`, path);
    this.#statements(declared.options, "Enum");
    declared.value?.forEach((value, at) => {
      const options = bracketed(this.#options.inSyntax(value.options, "EnumValue"));
      this.#declare(`${value.name} = ${value.number}${options};`, [...path, members, at]);
    });
    this.#reserved(
      (declared.reservedRange ?? []).map(({ start, end }) => [start, end] as const),
      declared.reservedName,
    );
    this.lines.push("}");
  }

  #service({ name, method, options }: ServiceProto, path: readonly number[]): void {
    this.#declare(`service ${name} {`, path);
    this.#statements(options, "Service");
    method?.forEach((one, at) => {
      const [to, back] = [one.clientStreaming, one.serverStreaming].map((is) => (is ? "stream " : ""));
      this.#declare(`rpc ${one.name}(${to}${one.inputType}) returns (${back}${one.outputType}) {`, [
        ...path,
        members,
        at,
      ]);
      this.#statements(one.options, "Method");
      this.lines.push("}");
    });
    this.lines.push("}");
  }

  #statements(options: Uint8Array | undefined, of: OptionsOf): void {
    for (const option of this.#options.inSyntax(options, of)) this.lines.push(`option ${option};`);
  }

  #reserved(ranges: readonly (readonly [from: number, to: number])[], names: readonly string[] = []): void {
    for (const [from, to] of ranges) this.lines.push(`reserved ${from}${to === from ? "" : ` to ${to}`};`);
    for (const name of names) this.lines.push(`reserved ${JSON.stringify(name)};`);
  }

  /** Writes the line of a declaration, with all of its comments above it: behind a brace they would belong to the next one. */
  #declare(text: string, path: readonly number[]): void {
    const { leading = "", trailing = "" } = this.#comments.get(path.join()) ?? {};
    this.#comment(leading);
    this.#comment(trailing);
    this.paths.set(this.lines.push(text), path);
  }

  #comment(text: string): void {
    // An empty line ends the comment before, which would join with this one.
    if (text === "") return;
    for (const line of text.trimEnd().split("\n")) this.lines.push(`//${line}`);
  }
}

function bracketed(options: readonly string[]): string {
  return options.length === 0 ? "" : ` [${options.join(", ")}]`;
}

function typeText({ type, typeName }: FieldProto): string {
  return typeName || (scalars[type] ?? `type_${type}`);
}

/** Name of a field in protobuf's JSON form. */
function defaultJsonName(name: string): string {
  return name.replace(/_+([A-Za-z0-9])?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? "");
}
