import type { Report } from "../diagnostic.ts";
import type { EnumNode, FileOutline, MessageNode, Word } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";
import { join } from "./symbols.ts";

/** Reports every name that is declared twice in one scope, over all files, as protobuf's own compiler sees scopes. */
export function checkDuplicates(files: readonly FileOutline[], report: Report): void {
  const packages = new Map<string, { file: string; at: Mark }>();
  for (const { path, package: name } of files) {
    if (name === undefined) continue;
    const parts = name.text.split(".");
    parts.forEach((_part, i) => {
      const prefix = parts.slice(0, i + 1).join(".");
      if (!packages.has(prefix)) packages.set(prefix, { file: path, at: name.at });
    });
  }
  const seen = new Map<string, { what: string; file: string; at: Mark }>();
  for (const [name, place] of packages) seen.set(name, { what: "package", ...place });
  for (const file of files) {
    const declare = (scope: string, what: string, { text, at }: Word): void => {
      const name = join(scope, text);
      const other = seen.get(name);
      if (other === undefined) {
        seen.set(name, { what, file: file.path, at });
        return;
      }
      const place = other.file === file.path ? `line ${other.at.line}` : `${other.file}:${other.at.line}`;
      const help =
        what === "enum value"
          ? "names of enum values are seen around their enum: begin them with the enum's name"
          : `give one of the two another name`;
      const article = /^[eor]/.test(other.what) ? "an" : "a";
      report.add(
        "PH007",
        file.path,
        at,
        `${name} is declared already, as ${article} ${other.what} in ${place}`,
        help,
      );
    };
    declareFile(file, declare);
  }
}

type Declare = (scope: string, what: string, word: Word) => void;

function declareFile(file: FileOutline, declare: Declare): void {
  const scope = file.package?.text ?? "";
  for (const message of file.messages) declareMessage(scope, message, declare);
  for (const declared of file.enums) declareEnum(scope, declared, declare);
  for (const { fields } of file.extends) {
    for (const { name, at } of fields) declare(scope, "option", { text: name, at });
  }
  for (const { name, at, rpcs } of file.services) {
    declare(scope, "service", { text: name, at });
    for (const rpc of rpcs) declare(join(scope, name), "rpc", { text: rpc.name, at: rpc.at });
  }
}

function declareMessage(scope: string, node: MessageNode, declare: Declare): void {
  declare(scope, "message", { text: node.name, at: node.at });
  const inside = join(scope, node.name);
  for (const { name, at } of node.fields) declare(inside, "field", { text: name, at });
  for (const { name, at } of node.oneofs) declare(inside, "oneof", { text: name, at });
  for (const nested of node.messages) declareMessage(inside, nested, declare);
  for (const nested of node.enums) declareEnum(inside, nested, declare);
}

function declareEnum(scope: string, node: EnumNode, declare: Declare): void {
  declare(scope, "enum", { text: node.name, at: node.at });
  for (const { name, at } of node.values) declare(scope, "enum value", { text: name, at });
}
