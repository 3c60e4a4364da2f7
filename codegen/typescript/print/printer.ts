import { generatedBy } from "../../target.ts";
import type { SourceFile } from "../source-file.ts";
import { docLines } from "./docs.ts";
import { indentCode } from "./indentation.ts";

/** Header of a generated file. */
export interface Header {
  /** Path of the schema file that the output comes from, or "the schema" for output of several. */
  readonly origin: string;
  /** Comment at the top of the schema file; becomes the comment of the generated file. */
  readonly comment?: string;
}

/** Prints a file: header, imports and statements, separated by empty lines. */
export function printFile(file: SourceFile, header: Header): string {
  const body = file.statements.map((statement) => indentCode(statement.trim()));
  const parts = [headerOf(header), file.importLines().join("\n"), ...body].filter((part) => part !== "");
  return `${parts.join("\n\n")}\n`;
}

/** Makes the header: the marks by which linters, formatters and code hosts know generated files, then the comment. */
function headerOf({ origin, comment = "" }: Header): string {
  const comments = docLines(comment).map((line) => `// ${line}`.trimEnd());
  return [`// ${generatedBy} from ${origin}. Do not edit.`, "/* eslint-disable */", ...comments].join("\n");
}
