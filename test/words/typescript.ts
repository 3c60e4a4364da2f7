import { ts } from "ts-morph";
import { oneLine, type Text, unmarked } from "./text.ts";

/** The comments, strings, log lines and diagnostics of a TypeScript file, in their order. */
export function textsOfTypeScript(path: string, source: string): readonly Text[] {
  const tree = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const found: { text: Text; node?: ts.Node }[] = [];
  /** Literals that are part of a log line or a diagnostic: not listed a second time as strings. */
  const said = new Set<ts.Node>();
  const add = (kind: Text["kind"], at: number, text: string, node?: ts.Node) => {
    if (text !== "")
      found.push({ text: { kind, path, line: lineOf(tree, at), text }, ...(node && { node }) });
  };
  const visit = (node: ts.Node) => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const message = messageOf(node);
      if (message !== undefined) {
        for (const literal of message.parts.flat()) said.add(literal);
        const text = message.parts.map((part) => oneLine(part.map(literalText).join(" | "))).join("; ");
        add(message.kind, node.getStart(tree), text);
      }
    }
    if (isText(node) && !ts.isImportDeclaration(node.parent)) {
      const text = oneLine(literalText(node));
      if (text.includes(" ")) add("string", node.getStart(tree), text, node);
    }
    const children = node.getChildren(tree).filter((child) => !ts.isJSDoc(child));
    if (children.length === 0) {
      for (const one of commentsBefore(tree, node)) add(one.kind, one.at, one.text);
    }
    for (const child of children) visit(child);
  };
  visit(tree);
  return found.filter(({ node }) => node === undefined || !said.has(node)).map(({ text }) => text);
}

function lineOf(tree: ts.SourceFile, at: number): number {
  return tree.getLineAndCharacterOfPosition(at).line + 1;
}

type Literal = ts.StringLiteral | ts.NoSubstitutionTemplateLiteral | ts.TemplateExpression;

function isText(node: ts.Node): node is Literal {
  return (
    ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node)
  );
}

/** What a literal says, with holes as they are written: `${file}:${line}`. */
function literalText(node: Literal): string {
  if (!ts.isTemplateExpression(node)) return node.text;
  const spans = node.templateSpans.map((span) => `\${${span.expression.getText()}}${span.literal.text}`);
  return node.head.text + spans.join("");
}

/** True for a literal with words of its own: `${file}: ${reason}` only joins what others say. */
function hasWords(literal: Literal): boolean {
  const own = literalText(literal).replace(/\$\{[^}]*\}/g, "");
  return own.includes(" ") && /[a-z]{2}/i.test(own);
}

interface Comment {
  readonly kind: "docstring" | "comment";
  readonly at: number;
  readonly text: string;
}

const directive = /^(biome-|@ts-|eslint|prettier|@__|#__|<reference|v8 ignore|c8 ignore)/;

/** The comments between the token before `token` and the token itself; lines of `//` one below the other are one comment. */
function commentsBefore(tree: ts.SourceFile, token: ts.Node): readonly Comment[] {
  const start = token.getFullStart();
  const trivia = tree.text.slice(start, token.getStart(tree));
  if (!trivia.includes("/")) return [];
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, trivia);
  const found: { kind: Comment["kind"]; at: number; text: string; open: boolean }[] = [];
  let breaks = 0;
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    const text = scanner.getTokenText();
    const last = found.at(-1);
    if (kind === ts.SyntaxKind.NewLineTrivia) {
      breaks++;
    } else if (kind === ts.SyntaxKind.SingleLineCommentTrivia) {
      if (last?.open && breaks === 1) last.text += `\n${text}`;
      // A comment behind code ends with its line.
      else
        found.push({
          kind: "comment",
          at: start + scanner.getTokenStart(),
          text,
          open: breaks > 0 || start === 0,
        });
      breaks = 0;
    } else if (kind === ts.SyntaxKind.MultiLineCommentTrivia) {
      const isDocstring = text.startsWith("/**") && text !== "/**/";
      found.push({
        kind: isDocstring ? "docstring" : "comment",
        at: start + scanner.getTokenStart(),
        text,
        open: false,
      });
      breaks = 0;
    }
  }
  return found
    .map(({ kind, at, text }) => ({ kind, at, text: oneLine(unmarked(text)) }))
    .filter(({ text }) => !directive.test(text));
}

const levels = new Set(["debug", "info", "warn", "error", "fatal"]);

/** Functions whose texts are a person's to read, with the number of their first text. */
const diagnostics: Readonly<Record<string, number>> = {
  fail: 1,
  refuse: 2,
  add: 2,
  addOnce: 4,
  report: 0,
  complain: 0,
  refusal: 0,
};

interface Message {
  readonly kind: "log line" | "diagnostic";
  /** The literals of each text of the call: more than one where a condition decides. */
  readonly parts: readonly (readonly Literal[])[];
}

/** The text that a call writes to the log or refuses something with; undefined for every other call. */
function messageOf(call: ts.CallExpression | ts.NewExpression): Message | undefined {
  const args = call.arguments ?? ts.factory.createNodeArray();
  if (ts.isNewExpression(call)) {
    if (!/(Error|Refusal|Problem|Lost)$/.test(call.expression.getText())) return undefined;
    return message("diagnostic", args);
  }
  const callee = call.expression;
  if (ts.isPropertyAccessExpression(callee)) {
    const owner = callee.expression.getText();
    if (owner === "console") return message("log line", args.slice(0, 1));
    if (levels.has(callee.name.text) && /(log|logger|counted)$/i.test(owner)) {
      return message("log line", args.slice(1, 2));
    }
  }
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  const from = Object.hasOwn(diagnostics, name) ? diagnostics[name] : undefined;
  return from === undefined ? undefined : message("diagnostic", args.slice(from));
}

function message(kind: Message["kind"], args: readonly ts.Expression[]): Message | undefined {
  const parts = args.map((one) => literalsOf(one)).filter((literals) => literals.length > 0);
  return parts.flat().some(hasWords) ? { kind, parts } : undefined;
}

/** The literals that an expression may be: itself, either side of a condition, or what the constant of its name is. */
function literalsOf(node: ts.Expression, depth = 0): readonly Literal[] {
  if (isText(node)) return [node];
  if (ts.isParenthesizedExpression(node)) return literalsOf(node.expression, depth);
  if (ts.isConditionalExpression(node)) {
    return [...literalsOf(node.whenTrue, depth), ...literalsOf(node.whenFalse, depth)];
  }
  if (ts.isBinaryExpression(node)) return [...literalsOf(node.left, depth), ...literalsOf(node.right, depth)];
  if (!ts.isIdentifier(node) || depth > 3) return [];
  const value = constantOf(node);
  return value === undefined ? [] : literalsOf(value, depth + 1);
}

/** What a constant of the blocks around `name` is initialised with. */
function constantOf(name: ts.Identifier): ts.Expression | undefined {
  for (let scope: ts.Node | undefined = name.parent; scope !== undefined; scope = scope.parent) {
    if (!ts.isBlock(scope) && !ts.isSourceFile(scope) && !ts.isCaseOrDefaultClause(scope)) continue;
    for (const statement of scope.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const one of statement.declarationList.declarations) {
        if (ts.isIdentifier(one.name) && one.name.text === name.text) return one.initializer;
      }
    }
  }
  return undefined;
}
