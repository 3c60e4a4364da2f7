import { Node, type ObjectLiteralExpression, Project, type SourceFile } from "ts-morph";
import { Refusal } from "../../refusal.ts";
import { type HandlerStub, runtimeFunctions, type ServiceStub } from "./handlers.ts";
import { importInsertions, localName, newImports } from "./imports.ts";
import { type Insertion, insertAll } from "./text-edit.ts";

/** Text of a file of handlers. */
export interface StubResult {
  readonly text: string;
  /** Properties of the handlers that were added. */
  readonly added: readonly string[];
}

/** Makes a new file that implements a service. Every handler throws UNIMPLEMENTED until it is written. */
export function newStub(service: ServiceStub, generated: string): StubResult {
  const imports = newImports(service, service.handlers, generated).join("\n");
  const members = service.handlers.map((handler) => `${memberText(handler, "  ", "\n")}\n`).join("\n");
  return {
    text: `${imports}\n\nexport default ${service.value}.implement({\n${members}});\n`,
    added: service.handlers.map(({ property }) => property),
  };
}

/**
 * Adds the handlers that the object passed to `<module>.implement({ ... })` lacks to a user's file, with the imports that they need.
 * Every other byte stays unchanged.
 *
 * @throws Refusal when the file has no such object, several of them, one whose handlers are not all visible, or a syntax error
 */
export function stubInto(text: string, path: string, wanted: ServiceStub, generated: string): StubResult {
  const mark = text.startsWith("\uFEFF") ? 1 : 0;
  const source = parse(text.slice(mark), path);
  const local = localName(source, wanted, generated);
  if (local === undefined) {
    throw new Refusal(
      `${path} imports the module of another service as ${wanted.value}; import "${generated}" under another name, and add ` +
        "its implement({})",
    );
  }
  if (runtimeFunctions.includes(local)) {
    throw new Refusal(
      `${path} imports the service's module as ${local}, the name of a function that handlers call; import it as ${local}Service`,
    );
  }
  const service = { ...wanted, value: local };
  const handlers = handlersObject(source, service, path);
  const present = presentNames(handlers, service, path);
  const missing = service.handlers.filter(({ property }) => !present.has(property));
  if (missing.length === 0) return { text, added: [] };
  const lineBreak = text.includes("\r\n") ? "\r\n" : "\n";
  const insertions = [
    ...importInsertions(source, service, missing, generated, lineBreak),
    ...memberInsertions(handlers, missing, lineBreak),
  ];
  return {
    text: text.slice(0, mark) + insertAll(text.slice(mark), insertions),
    added: missing.map(({ property }) => property),
  };
}

/** Parses a file without its imports: names suffice to find the handlers, and types would need the whole project. */
function parse(text: string, path: string): SourceFile {
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    skipFileDependencyResolution: true,
    compilerOptions: { noLib: true, noResolve: true, allowJs: true },
  });
  const source = project.createSourceFile(path.endsWith(".js") ? "file.js" : "file.ts", text);
  const [fault] = project.getProgram().getSyntacticDiagnostics(source);
  if (fault) {
    const message = fault.getMessageText();
    const words = typeof message === "string" ? message : message.getMessageText();
    throw new Refusal(`${path}:${fault.getLineNumber()}: ${words} Fix that first; nothing was changed.`);
  }
  return source;
}

/** Finds the object literal passed to the `implement` of a service. Throws Refusal unless there is exactly one. */
function handlersObject(source: SourceFile, { value }: ServiceStub, path: string): ObjectLiteralExpression {
  const calls = source.getDescendants().filter((node) => {
    if (!Node.isCallExpression(node)) return false;
    const callee = node.getExpression();
    if (!Node.isPropertyAccessExpression(callee) || callee.getName() !== "implement") return false;
    const target = callee.getExpression().getText();
    return target === value || target.endsWith(`.${value}`);
  });
  const [call, second] = calls;
  if (!Node.isCallExpression(call)) {
    throw new Refusal(`${path} has no ${value}.implement({ ... }); add ${value}.implement({})`);
  }
  if (second) {
    throw new Refusal(
      `${path} has ${value}.implement(...) at lines ${call.getStartLineNumber()} and ${second.getStartLineNumber()}; expected one call`,
    );
  }
  const [handlers] = call.getArguments();
  if (!Node.isObjectLiteralExpression(handlers)) {
    const line = call.getStartLineNumber();
    throw new Refusal(
      `${path}:${line}: the argument of ${value}.implement is not an object literal; expected { ... }`,
    );
  }
  return handlers;
}

/** Returns the names of the handlers in the object. Throws Refusal for a spread, whose members are not visible. */
function presentNames(handlers: ObjectLiteralExpression, { value }: ServiceStub, path: string): Set<string> {
  const names = new Set<string>();
  for (const property of handlers.getProperties()) {
    if (Node.isSpreadAssignment(property)) {
      const line = property.getStartLineNumber();
      throw new Refusal(
        `${path}:${line}: handlers of ${value} include ${property.getText()}, which hides the missing ones; expected a list of handlers`,
      );
    }
    const name = property.getNameNode();
    names.add(Node.isStringLiteral(name) ? name.getLiteralValue() : name.getText());
  }
  return names;
}

/**
 * Returns the insertions that add handlers after the last one, in the indentation of the file. A comment on the line of the last
 * handler stays with that handler.
 */
function memberInsertions(
  handlers: ObjectLiteralExpression,
  missing: readonly HandlerStub[],
  lineBreak: string,
): Insertion[] {
  const properties = handlers.getProperties();
  const last = properties.at(-1);
  const outer = indentOfLine(handlers.getSourceFile().getFullText(), handlers.getStart());
  const closing = handlers.getEnd() - 1;
  const text = handlers.getSourceFile().getFullText();
  if (!last) {
    const inner = `${outer}  `;
    const members = missing
      .map((handler) => memberText(handler, inner, lineBreak))
      .join(lineBreak + lineBreak);
    // What stands between the braces, a comment for instance, stays in front.
    const gap = text.slice(handlers.getStart() + 1, closing);
    const at = handlers.getStart() + 1 + gap.trimEnd().length;
    const rest = text.slice(at, closing);
    const tail = rest.includes("\n") ? "" : lineBreak + outer;
    return [{ at, text: `${lineBreak}${members}${tail}` }];
  }
  const inner =
    last.getStartLineNumber() === handlers.getStartLineNumber()
      ? `${outer}  `
      : indentOfLine(text, last.getStart());
  const members = missing
    .map((handler) => `${lineBreak}${lineBreak}${memberText(handler, inner, lineBreak)}`)
    .join("");
  // Behind a comma and a comment that follow the last handler on its line.
  const follows = /^\s*,/.exec(text.slice(last.getEnd(), closing));
  const insertions: Insertion[] = follows ? [] : [{ at: last.getEnd(), text: "," }];
  const behind = last.getEnd() + (follows?.[0].length ?? 0);
  const remark = /^[^\S\r\n]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/)/.exec(text.slice(behind, closing));
  const at = behind + (remark?.[0].length ?? 0);
  const tail = text.slice(at, closing).includes("\n") ? "" : lineBreak + outer;
  return [...insertions, { at, text: members + tail }];
}

/** Prints a handler: a method that throws, or a reference to the file of a heavy handler. */
function memberText({ property, call, heavy }: HandlerStub, indent: string, lineBreak: string): string {
  if (heavy) {
    return `${indent}${property}: heavy(new URL("./${property}.ts", import.meta.url)),`;
  }
  return [
    `${indent}${property}(_request, _ctx) {`,
    `${indent}  throw fail("UNIMPLEMENTED", "${call} is not implemented");`,
    `${indent}},`,
  ].join(lineBreak);
}

function indentOfLine(text: string, at: number): string {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start))?.[0] ?? "";
}
