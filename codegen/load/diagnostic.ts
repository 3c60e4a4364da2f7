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
  const { code, severity, location, message, help } = diagnostic;
  const prefix = root === "" || root === "." ? "" : `${root.replace(/\/+$/, "")}/`;
  // Without a file it is the whole schema that is wrong.
  const place =
    location.file === "" ? root || "." : `${prefix}${location.file}:${location.line}:${location.column}`;
  return `${place} ${severity} ${code}: ${message}\n  help: ${help}`;
}

/** Collects diagnostics. The same thing said of the same place is kept once. */
export class Report {
  readonly #found = new Map<string, Diagnostic>();

  add(code: DiagnosticCode, file: string, at: Mark, message: string, help: string): void {
    const severity = warnings.has(code) ? "warning" : "error";
    const location: Location = { file, line: at.line, column: at.column };
    const key = `${code} ${file}:${at.line}:${at.column} ${message}`;
    if (!this.#found.has(key)) this.#found.set(key, { code, severity, location, message, help });
  }

  /** True when this code was said of this place already: what follows from it need not be said too. */
  has(code: DiagnosticCode, { file, line, column }: Location): boolean {
    const prefix = `${code} ${file}:${line}:${column} `;
    return [...this.#found.keys()].some((key) => key.startsWith(prefix));
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

/** Orders by code units, so that the order is the same in every language and on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
