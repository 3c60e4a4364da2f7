import type { ImportDeclaration, SourceFile } from "ts-morph";
import type { HandlerStub, ServiceStub } from "./handlers.ts";
import type { Insertion } from "./text-edit.ts";

const runtime = "photinus";

/** Returns the import declarations of a new file. */
export function newImports(
  service: ServiceStub,
  handlers: readonly HandlerStub[],
  generated: string,
): string[] {
  const names = runtimeNames(handlers);
  return [
    ...(names.length > 0 ? [`import { ${names.join(", ")} } from "${runtime}";`] : []),
    moduleImport(service, generated),
  ];
}

/** Returns the insertions into a file's imports that the added handlers need to compile. */
export function importInsertions(
  source: SourceFile,
  service: ServiceStub,
  handlers: readonly HandlerStub[],
  generated: string,
  lineBreak: string,
): Insertion[] {
  const insertions: Insertion[] = [];
  const lines: string[] = [];
  const lacking = runtimeNames(handlers).filter((name) => !isDeclared(source, name));
  if (lacking.length > 0) {
    const open = source.getImportDeclarations().find((declaration) => takesMore(declaration, runtime));
    const last = open?.getNamedImports().at(-1);
    if (last) insertions.push({ at: last.getEnd(), text: lacking.map((name) => `, ${name}`).join("") });
    else lines.push(`import { ${lacking.join(", ")} } from "${runtime}";`);
  }
  if (!isDeclared(source, service.value)) lines.push(moduleImport(service, generated));
  if (lines.length > 0) insertions.push(newLines(source, lines, lineBreak));
  return insertions;
}

/**
 * Returns the local name of a service's module in a file: the name under which the file imports the module, otherwise the service's
 * default name. Undefined when the file uses that default name for the module of another service.
 */
export function localName(source: SourceFile, service: ServiceStub, generated: string): string | undefined {
  const spaces = source.getImportDeclarations().flatMap((declaration) => {
    const name = declaration.getNamespaceImport()?.getText();
    return name === undefined ? [] : [{ name, module: declaration.getModuleSpecifierValue() }];
  });
  const own = spaces.find(({ module }) => withoutExtension(module) === withoutExtension(generated));
  if (own) return own.name;
  const namesake = spaces.find(({ name }) => name === service.value);
  return namesake && /\.service(\.[jt]s)?$/.test(namesake.module) ? undefined : service.value;
}

function withoutExtension(specifier: string): string {
  return specifier.replace(/\.[jt]s$/, "");
}

function moduleImport({ value }: ServiceStub, generated: string): string {
  return `import * as ${value} from "${generated}";`;
}

function runtimeNames(handlers: readonly HandlerStub[]): string[] {
  const names: string[] = [];
  if (handlers.some(({ heavy }) => !heavy)) names.push("fail");
  if (handlers.some(({ heavy }) => heavy)) names.push("heavy");
  return names;
}

/** Whether an import declaration can get more names: a type-only one cannot import values. */
function takesMore(declaration: ImportDeclaration, specifier: string): boolean {
  return declaration.getModuleSpecifierValue() === specifier && !declaration.isTypeOnly();
}

/** Whether the top level of the file has a name already, imported or declared. */
function isDeclared(source: SourceFile, name: string): boolean {
  const imported = source.getImportDeclarations().some((declaration) => {
    if (declaration.isTypeOnly()) return false;
    const names = declaration.getNamedImports().filter((one) => !one.isTypeOnly());
    const locals = names.map((one) => one.getAliasNode()?.getText() ?? one.getName());
    return [
      ...locals,
      declaration.getDefaultImport()?.getText(),
      declaration.getNamespaceImport()?.getText(),
    ].includes(name);
  });
  return (
    imported || source.getVariableDeclaration(name) !== undefined || source.getFunction(name) !== undefined
  );
}

/** Returns the insertion of new import lines: after the last import, or at the top. */
function newLines(source: SourceFile, lines: readonly string[], lineBreak: string): Insertion {
  const last = source.getImportDeclarations().at(-1);
  if (last) return { at: last.getEnd(), text: lines.map((line) => lineBreak + line).join("") };
  const [first] = source.getStatements();
  // Before the first statement, so that a license comment at the top of the file stays there.
  return { at: first?.getStart() ?? 0, text: `${lines.join(lineBreak)}${lineBreak}${lineBreak}` };
}
