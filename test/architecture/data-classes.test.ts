import { ts } from "ts-morph";
import { expect, test } from "vitest";
import { type SourceFile, sourceFiles } from "./source-tree.ts";

/*
 * Values of PERSONAL and SECRET fields must not reach a log line or an error text. test/integration/personal-data drives the
 * sinks with marked rows. The lists here find a new sink: a detail of a log line, or a part of an error text, that nobody has
 * judged. Before you add a name to a list, make sure that it never holds a value of a row, a request or a ticket.
 */

/** Details of log lines, by name. None holds a value of a row or a body; `err` is shown by `errorRecord`. */
const logDetails: ReadonlySet<string> = new Set([
  "[what]",
  "about",
  "afterMs",
  "all",
  "at",
  "atMostMs",
  "call",
  "change",
  "client",
  "closed",
  "code",
  "codec",
  "command",
  "count",
  "database",
  "deadlineMs",
  "durability",
  "err",
  // Name of an error.
  "error",
  "errno",
  "failures",
  "file",
  "files",
  "filter",
  "former",
  "gate",
  "health",
  "inFlight",
  "index",
  "key",
  // Public keys of a cipher.
  "keys",
  "left",
  "length",
  "limit",
  "link",
  "message",
  "method",
  "minRelease",
  "missing",
  "name",
  "node",
  "notRestarted",
  "owners",
  "peer",
  "pid",
  "process",
  "publicKeys",
  "push",
  "reason",
  "release",
  "remaining",
  "remedy",
  "remote",
  "replica",
  "role",
  "required",
  "rows",
  "sameBoot",
  "session",
  "shard",
  // Share of a canary node, and how many users it names.
  "share",
  "userCount",
  "signal",
  "size",
  "stack",
  "table",
  "to",
  "trouble",
  "unknown",
  "values",
  "waitedMs",
  // Address of the keys of tickets, from the topology.
  "url",
  "waitsFor",
  "what",
]);

/** Details that a log line takes from a variable or a spread; each was followed to where it is made. */
const logSpreads: ReadonlySet<string> = new Set(["details", "hint", "settings"]);

/** Expressions in the texts of errors of the parts that see values: tables, codecs, and calls of handlers. */
const errorParts: ReadonlySet<string> = new Set([
  "Math.round(limitMs)",
  "Math.round(ms)",
  "String(name)",
  "String(property)",
  "bytes.length",
  "cause.message",
  "characters(value)",
  "column",
  "database",
  "definition.name",
  "error.reason",
  "expected",
  "fault.remedy",
  "fault.wrong",
  "file",
  "former.get(old)",
  "found",
  "holder.descriptor.name",
  "host",
  "id",
  "index",
  "kind",
  "kindOf(value)",
  "least",
  "limit",
  "maxBodyBytes",
  "maxDepth",
  "maxLength",
  "maxMessageBytes",
  "messageOf(cause)",
  "messageOf(error)",
  "methodId",
  "module",
  "most",
  "name",
  "names",
  "names.shards",
  "node.limits.laneCount",
  "node.name",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of an expression.
  'nullable ? "optional" : `a ${kind}`',
  "number",
  "numbers.length",
  "of",
  "old",
  "options.prefix",
  "orElse",
  "outcome",
  "path",
  "place",
  "policy",
  "port",
  "property",
  "push",
  "reason",
  "refusalReason(found, held)",
  "remedy",
  "role",
  "rounds",
  "service",
  "service.name",
  "service.role",
  "shown(value)",
  "size",
  "sqlite.file",
  "statement",
  "statements",
  "store",
  "table",
  "table.columns[column]!.property",
  "table.name",
  "this.#codec.name",
  "this.#options.queueCount",
  "this.#node.name",
  "this.name",
  "this.table.name",
  "to.#gate.gate",
  "told",
  "type",
  "typeof delta",
  "unwhole(value)",
  "userId",
  "value.length",
  "what",
  "why",
  "wrong",
  'wrong(init, "message").message',
]);

const levels = new Set(["debug", "info", "warn", "error"]);

/** Details of all log lines of a file: names of properties, and texts of variables and spreads. */
function detailsOf({ tree }: SourceFile): { names: string[]; spreads: string[]; count: number } {
  const [names, spreads]: [string[], string[]] = [[], []];
  let count = 0;
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
    const { expression, name } = node.expression;
    if (!levels.has(name.text) || !/(log|counted)\)?$/i.test(expression.getText(tree))) return;
    const [first] = node.arguments;
    if (first === undefined) return;
    count++;
    if (!ts.isObjectLiteralExpression(first)) {
      spreads.push(first.getText(tree));
      return;
    }
    for (const property of first.properties) {
      if (ts.isSpreadAssignment(property)) spreads.push(property.expression.getText(tree));
      else names.push(property.name!.getText(tree));
    }
  };
  visit(tree);
  return { names, spreads, count };
}

/** Calls that make errors, or refuse something with a text. */
const makers =
  /^(new \w*Error\b|new WrongValue|fail|refusal|malformed|wrong|unavailable|backlogFull|.*[.#](refuse|failure|#?fail|reject))/;

/** Expressions in templates within the arguments of calls that make errors. */
function partsOf({ tree }: SourceFile): string[] {
  const parts: string[] = [];
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isTemplateExpression(node)) return;
    for (let at: ts.Node = node.parent; !ts.isBlock(at) && !ts.isSourceFile(at); at = at.parent) {
      if (!ts.isCallExpression(at) && !ts.isNewExpression(at)) continue;
      const head = `${ts.isNewExpression(at) ? "new " : ""}${at.expression.getText(tree)}`;
      if (!makers.test(head)) continue;
      for (const { expression } of node.templateSpans)
        parts.push(expression.getText(tree).replace(/\s+/g, " "));
      return;
    }
  };
  visit(tree);
  return parts;
}

const runtime = sourceFiles("runtime").filter(({ path }) => !path.includes("/generated/"));

test("every detail of a log line is on the list of details without personal values", () => {
  const found = runtime.map((file) => ({ file, ...detailsOf(file) }));
  expect(found.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(80);
  const unknown = found.flatMap(({ file, names, spreads }) => [
    ...names.filter((name) => !logDetails.has(name)).map((name) => `${file.path}: ${name}`),
    ...spreads.filter((text) => !logSpreads.has(text)).map((text) => `${file.path}: ...${text}`),
  ]);
  expect(unknown).toEqual([]);
});

test("every part of an error text of tables, codecs and handlers is on the list of parts without values", () => {
  const files = runtime.filter(({ path }) =>
    /^runtime\/(tables(?!\/migrate)|wire\/codec|node|api|rpc\/calls)\//.test(path),
  );
  const found = files.map((file) => ({ file, parts: partsOf(file) }));
  expect(found.flatMap(({ parts }) => parts).length).toBeGreaterThan(100);
  const unknown = found.flatMap(({ file, parts }) =>
    parts.filter((part) => !errorParts.has(part)).map((part) => `${file.path}: ${part}`),
  );
  expect(unknown).toEqual([]);
});
