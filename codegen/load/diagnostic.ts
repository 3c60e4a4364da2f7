import type { Location } from "../../schema/model.ts";
import { type DiagnosticCode, warnings } from "./catalogue.ts";
import type { Mark } from "./read/scanner.ts";

/** One thing that is wrong with a schema. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  /** A schema with an error cannot be generated; a warning is only told. */
  readonly severity: "error" | "warning";
  readonly location: Location;
  /** What is wrong. */
  readonly message: string;
  /** The other place that the message is about, such as the first use of an id that is used twice. */
  readonly other?: Location;
  /** What would be right. */
  readonly help: string;
}

/**
 * The diagnostic as people read it, on two lines:
 * `schema/meadow/meadow.proto:12:5 error PH044: ...` and `  help: ...`.
 *
 * @param root the schema root as the user named it, put before the file; default "", which leaves the path as it is
 */
export function formatDiagnostic(diagnostic: Diagnostic, root = ""): string {
  const { code, severity, location, message, help, other } = diagnostic;
  const prefix = root === "" || root === "." ? "" : `${root.replace(/\/+$/, "")}/`;
  const placeOf = ({ file, line, column }: Location): string => `${prefix}${file}:${line}:${column}`;
  // Without a file it is the whole schema that is wrong.
  const place = location.file === "" ? root || "." : placeOf(location);
  // Both places in the form that terminals and editors make a link of.
  const also = other === undefined ? "" : ` (${placeOf(other)})`;
  return `${place} ${severity} ${code}: ${message}${also}\n  help: ${help}`;
}

/** Collects diagnostics. The same thing said of the same place is kept once. */
export class Report {
  readonly #found = new Map<string, Diagnostic>();
  /** Each code with each place that it was said of. */
  readonly #places = new Set<string>();
  readonly #told = new Set<string>();

  /** @param other a second place that the message is about; printed behind it */
  add(code: DiagnosticCode, file: string, at: Mark, message: string, help: string, other?: Location): void {
    const severity = warnings.has(code) ? "warning" : "error";
    const location: Location = { file, line: at.line, column: at.column };
    const place = placeKey(code, location);
    const key = `${place} ${message}`;
    this.#places.add(place);
    if (this.#found.has(key)) return;
    const also = other === undefined ? {} : { other };
    this.#found.set(key, { code, severity, location, message, help, ...also });
  }

  /** Adds what is told once for each subject, such as an import that many places of a file need. */
  addOnce(
    subject: string,
    ...diagnostic: [code: DiagnosticCode, file: string, at: Mark, message: string, help: string]
  ): void {
    if (this.#told.has(subject)) return;
    this.#told.add(subject);
    this.add(...diagnostic);
  }

  /** True when this code was said of this place already: what follows from it need not be said too. */
  has(code: DiagnosticCode, location: Location): boolean {
    return this.#places.has(placeKey(code, location));
  }

  get hasErrors(): boolean {
    return [...this.#found.values()].some((diagnostic) => diagnostic.severity === "error");
  }

  /** All of them: by file, then by place, then by code. */
  sorted(): Diagnostic[] {
    return [...this.#found.values()].sort(
      (a, b) =>
        compareText(a.location.file, b.location.file) ||
        a.location.line - b.location.line ||
        a.location.column - b.location.column ||
        compareText(a.code, b.code),
    );
  }
}

function placeKey(code: DiagnosticCode, { file, line, column }: Location): string {
  return `${code} ${file}:${line}:${column}`;
}

/** Orders by code units, so that the order is the same in every language and on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
