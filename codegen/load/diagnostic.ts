import type { Location } from "../../schema/model.ts";
import { type DiagnosticCode, warnings } from "./catalogue.ts";
import type { Mark } from "./read/scanner.ts";

/** One error or warning about a schema or its lock file. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  /** A schema with an error is not generated; a warning is only printed. */
  readonly severity: "error" | "warning";
  /** Place of the error. A file of "" means the whole schema folder. */
  readonly location: Location;
  /** What was found: one short sentence without a full stop. */
  readonly message: string;
  /** Second place that the message refers to, such as the first use of a duplicate id. */
  readonly other?: Location;
  /** What is expected, and the remedy. */
  readonly help: string;
}

/**
 * Formats a diagnostic as two lines, `schema/meadow/meadow.proto:12:5 error PH044: ...` and `  help: ...`.
 *
 * @param root the schema folder as the user named it, a prefix of the path. Default "": the path stays as it is
 */
export function formatDiagnostic(diagnostic: Diagnostic, root = ""): string {
  const { code, severity, location, message, help, other } = diagnostic;
  const prefix = root === "" || root === "." ? "" : `${root.replace(/\/+$/, "")}/`;
  const placeOf = ({ file, line, column }: Location): string => `${prefix}${file}:${line}:${column}`;
  // A diagnostic without a file is about the whole schema folder.
  const place = location.file === "" ? root || "." : placeOf(location);
  // file:line:column is the form that terminals and editors turn into a link.
  const also = other === undefined ? "" : ` (${placeOf(other)})`;
  return `${place} ${severity} ${code}: ${message}${also}\n  help: ${help}`;
}

/** Collects diagnostics. A message that is repeated for one place is kept once. */
export class Report {
  readonly #found = new Map<string, Diagnostic>();
  /** Pairs of code and place that were reported. */
  readonly #places = new Set<string>();
  readonly #told = new Set<string>();

  /**
   * Adds a diagnostic. Its code decides whether it is an error or a warning.
   *
   * @param file path below the schema root; "" for the whole schema
   * @param message what was found
   * @param help what is expected, and the remedy
   * @param other a second place that the message refers to; printed after the message
   */
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

  /**
   * Adds a diagnostic unless one was added for the same subject: a missing import is reported once, not at each use.
   *
   * @param subject any text that identifies the cause
   */
  addOnce(
    subject: string,
    ...diagnostic: [code: DiagnosticCode, file: string, at: Mark, message: string, help: string]
  ): void {
    if (this.#told.has(subject)) return;
    this.#told.add(subject);
    this.add(...diagnostic);
  }

  /** True when this code was reported for this place, so that a check can omit errors which only follow from it. */
  has(code: DiagnosticCode, location: Location): boolean {
    return this.#places.has(placeKey(code, location));
  }

  /** True when at least one diagnostic is an error, not a warning. */
  get hasErrors(): boolean {
    return [...this.#found.values()].some((diagnostic) => diagnostic.severity === "error");
  }

  /** All diagnostics, sorted by file, then by place, then by code. */
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

/** Comparison by UTF-16 code units for `sort`, independent of the locale: generated files are equal on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
