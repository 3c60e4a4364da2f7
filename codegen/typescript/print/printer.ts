import { IndentationText, NewLineKind, Project, QuoteKind } from "ts-morph";
import type { SourceFile, Statement } from "../source-file.ts";
import { docLines } from "./docs.ts";

export interface Header {
  /** Path of the schema file, or what else the file was written from: "the schema". */
  readonly origin: string;
  /** What the schema says at its top; becomes the file's comment. */
  readonly comment?: string;
}

/** Prints source files through ts-morph, which also sees whether what the emitters wrote is TypeScript at all. */
export class Printer {
  readonly #project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    skipFileDependencyResolution: true,
    compilerOptions: { noLib: true, noResolve: true },
    manipulationSettings: {
      indentationText: IndentationText.TwoSpaces,
      newLineKind: NewLineKind.LineFeed,
      quoteKind: QuoteKind.Double,
    },
  });

  /** The text of a file. Throws an Error that names the place when it is not well-formed: a fault of an emitter. */
  print(file: SourceFile, header: Header): string {
    const body = file.statements.map((statement) => this.#textOf(statement));
    const parts = [headerOf(header), file.importLines().join("\n"), ...body].filter((part) => part !== "");
    const printed = this.#project.createSourceFile(file.path, `${parts.join("\n\n")}\n`, { overwrite: true });
    printed.formatText();
    const [fault] = this.#project.getProgram().getSyntacticDiagnostics(printed);
    if (fault) {
      const line = fault.getLineNumber();
      throw new Error(
        `codegen wrote a file that is not TypeScript: ${file.path}:${line}: ${String(fault.getMessageText())}`,
      );
    }
    const text = printed.getFullText();
    this.#project.removeSourceFile(printed);
    return text;
  }

  #textOf(statement: Statement): string {
    if (typeof statement === "string") return statement.trim();
    const scratch = this.#project.createSourceFile(
      "statement.ts",
      { statements: [statement] },
      { overwrite: true },
    );
    return scratch.getFullText().trim();
  }
}

function headerOf({ origin, comment = "" }: Header): string {
  const lines = [`Written by photinus codegen from ${origin}; do not edit.`, ...docLines(comment)];
  return lines.map((line) => `// ${line}`.trimEnd()).join("\n");
}
