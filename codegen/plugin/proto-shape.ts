import type { OptionsOf } from "../load/link/options.ts";
import { join } from "../load/link/symbols.ts";
import type { OptionTexts } from "./option-texts.ts";
import type { EnumProto, FieldProto, FileProto, MessageProto, ServiceProto } from "./request.ts";
import { fieldText, reservedTexts, rpcText, type Shape } from "./shape.ts";

/** Shapes of the declarations in a compiled file, in the order of `shapesOfOutline`. Extensions are left out. */
export function shapesOfProto(file: FileProto, options: OptionTexts): Shape[] {
  const walk = new ProtoWalk(file, options);
  walk.file();
  return walk.shapes;
}

/** Field numbers of descriptor.proto, from which paths of source locations are built. */
const inFile = { messages: 4, enums: 5, services: 6 } as const;
const inMessage = { name: 1, fields: 2, messages: 3, enums: 4, oneofs: 8 } as const;
/** Field number of the name in the descriptors of fields, enums and their values, services and methods. */
const nameField = 1;
/** Field number of the values in an enum, and of the methods in a service. */
const members = 2;

/** Names of types by number of FieldDescriptorProto.Type. */
const types = (
  "none double float int64 uint64 int32 fixed64 fixed32 bool string group message bytes uint32 enum " +
  "sfixed32 sfixed64 sint32 sint64"
).split(" ");
/** Labels by number of FieldDescriptorProto.Label; "optional" is implicit in proto3, so it is "" here. */
const labels = ["", "", "required", "repeated"];

/** Walk over the descriptor of a file. The order of shapes must be that of the walk over syntax trees. */
class ProtoWalk {
  readonly shapes: Shape[] = [];
  readonly #file: FileProto;
  readonly #options: OptionTexts;
  /** Lines of declarations, from 1, by path of the source location. */
  readonly #lines = new Map<string, number>();

  constructor(file: FileProto, options: OptionTexts) {
    this.#file = file;
    this.#options = options;
    for (const { path = [], span } of file.sourceCodeInfo?.location ?? []) {
      const [line] = span ?? [];
      if (line !== undefined) this.#lines.set(path.join(), line + 1);
    }
  }

  file(): void {
    const { dependency = [], publicDependency = [], messageType, enumType, service } = this.#file;
    const scope = this.#file.package ?? "";
    this.#add(`package ${scope}`);
    dependency.forEach((path, at) => {
      this.#add(`import ${publicDependency.includes(at) ? "public " : ""}"${path}"`);
    });
    messageType?.forEach((each, at) => {
      this.#message(each, scope, [inFile.messages, at]);
    });
    enumType?.forEach((each, at) => {
      this.#enum(each, scope, [inFile.enums, at]);
    });
    service?.forEach((each, at) => {
      this.#service(each, scope, [inFile.services, at]);
    });
  }

  #message(proto: MessageProto, scope: string, path: readonly number[]): void {
    const name = join(scope, proto.name);
    const { field = [], oneofDecl = [], nestedType = [], enumType = [], reservedRange = [] } = proto;
    this.#declare(`message ${name}`, proto, "Message", path);
    const entries = new Map<string, MessageProto>();
    for (const nested of nestedType)
      if (this.#options.isMapEntry(nested.options)) entries.set(`.${name}.${nested.name}`, nested);
    field.forEach((each, at) => {
      this.#field(each, proto, name, entries, [...path, inMessage.fields, at]);
    });
    oneofDecl.forEach((oneof, at) => {
      const isDeclared = field.some((each) => oneofOf(each) === at);
      if (isDeclared)
        this.#declare(`oneof ${name}.${oneof.name}`, oneof, "Oneof", [...path, inMessage.oneofs, at]);
    });
    nestedType.forEach((nested, at) => {
      if (!entries.has(`.${name}.${nested.name}`))
        this.#message(nested, name, [...path, inMessage.messages, at]);
    });
    enumType.forEach((nested, at) => {
      this.#enum(nested, name, [...path, inMessage.enums, at]);
    });
    const ranges = reservedRange.map(({ start, end }) => ({ from: start, to: end - 1 }));
    this.shapes.push(...reservedTexts(name, ranges, proto.reservedName ?? []));
  }

  #field(
    proto: FieldProto,
    message: MessageProto,
    scope: string,
    entries: ReadonlyMap<string, MessageProto>,
    path: readonly number[],
  ): void {
    const { name, number } = proto;
    const entry = entries.get(proto.typeName ?? "");
    const [key, value] = entry?.field ?? [];
    const label = proto.proto3Optional ? "optional" : (labels[proto.label] ?? "");
    const index = oneofOf(proto);
    const oneof = index === undefined ? undefined : message.oneofDecl?.[index]?.name;
    const text =
      key === undefined || value === undefined
        ? fieldText({ scope, name, number, label, type: typeOf(proto), mapKey: undefined, oneof })
        : fieldText({ scope, name, number, label: "", type: typeOf(value), mapKey: typeOf(key), oneof });
    this.#declare(text, proto, "Field", path);
  }

  #enum(proto: EnumProto, scope: string, path: readonly number[]): void {
    const name = join(scope, proto.name);
    this.#declare(`enum ${name}`, proto, "Enum", path);
    proto.value?.forEach((value, at) => {
      this.#declare(`value ${name}.${value.name} = ${value.number}`, value, "EnumValue", [
        ...path,
        members,
        at,
      ]);
    });
    const ranges = (proto.reservedRange ?? []).map(({ start, end }) => ({ from: start, to: end }));
    this.shapes.push(...reservedTexts(name, ranges, proto.reservedName ?? []));
  }

  #service(proto: ServiceProto, scope: string, path: readonly number[]): void {
    const name = join(scope, proto.name);
    this.#declare(`service ${name}`, proto, "Service", path);
    proto.method?.forEach((method, at) => {
      const isStream = method.clientStreaming === true || method.serverStreaming === true;
      const text = rpcText(`${name}.${method.name}`, method.inputType, method.outputType, isStream);
      this.#declare(text, method, "Method", [...path, members, at]);
    });
  }

  #declare(
    text: string,
    { options }: { readonly options?: Uint8Array },
    of: OptionsOf,
    path: readonly number[],
  ): void {
    const line = this.#lines.get([...path, nameField].join());
    this.shapes.push({ text, line, options: this.#options.ofBytes(options, of) });
  }

  #add(text: string): void {
    this.shapes.push({ text, line: undefined, options: "" });
  }
}

function typeOf({ type, typeName }: FieldProto): string {
  return typeName || (types[type] ?? `type ${type}`);
}

/** Index of the oneof around a field. protoc adds a synthetic oneof for `optional` fields, which does not count. */
function oneofOf({ oneofIndex, proto3Optional }: FieldProto): number | undefined {
  return proto3Optional ? undefined : oneofIndex;
}
