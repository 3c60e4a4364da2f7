import type { Command, Method, Push, Route, Schema, Service } from "../../../schema/model.ts";
import { modelOf } from "../../evolution/model/model-of.ts";
import { emptyLock, type Lock } from "../../lock/lock.ts";
import { breakSince, releaseNumber } from "../../lock/releases/releases.ts";
import { isTable } from "../../sql/table-layout.ts";
import { mayCompress } from "../compressible.ts";
import type { EmitContext } from "../emit-context.ts";
import { docstring } from "../print/docs.ts";
import { indented, objectLiteral } from "../print/line-layout.ts";
import { SourceFile } from "../source-file.ts";
import { Extractors } from "./extractors.ts";
import { declareTableNames, tablesPath } from "./tables/table-names.ts";

/**
 * Adds the gate's routing table: commands, pushes and methods by id, the functions that read routing keys from bodies, and the
 * releases whose clients a gate may meet.
 *
 * @param lock lock after this schema, with its releases. Default: nothing was released
 */
export function emitProtocol(schema: Schema, context: EmitContext, lock: Lock = emptyLock): void {
  const { source } = context;
  const name = source.declareExport("protocol");
  const extractors = new Extractors(context);
  const services = schema.files.flatMap((file) => file.services);
  const commands = entries(services, ({ commands }) => commands);
  const methods = entries(services, ({ methods }) => methods);
  const pushes = entries(services, ({ pushes }) => pushes);
  const fields = [
    `fingerprint: ${JSON.stringify(schema.fingerprint)}`,
    `release: ${releaseNumber(lock, schema.fingerprint)}`,
    releasesOf(schema, lock),
    list("commands", commands, (service, command) => commandEntry(service, command, extractors, context)),
    list("pushes", pushes, (_service, push) => pushEntry(push, extractors, context)),
    list("methods", methods, (service, method) => methodEntry(service, method, extractors)),
    ...tablesOf(schema, context),
  ];
  source.add(
    `${docstring("Routing table of the schema, for gates and nodes. A gate routes by it without decoding a body.")}export const ${name}: ` +
      `${context.runtime("Protocol", "type")} = {\n${indented(fields.join(",\n"))},\n};`,
  );
  extractors.emit();
}

/** Emits the releases by number, each with the first change since that its clients do not understand. */
function releasesOf(schema: Schema, lock: Lock): string {
  const { releases } = lock;
  if (releases.length === 0) return "releases: []";
  const now = modelOf(schema);
  const lines = releases.map((release) => {
    const { number, model } = release;
    const cause = breakSince(release, now, lock);
    const parts = [`number: ${number}`, `fingerprint: ${JSON.stringify(model.fingerprint)}`];
    if (cause !== undefined) parts.push(`breaks: ${JSON.stringify(cause.reason)}`);
    return `${indented(objectLiteral(parts, 4))},\n`;
  });
  return `releases: [\n${lines.join("")}]`;
}

/** Emits a function that returns all tables. Their files are imported on demand, because a gate never needs them. */
function tablesOf(schema: Schema, { source }: EmitContext): string[] {
  const files = schema.files.filter((file) => file.messages.some(isTable));
  if (files.length === 0) return [];
  const imports: string[] = [];
  const tables: string[] = [];
  for (const [at, file] of files.entries()) {
    const path = tablesPath(file.path);
    imports.push(`import(${JSON.stringify(source.specifierOf({ file: path }))})`);
    for (const { value } of declareTableNames(file, new SourceFile(path)).values()) {
      tables.push(`modules[${at}].${value}`);
    }
  }
  const lines = (parts: readonly string[]) => indented(parts.map((part) => `${part},\n`).join("")).trimEnd();
  const body = `const modules = await Promise.all([\n${lines(imports)}\n]);\nreturn [\n${lines(tables)}\n];`;
  return [`tables: async () => {\n${indented(body)}\n}`];
}

/** Returns all calls of one kind, in the order of their ids. */
function entries<T extends { readonly id: number }>(
  services: readonly Service[],
  pick: (service: Service) => readonly T[],
): (readonly [Service, T])[] {
  const all = services.flatMap((service) => pick(service).map((call) => [service, call] as const));
  return all.sort(([, a], [, b]) => a.id - b.id);
}

/** Emits a member of the table with one entry per line, so that a changed call is one changed line in a diff. */
function list<T>(
  name: string,
  of: readonly (readonly [Service, T])[],
  entry: (service: Service, call: T) => string,
): string {
  if (of.length === 0) return `${name}: []`;
  return `${name}: [\n${of.map(([service, call]) => `${indented(entry(service, call))},\n`).join("")}]`;
}

/** Emits the entry of a command: route and policy, which the gate enforces. */
function commandEntry(
  service: Service,
  command: Command,
  extractors: Extractors,
  context: EmitContext,
): string {
  const { rate } = command;
  return objectLiteral(
    [
      `id: ${command.id}`,
      `name: ${JSON.stringify(command.fullName)}`,
      `role: ${JSON.stringify(service.role)}`,
      `kind: ${command.reply ? '"request"' : '"notify"'}`,
      `auth: ${JSON.stringify(command.auth.toLowerCase())}`,
      `maxBytes: ${command.maxBytes}`,
      `timeoutMs: ${command.timeoutMs}`,
      `lane: ${JSON.stringify(command.lane)}`,
      `route: ${route(command.route, command, extractors)}`,
      `rate: ${rate ? `{ count: ${rate.count}, perMs: ${rate.perMs} }` : "undefined"}`,
      `idempotent: ${command.idempotent}`,
      `heavy: ${command.heavy}`,
      ...compressedSides(command, context),
      ...(command.deprecated === undefined ? [] : ["deprecated: true"]),
      ...leastRelease(command),
    ],
    4,
  );
}

/** Emits which bodies of a command may be compressed; nothing when none may. */
function compressedSides(command: Command, { index }: EmitContext): string[] {
  const request = mayCompress(command, command.request, index);
  const reply = mayCompress(command, command.reply, index);
  const side = request && reply ? "both" : request ? "request" : "reply";
  return request || reply ? [`compressible: "${side}"`] : [];
}

function leastRelease({ minRelease }: Command | Method): string[] {
  return minRelease === undefined ? [] : [`minRelease: ${minRelease}`];
}

/** Emits the entry of a method: kind, timeout and route. */
function methodEntry(service: Service, method: Method, extractors: Extractors): string {
  return objectLiteral(
    [
      `id: ${method.id}`,
      `name: ${JSON.stringify(method.fullName)}`,
      `role: ${JSON.stringify(service.role)}`,
      `kind: ${method.reply ? '"request"' : '"oneway"'}`,
      `timeoutMs: ${method.timeoutMs}`,
      `route: ${route(method.route, method, extractors)}`,
      ...leastRelease(method),
    ],
    4,
  );
}

/** Emits the entry of a push: its delivery class, and the key that tells its subjects apart. */
function pushEntry(push: Push, extractors: Extractors, { index }: EmitContext): string {
  const key = push.key ? extractors.key(push.body, push.key) : "undefined";
  return objectLiteral(
    [
      `id: ${push.id}`,
      `name: ${JSON.stringify(push.fullName)}`,
      `delivery: ${JSON.stringify(push.delivery.toLowerCase())}`,
      `key: ${key}`,
      ...(mayCompress(push, push.body, index) ? ["compressible: true"] : []),
      ...(push.tickMs > 0 ? [`tickMs: ${push.tickMs}`] : []),
    ],
    4,
  );
}

/** Emits a route; a hash route refers to the function that reads its field. */
function route(to: Route, call: Command | Method, extractors: Extractors): string {
  switch (to.kind) {
    case "hash":
      return `{ kind: "hash", hash: ${extractors.hash(call.request, to.path)} }`;
    case "node":
      return `{ kind: "node", node: ${JSON.stringify(to.node)} }`;
    default:
      return `{ kind: ${JSON.stringify(to.kind)} }`;
  }
}
