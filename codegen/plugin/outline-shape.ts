import type { OptionsOf } from "../load/link/options.ts";
import { isScalar } from "../load/link/scalar.ts";
import { join, type Symbols } from "../load/link/symbols.ts";
import type { EnumNode, FileOutline, MessageNode, Node, ServiceNode, Word } from "../load/read/outline.ts";
import type { OptionTexts } from "./option-texts.ts";
import { fieldText, reservedTexts, rpcText, type Shape } from "./shape.ts";

/** Shapes of the declarations in a `.proto` file, in a fixed order of kinds. `extend` blocks are left out. */
export function shapesOfOutline(file: FileOutline, symbols: Symbols, options: OptionTexts): Shape[] {
  const walk = new OutlineWalk(file, symbols, options);
  walk.file();
  return walk.shapes;
}

/** Walk over the syntax tree of a file. The order of shapes must be that of the walk over descriptors. */
class OutlineWalk {
  readonly shapes: Shape[] = [];
  readonly #file: FileOutline;
  readonly #symbols: Symbols;
  readonly #options: OptionTexts;

  constructor(file: FileOutline, symbols: Symbols, options: OptionTexts) {
    this.#file = file;
    this.#symbols = symbols;
    this.#options = options;
  }

  file(): void {
    const { imports, messages, enums, services } = this.#file;
    const scope = this.#file.package?.text ?? "";
    this.#add(`package ${scope}`);
    for (const { text, public: open } of imports) this.#add(`import ${open ? "public " : ""}"${text}"`);
    for (const node of messages) this.#message(node, scope);
    for (const node of enums) this.#enum(node, scope);
    for (const node of services) this.#service(node, scope);
  }

  #message(node: MessageNode, scope: string): void {
    const name = join(scope, node.name);
    this.#declare(`message ${name}`, node, "Message", name);
    for (const field of node.fields) {
      const { label, number, oneof } = field;
      const shape = { scope: name, name: field.name, label, number, oneof };
      const type = this.#type(field.type, name);
      this.#declare(fieldText({ ...shape, type, mapKey: field.mapKey?.text }), field, "Field", name);
    }
    for (const oneof of node.oneofs) this.#declare(`oneof ${name}.${oneof.name}`, oneof, "Oneof", name);
    for (const nested of node.messages) this.#message(nested, name);
    for (const nested of node.enums) this.#enum(nested, name);
    this.#reserved(node, name);
  }

  #enum(node: EnumNode, scope: string): void {
    const name = join(scope, node.name);
    this.#declare(`enum ${name}`, node, "Enum", name);
    for (const value of node.values)
      this.#declare(`value ${name}.${value.name} = ${value.number}`, value, "EnumValue", name);
    this.#reserved(node, name);
  }

  #service(node: ServiceNode, scope: string): void {
    const name = join(scope, node.name);
    this.#declare(`service ${name}`, node, "Service", name);
    for (const rpc of node.rpcs) {
      // The messages of an rpc are resolved from inside the service, where rpcs hide messages.
      const [request, response] = [rpc.request, rpc.response].map((word) => this.#type(word, name, "names"));
      const text = rpcText(`${name}.${rpc.name}`, request ?? "", response ?? "", rpc.stream !== undefined);
      this.#declare(text, rpc, "Method", name);
    }
  }

  #type({ text }: Word, scope: string, of: "types" | "names" = "types"): string {
    if (of === "types" && isScalar(text)) return text;
    const found = this.#symbols.find(text, scope, this.#file.path, of)?.found;
    return found === undefined ? text : `.${found.name}`;
  }

  #reserved({ reserved: { ranges, names } }: MessageNode | EnumNode, scope: string): void {
    this.shapes.push(
      ...reservedTexts(
        scope,
        ranges,
        names.map(({ text }) => text),
      ),
    );
  }

  #declare(text: string, { at, options }: Node, of: OptionsOf, scope: string): void {
    this.shapes.push({
      text,
      line: at.line,
      options: this.#options.ofText(options, of, this.#file, scope, at),
    });
  }

  #add(text: string): void {
    this.shapes.push({ text, line: undefined, options: "" });
  }
}
