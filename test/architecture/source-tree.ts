import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { ts } from "ts-morph";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** One TypeScript file of the project. */
export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path from the root, for a relative import. */
  readonly path: string | undefined;
  /** Erased at run time. */
  readonly typeOnly: boolean;
  /** `import("...")`: loaded when it is needed. */
  readonly lazy: boolean;
}

const left = /(^|\/)(node_modules|dist|fixtures)\//;

/** The TypeScript files below these folders, parsed. Throws when there is none: a rule that read nothing has not held. */
export function sourceFiles(...folders: readonly string[]): readonly SourceFile[] {
  const files = folders.flatMap((folder) => {
    const paths = folder.endsWith(".ts") ? [folder] : globSync(`${folder}/**/*.ts`, { cwd: root });
    const kept = paths.map((path) => path.replaceAll("\\", "/")).filter((path) => !left.test(path));
    if (kept.length === 0) throw new Error(`there is no TypeScript file in ${folder}`);
    return kept.sort().map(readSource);
  });
  return files;
}

/** Parsed once for all rules of a test file. */
const read = new Map<string, SourceFile>();

export function readSource(path: string): SourceFile {
  const file = read.get(path) ?? parseSource(path);
  read.set(path, file);
  return file;
}

function parseSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), "utf8");
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return { path, text, lines: text.split("\n").length - 1, tree, imports: importsOf(path, tree) };
}

function importsOf(path: string, tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node | undefined, typeOnly: boolean, lazy: boolean) => {
    if (node === undefined || !ts.isStringLiteral(node)) return;
    const specifier = node.text;
    const relative = specifier.startsWith(".");
    found.push({
      specifier,
      path: relative ? posix.normalize(posix.join(dirname(path), specifier)) : undefined,
      typeOnly,
      lazy,
    });
  };
  walk(tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isErased(node), false);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly, false);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false, true);
    }
  });
  return found;
}

function isErased(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings;
  if (clause.name !== undefined || named === undefined || !ts.isNamedImports(named)) return false;
  return named.elements.length > 0 && named.elements.every((element) => element.isTypeOnly);
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

/** `path:line` of a node, as an editor opens it. */
export function placeOf(file: SourceFile, node: ts.Node): string {
  return `${file.path}:${file.tree.getLineAndCharacterOfPosition(node.getStart(file.tree)).line + 1}`;
}

/** The folder below `runtime/` that a file is in: "wire"; of `runtime/index.ts`, "index.ts". */
export function layerOf(path: string): string {
  return path.split("/")[1] ?? "";
}
