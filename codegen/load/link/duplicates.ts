import type { Report } from "../diagnostic.ts";
import type { FileOutline } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";
import { type NameKind, namesOf } from "./declared-names.ts";
import type { Extension } from "./symbols.ts";

/** Reports names that are declared twice in one scope, over all files, by the scope rules of protoc. */
export function checkDuplicates(files: readonly FileOutline[], report: Report): void {
  const seen = new Map<string, { kind: NameKind; file: string; at: Mark }>();
  // Packages come first: of a message and a package with one name, the message is reported, since it is easier to rename.
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

/** Reports options of one file that extend a message with the same number. protoc accepts duplicates in different files. */
export function checkExtensionNumbers(extensions: Iterable<Extension>, report: Report): void {
  const seen = new Map<string, Extension>();
  for (const extension of extensions) {
    const { extendee, field, file, name } = extension;
    const key = `${file.path} ${extendee} ${field.number}`;
    const other = seen.get(key);
    seen.set(key, other ?? extension);
    if (other === undefined) continue;
    const text = `the options ${name} and ${other.name} both have the number ${field.number} in ${extendee}`;
    const { line, column } = other.field.numberAt;
    const place = { file: other.file.path, line, column };
    report.add("PH021", file.path, field.numberAt, text, "use another number for one of the two", place);
  }
}

/** Reports the second of two declarations with one name, with the place of the first. */
function reportTwice(
  report: Report,
  file: string,
  at: Mark,
  { name, kind }: { name: string; kind: NameKind },
  other: { kind: NameKind; file: string; at: Mark },
): void {
  const help =
    kind === "enum value"
      ? "names of enum values belong to the scope around the enum; begin them with the enum's name"
      : "rename one of the two declarations";
  const article = /^[eor]/.test(other.kind) ? "an" : "a";
  const message = `${name} is already declared as ${article} ${other.kind}`;
  report.add("PH007", file, at, message, help, {
    file: other.file,
    line: other.at.line,
    column: other.at.column,
  });
}
