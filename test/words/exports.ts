import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { ts } from "ts-morph";
import type { Fault } from "./rules.ts";

/** What a public package exports under one name. */
export interface Exported {
  readonly name: string;
  /** Where it is declared, from the root. */
  readonly path: string;
  readonly line: number;
  readonly hasDocstring: boolean;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
  readonly exports?: Readonly<Record<string, string | { readonly "photinus-source"?: string }>>;
}

/** The source files that the public packages of the workspace are imported by. */
export function publicEntries(root: string): readonly string[] {
  const read = (folder: string) =>
    JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
  const workspaces = read("").workspaces ?? [];
  const folders = workspaces.flatMap((pattern) => globSync(pattern, { cwd: root }));
  return ["", ...folders.map((folder) => folder.replaceAll("\\", "/"))].flatMap((folder) => {
    const manifest = read(folder);
    if (manifest.private === true) return [];
    return Object.values(manifest.exports ?? {}).flatMap((one) => {
      const source = typeof one === "string" ? undefined : one["photinus-source"];
      return source === undefined ? [] : [posix.join(folder, source)];
    });
  });
}

/** Gives the text of a file by its path from the root. */
export type ReadSource = (path: string) => string;

/** Everything that the entry files export, each declaration once. */
export function exportsOf(entries: readonly string[], read: ReadSource): readonly Exported[] {
  const trees = new Map<string, ts.SourceFile>();
  const treeOf = (path: string) => {
    const tree = trees.get(path) ?? ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);
    trees.set(path, tree);
    return tree;
  };
  const found = new Map<string, Exported>();
  const add = (path: string, name: string) => {
    for (const one of declared(treeOf(path), path, name, treeOf)) found.set(`${one.path} ${one.name}`, one);
  };
  for (const entry of entries) for (const name of namesOf(treeOf(entry), entry, treeOf)) add(entry, name);
  return [...found.values()];
}

export function undocumented(exported: readonly Exported[]): readonly Fault[] {
  return exported
    .filter((one) => !one.hasDocstring)
    .map(({ path, line, name }) => ({ path, line, what: `${name} is exported without a docstring` }));
}

type TreeOf = (path: string) => ts.SourceFile;

function targetOf(statement: ts.ExportDeclaration | ts.ImportDeclaration, path: string): string | undefined {
  const specifier = statement.moduleSpecifier;
  if (specifier === undefined || !ts.isStringLiteral(specifier) || !specifier.text.startsWith("."))
    return undefined;
  return posix.normalize(posix.join(dirname(path), specifier.text));
}

/** The names that a file exports, those of `export *` included. */
function namesOf(tree: ts.SourceFile, path: string, treeOf: TreeOf): readonly string[] {
  return tree.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const { exportClause } = statement;
      if (exportClause !== undefined) {
        return ts.isNamedExports(exportClause)
          ? exportClause.elements.map((one) => one.name.text)
          : [exportClause.name.text];
      }
      const target = targetOf(statement, path);
      return target === undefined ? [] : namesOf(treeOf(target), target, treeOf);
    }
    return isExported(statement) ? declarationsIn(statement).map((one) => one.name) : [];
  });
}

/** The declarations behind an exported name, through files that only pass it on; one of a function's overloads is enough. */
function declared(tree: ts.SourceFile, path: string, name: string, treeOf: TreeOf): readonly Exported[] {
  let own: Exported | undefined;
  for (const statement of tree.statements) {
    if (ts.isExportDeclaration(statement)) {
      const passed = passedOn(statement, path, name, treeOf);
      if (passed !== undefined) return passed;
      continue;
    }
    for (const one of declarationsIn(statement)) {
      if (one.name !== name) continue;
      const line = tree.getLineAndCharacterOfPosition(statement.getStart(tree)).line + 1;
      own = {
        name,
        path,
        line: own?.line ?? line,
        hasDocstring: (own?.hasDocstring ?? false) || one.hasDocstring,
      };
    }
  }
  return own === undefined ? imported(tree, path, name, treeOf) : [own];
}

function passedOn(
  statement: ts.ExportDeclaration,
  path: string,
  name: string,
  treeOf: TreeOf,
): readonly Exported[] | undefined {
  const { exportClause } = statement;
  const target = targetOf(statement, path);
  if (exportClause === undefined) {
    const found = target === undefined ? [] : declared(treeOf(target), target, name, treeOf);
    return found.length > 0 ? found : undefined;
  }
  // `export * as name`: everything of that file, under the name.
  if (ts.isNamespaceExport(exportClause)) {
    if (exportClause.name.text !== name || target === undefined) return undefined;
    return namesOf(treeOf(target), target, treeOf).flatMap((one) =>
      declared(treeOf(target), target, one, treeOf),
    );
  }
  const element = exportClause.elements.find((one) => one.name.text === name);
  if (element === undefined) return undefined;
  const original = (element.propertyName ?? element.name).text;
  if (statement.moduleSpecifier === undefined) {
    const tree = statement.getSourceFile();
    const own = tree.statements.filter((one) => !ts.isExportDeclaration(one)).flatMap(declarationsIn);
    return own.some((one) => one.name === original) && original !== name
      ? declared(tree, path, original, treeOf)
      : original === name
        ? undefined
        : imported(tree, path, original, treeOf);
  }
  return target === undefined ? [] : declared(treeOf(target), target, original, treeOf);
}

/** A name that the file imports and exports again. */
function imported(tree: ts.SourceFile, path: string, name: string, treeOf: TreeOf): readonly Exported[] {
  for (const statement of tree.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const target = targetOf(statement, path);
    const bindings = statement.importClause?.namedBindings;
    if (target === undefined || bindings === undefined || !ts.isNamedImports(bindings)) continue;
    const element = bindings.elements.find((one) => one.name.text === name);
    if (element !== undefined) {
      return declared(treeOf(target), target, (element.propertyName ?? element.name).text, treeOf);
    }
  }
  return [];
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function declarationsIn(statement: ts.Statement): readonly { name: string; hasDocstring: boolean }[] {
  const hasDocstring = ts.getJSDocCommentsAndTags(statement).length > 0;
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((one) => ({ name: one.name.getText(), hasDocstring }));
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement);
  return isNamed && statement.name !== undefined ? [{ name: statement.name.text, hasDocstring }] : [];
}
