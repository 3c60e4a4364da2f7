import { ts } from "ts-morph";
import { expect, test } from "vitest";
import { placeOf, type SourceFile, sourceFiles, walk } from "./source-tree.ts";

const everything = [
  "runtime",
  "codegen",
  "schema",
  "clients/typescript/src",
  "generated",
  "examples",
  "test",
];
/** A kind of test, named for what it tests: what must not compile. */
const allowedFolders = ["test/types"];

test("no file or folder is called utils, common, helpers, misc or types", () => {
  const files = sourceFiles(...everything);
  expect(files.length).toBeGreaterThan(100);
  const wrong = files
    .map((file) => file.path)
    .filter((path) => !allowedFolders.some((folder) => path.startsWith(`${folder}/`)))
    .filter((path) =>
      path.split(/[/.]/).some((part) => /^(utils?|commons?|helpers?|misc|types)$/.test(part)),
    );
  expect(wrong).toEqual([]);
});

test("nothing is of the type any", () => {
  const files = sourceFiles(...everything);
  const wrong: string[] = [];
  for (const file of files) {
    walk(file.tree, (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) wrong.push(placeOf(file, node));
    });
  }
  expect(wrong).toEqual([]);
});

test("no default exports in the runtime, the generator and the client", () => {
  const files = sourceFiles("runtime", "codegen", "schema", "clients/typescript/src");
  const wrong = files
    .filter((file) => file.path !== workerModule)
    .flatMap((file) => file.tree.statements.filter(isDefaultExport).map((one) => placeOf(file, one)));
  expect(wrong).toEqual([]);
});

/** The pool of worker threads calls the default export of the module it is given. */
const workerModule = "runtime/node/heavy/heavy-worker.ts";

function isDefaultExport(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true;
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) ?? false;
}

test("the runtime and the client have no state at module level", () => {
  const files = sourceFiles("runtime", "clients/typescript/src");
  let looked = 0;
  const wrong: string[] = [];
  for (const file of files) {
    for (const statement of file.tree.statements) {
      if (ts.isVariableStatement(statement)) {
        looked++;
        wrong.push(...stateIn(statement, file));
      } else if (ts.isClassDeclaration(statement)) {
        wrong.push(...staticStateIn(statement, file));
      }
    }
  }
  expect(looked).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
});

/** Tables of bytes that are filled when they are made and only read later: typed arrays cannot be frozen. */
const byteTables = ["runtime/rpc/envelope/envelope-shape.ts fixedBytes"];

/** Programs, which are not imported: what they hold at module level is the process itself. */
const programs = ["runtime/process/child/main.ts", "runtime/main.ts"];

function stateIn(statement: ts.VariableStatement, file: SourceFile): string[] {
  const list = statement.declarationList;
  if ((list.flags & ts.NodeFlags.Const) === 0) return [`${placeOf(file, statement)} is not const`];
  return list.declarations
    .filter((declaration) => !byteTables.includes(`${file.path} ${declaration.name.getText(file.tree)}`))
    .filter((declaration) => !programs.includes(file.path) && isMutable(declaration))
    .map(
      (declaration) => `${placeOf(file, declaration)} can be changed: ${declaration.name.getText(file.tree)}`,
    );
}

function staticStateIn(statement: ts.ClassDeclaration, file: SourceFile): string[] {
  return statement.members
    .filter((member) => ts.isPropertyDeclaration(member))
    .filter((member) => {
      const kinds = member.modifiers?.map((modifier) => modifier.kind) ?? [];
      return kinds.includes(ts.SyntaxKind.StaticKeyword) && !kinds.includes(ts.SyntaxKind.ReadonlyKeyword);
    })
    .map((member) => `${placeOf(file, member)} is static and can be changed`);
}

const collections = /^(Weak)?(Map|Set)$|Array$|^ArrayBuffer$|^DataView$|^Buffer$/;

/** Collections that are not declared read-only. An empty array of bytes cannot be changed; a text coder holds nothing. */
function isMutable(declaration: ts.VariableDeclaration): boolean {
  const { type, initializer } = declaration;
  if (initializer === undefined) return true;
  if (type !== undefined && /^(Readonly|readonly |Codec|MessageType)/.test(type.getText())) return false;
  if (ts.isNewExpression(initializer) && ts.isIdentifier(initializer.expression)) {
    const [only, ...more] = initializer.arguments ?? [];
    const isEmpty = more.length === 0 && only !== undefined && /^0$|^\[\]$/.test(only.getText());
    return collections.test(initializer.expression.text) && !isEmpty;
  }
  return ts.isArrayLiteralExpression(initializer) || ts.isObjectLiteralExpression(initializer);
}
