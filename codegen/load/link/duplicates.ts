import type { Report } from "../diagnostic.ts";
import type { FileOutline } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";
import { type NameKind, namesOf } from "./names.ts";

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
