import type { Report } from "../diagnostic.ts";
import type { FileOutline } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";
import { type NameKind, namesOf } from "./names.ts";
import type { Extension } from "./symbols.ts";

/** Reports every name that is declared twice in one scope, over all files, as protobuf's own compiler sees scopes. */
export function checkDuplicates(files: readonly FileOutline[], report: Report): void {
  const seen = new Map<string, { kind: NameKind; file: string; at: Mark }>();
  // Packages first: a message that is called like one is the one to rename.
  for (const isPackage of [true, false]) {
    for (const file of files) {
      for (const { name, kind, word } of namesOf(file)) {
        if ((kind === "package") !== isPackage) continue;
        const other = seen.get(name);
        if (other === undefined) seen.set(name, { kind, file: file.path, at: word.at });
        else if (!isPackage) reportTwice(report, file.path, word.at, { name, kind }, other);
      }
    }
  }
}

/** Reports options of one file that extend one message with one number; protoc lets those of different files pass. */
export function checkExtensionNumbers(extensions: Iterable<Extension>, report: Report): void {
  const seen = new Map<string, Extension>();
  for (const extension of extensions) {
    const { extendee, field, file, name } = extension;
    const key = `${file.path} ${extendee} ${field.number}`;
    const other = seen.get(key);
    seen.set(key, other ?? extension);
    if (other === undefined) continue;
    const text = `the option ${name} has the number ${field.number} in ${extendee}, as ${other.name} has`;
    const { line, column } = other.field.numberAt;
    const place = { file: other.file.path, line, column };
    report.add("PH021", file.path, field.numberAt, text, "use a number of its own", place);
  }
}

function reportTwice(
  report: Report,
  file: string,
  at: Mark,
  { name, kind }: { name: string; kind: NameKind },
  other: { kind: NameKind; file: string; at: Mark },
): void {
  const help =
    kind === "enum value"
      ? "names of enum values are seen around their enum: begin them with the enum's name"
      : "give one of the two another name";
  const article = /^[eor]/.test(other.kind) ? "an" : "a";
  const message = `${name} is declared already, as ${article} ${other.kind}`;
  report.add("PH007", file, at, message, help, {
    file: other.file,
    line: other.at.line,
    column: other.at.column,
  });
}
