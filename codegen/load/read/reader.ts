import { Cursor } from "./cursor.ts";
import type {
  EnumNode,
  ExtendNode,
  FileOutline,
  MessageNode,
  OptionNode,
  RpcNode,
  ServiceNode,
  Word,
} from "./outline.ts";
import { readEnum, readExtend, readMessage } from "./proto-message.ts";
import { type Mark, SyntaxProblem, scan } from "./scanner.ts";
import { readOptionStatement } from "./value.ts";

/** First words of the statements of a file, for suggestions. */
const declarations = ["syntax", "package", "import", "option", "message", "enum", "service", "extend"];

/** Result of {@link readOutline}. */
export interface ReadResult {
  readonly outline: FileOutline;
  /** Syntax errors in the order of the file; empty for a well-formed one. */
  readonly problems: readonly SyntaxProblem[];
}

/**
 * Parses a `.proto` file. Syntax errors are collected; the outline has the statements that could be read. A bad character or an
 * unclosed string or comment leaves the outline empty. Never throws for a malformed text.
 *
 * @param path path below the schema root, kept in the outline
 */
export function readOutline(path: string, source: string): ReadResult {
  let cursor: Cursor;
  let lexical: SyntaxProblem | undefined;
  try {
    cursor = new Cursor(scan(source));
  } catch (problem) {
    if (!(problem instanceof SyntaxProblem)) throw problem;
    lexical = problem;
    cursor = new Cursor(scan(""));
  }
  const outline = readFile(cursor, path);
  return { outline, problems: lexical === undefined ? cursor.problems : [lexical] };
}

/** Reads all statements of a file. A broken statement is skipped. */
function readFile(cursor: Cursor, path: string): FileOutline {
  let syntax: Word | undefined;
  let edition: Word | undefined;
  let packageName: Word | undefined;
  let comment = "";
  const imports: (Word & { public: boolean })[] = [];
  const options: OptionNode[] = [];
  const messages: MessageNode[] = [];
  const enums: EnumNode[] = [];
  const services: ServiceNode[] = [];
  const extensions: ExtendNode[] = [];
  let begun = false;
  const statement = (): void => {
    const { text, at } = cursor.token;
    const isFirst = !begun;
    begun = true;
    if (cursor.take(";")) return;
    if (cursor.token.kind === "name") {
      switch (text) {
        case "syntax":
        case "edition": {
          const value = readSyntax(cursor);
          if (!isFirst) {
            throw new SyntaxProblem(
              at,
              `the ${text} statement is not the first one`,
              "move it to the top of the file",
            );
          }
          comment = cursor.commentAbove(at.line);
          if (text === "syntax") syntax = value;
          else edition = value;
          return;
        }
        case "package":
          cursor.next();
          if (packageName !== undefined) {
            throw new SyntaxProblem(at, "the file has two package statements", "remove one of the two");
          }
          packageName = cursor.dotted("the name of the package");
          cursor.expect(";", "after the package");
          return;
        case "import":
          imports.push(readImport(cursor));
          return;
        case "option":
          options.push(readOptionStatement(cursor));
          return;
        case "message":
          messages.push(readMessage(cursor, 0));
          return;
        case "enum":
          enums.push(readEnum(cursor));
          return;
        case "extend":
          extensions.push(readExtend(cursor, messages, 0));
          return;
        case "service":
          services.push(readService(cursor));
          return;
        default:
      }
    }
    cursor.refuse("a declaration, such as message, enum or service", declarations);
  };
  while (cursor.token.kind !== "end") {
    // An unmatched closing brace ends no block here and is not skipped by `attempt`: without this step the loop would not end.
    const stray = cursor.is("}");
    cursor.attempt(statement);
    if (stray) cursor.next();
  }
  return {
    path,
    syntax,
    edition,
    package: packageName,
    imports,
    options,
    messages,
    enums,
    services,
    extends: extensions,
    comment,
  };
}

function readSyntax(cursor: Cursor): Word {
  cursor.next();
  cursor.expect("=", "before the syntax");
  const value = cursor.string('"proto3", in quotes');
  cursor.expect(";", "after the syntax");
  return value;
}

function readImport(cursor: Cursor): Word & { public: boolean } {
  cursor.next();
  const open = cursor.take("public");
  if (!open) cursor.take("weak");
  const path = cursor.string("the path of a file, in quotes");
  cursor.expect(";", "after the import");
  return { ...path, public: open };
}

function readService(cursor: Cursor): ServiceNode {
  const { line } = cursor.next().at;
  const { text: name, at } = cursor.name("the name of the service");
  const options: OptionNode[] = [];
  const rpcs: RpcNode[] = [];
  const comment = cursor.commentAbove(line) || cursor.commentBehindBrace();
  cursor.block("after the service's name", () => {
    if (cursor.take(";")) return;
    if (cursor.is("option")) options.push(readOptionStatement(cursor));
    else if (cursor.is("rpc")) rpcs.push(readRpc(cursor));
    else cursor.refuse("rpc or option", ["rpc", "option"]);
  });
  return { name, at, comment, options, rpcs };
}

/** Reads `rpc Name(Request) returns (Response);`, or with options in braces. `stream` is kept, so that it can be reported. */
function readRpc(cursor: Cursor): RpcNode {
  const { line } = cursor.next().at;
  const { text: name, at } = cursor.name("the name of the rpc");
  let stream: Mark | undefined;
  const readType = (): Word => {
    cursor.expect("(", "before the message's name");
    // The word always means a stream here, as in protoc: a message named `stream` is written `.stream`.
    if (cursor.is("stream")) stream ??= cursor.next().at;
    const type = cursor.dotted("the name of a message");
    cursor.expect(")", "after the message's name");
    return type;
  };
  const request = readType();
  cursor.expect("returns", "after the request");
  const response = readType();
  const options: OptionNode[] = [];
  if (cursor.is("{")) {
    const comment = cursor.commentAbove(line) || cursor.commentBehindBrace();
    cursor.block("", () => {
      if (cursor.take(";")) return;
      if (cursor.is("option")) options.push(readOptionStatement(cursor));
      else cursor.refuse('option or "}"');
    });
    return { name, at, comment, options, request, response, stream };
  }
  cursor.expect(";", "after the rpc");
  return { name, at, comment: cursor.comment(line), options, request, response, stream };
}
