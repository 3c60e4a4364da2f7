import type { BodyType, Field, Message, Schema } from "../../schema/model.ts";

/**
 * Wider types that a field of each type may get under its number: every existing value keeps its meaning on the wire and in
 * columns. Not included are `fixed32` and `sfixed32`, which take fewer bytes than the 64-bit types, and `bool` and enums, whose
 * readers would write back an unknown value as a known one.
 */
const wider: Readonly<Record<string, readonly string[]>> = {
  int32: ["int64"],
  uint32: ["uint64", "int64"],
  sint32: ["sint64"],
};

/**
 * Detects a field whose integers became wider.
 *
 * @param before former type in the form of the lock file, such as "repeated int32"
 * @param now present type
 * @returns the former integer type; undefined for any other change
 */
export function widenedFrom(before: string, now: string): string | undefined {
  const [, head, from] = /^(repeated |map<\w+, |)(u?int32|sint32)>?$/.exec(before) ?? [];
  if (head === undefined || from === undefined) return undefined;
  const tail = head.startsWith("map") ? ">" : "";
  return wider[from]!.some((to) => now === `${head}${to}${tail}`) ? from : undefined;
}

/** Full names of the messages that different programs and columns hold, at any depth. */
export interface Carriers {
  /** Messages in commands and pushes, which clients read. */
  readonly clients: ReadonlySet<string>;
  /** Full names of messages that methods use: nodes send them to each other. */
  readonly nodes: ReadonlySet<string>;
  /** Messages inside columns of tables. */
  readonly columns: ReadonlySet<string>;
}

/** Finds the messages that clients, nodes and columns hold. */
export function carriersOf(schema: Schema): Carriers {
  const messages = new Map(schema.files.flatMap((file) => file.messages.map((one) => [one.fullName, one])));
  const services = schema.files.flatMap((file) => file.services);
  const calls = services.flatMap(({ commands }) =>
    commands.flatMap(({ request, reply }) => [request, reply]),
  );
  const pushed = services.flatMap(({ pushes }) => pushes.map(({ body }) => body));
  const methods = services.flatMap(({ methods: all }) =>
    all.flatMap(({ request, reply }) => [request, reply]),
  );
  const tables = [...messages.values()].filter(({ table }) => table !== undefined);
  return {
    clients: reached(namesOf([...calls, ...pushed]), messages),
    nodes: reached(namesOf(methods), messages),
    columns: reached(tables.flatMap(insideOf), messages),
  };
}

function namesOf(bodies: readonly (BodyType | undefined)[]): string[] {
  return bodies.flatMap((body) => (body?.kind === "message" ? [body.name] : []));
}

function insideOf({ fields }: Message): string[] {
  return fields.flatMap(({ type }) => (type.kind === "message" ? [type.name] : []));
}

/** Full names of messages, with those inside them at any depth. Messages may contain each other in a cycle. */
function reached(roots: readonly string[], messages: ReadonlyMap<string, Message>): Set<string> {
  const found = new Set(roots);
  // A Set that grows during iteration also visits the added names.
  for (const name of found) {
    const message = messages.get(name);
    if (message !== undefined) for (const inside of insideOf(message)) found.add(inside);
  }
  return found;
}

/**
 * Help of PH094: what programs of the earlier schema do with values beyond the old type, and the steps before such values
 * exist.
 */
export function widenedHelp(
  field: Field,
  from: string,
  { fullName, table }: Message,
  { clients, nodes, columns }: Carriers,
): string {
  const isInTable = table !== undefined || columns.has(fullName);
  const parts = [
    ...(table === undefined ? [] : ["run photinus data migrate before nodes of this schema start"]),
    ...(isInTable
      ? [
          `nodes of the earlier schema fail to read rows with values beyond ${from} (OUT_OF_RANGE), and keep them`,
        ]
      : []),
    ...(clients.has(fullName) ? [`clients of the earlier schema truncate such values`] : []),
    ...(nodes.has(fullName) ? [`nodes of the earlier schema truncate them in calls`] : []),
    "replace these programs before such values exist",
    field.jsNumber
      ? "[jstype = JS_NUMBER] keeps the field a plain number, exact up to 2^53"
      : "generated code may give the field a wider type; [jstype = JS_NUMBER] keeps a plain number, exact up to 2^53",
  ];
  return parts.join("; ");
}
