import { generatedBy } from "../../target.ts";
import type { SourceFile } from "../source-file.ts";
import { docLines } from "./docs.ts";
import { indentCode } from "./indentation.ts";

export interface Header {
  /** Path of the schema file, or what else the file was written from: "the schema". */
  readonly origin: string;
  /** What the schema says at its top; becomes the file's comment. */
  readonly comment?: string;
}

/** The text of a file: header, imports and statements, with an empty line between every two. */
export function printFile(file: SourceFile, header: Header): string {
  const body = file.statements.map((statement) => indentCode(statement.trim()));
  const parts = [headerOf(header), file.importLines().join("\n"), ...body].filter((part) => part !== "");
  return `${parts.join("\n\n")}\n`;
}

function headerOf({ origin, comment = "" }: Header): string {
  const comments = docLines(comment).map((line) => `// ${line}`.trimEnd());
  return [`// ${generatedBy} from ${origin}. Do not edit.`, "/* eslint-disable */", ...comments].join("\n");
}
