import type { BodyType, Field, Message, Schema } from "../../schema/model.ts";

/**
 * Types that a field of each type may be given later: every value that is there stays what it is, on the wire and in
 * columns. `fixed32` and `sfixed32` take other bytes than those of 64 bits; a `bool` and an enum have values that say something.
 */
const wider: Readonly<Record<string, readonly string[]>> = {
  int32: ["int64"],
  uint32: ["uint64", "int64"],
  sint32: ["sint64"],
};

/** The type of the numbers that a field held before, when only they have become wider; types as the lock file has them. */
export function widenedFrom(before: string, now: string): string | undefined {
  const [, head, from] = /^(repeated |map<\w+, |)(u?int32|sint32)>?$/.exec(before) ?? [];
  if (head === undefined || from === undefined) return undefined;
  const tail = head.startsWith("map") ? ">" : "";
  return wider[from]!.some((to) => now === `${head}${to}${tail}`) ? from : undefined;
}

/** Programs and columns that hold values of messages, by the full names of these. */
export interface Carriers {
  /** Clients, by commands and pushes. */
  readonly clients: ReadonlySet<string>;
  /** Nodes, by methods. */
  readonly nodes: ReadonlySet<string>;
  /** Columns of tables, by full names of the messages inside them. */
  readonly columns: ReadonlySet<string>;
}

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

function reached(roots: readonly string[], messages: ReadonlyMap<string, Message>): Set<string> {
  const found = new Set(roots);
  // A set that grows while it is gone through gives what was added too.
  for (const name of found) {
    const message = messages.get(name);
    if (message !== undefined) for (const inside of insideOf(message)) found.add(inside);
  }
  return found;
}

/** What becomes of values that the old type does not hold, and what is to be done before there are any. */
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
          `nodes of the earlier schema refuse to read rows with values beyond ${from} (OUT_OF_RANGE), and keep them`,
        ]
      : []),
    ...(clients.has(fullName) ? [`clients of the earlier schema cut such values off`] : []),
    ...(nodes.has(fullName) ? [`nodes of the earlier schema cut them off in calls`] : []),
    "replace these programs before there are any",
    field.jsNumber
      ? "TypeScript code has a number still, which is exact up to 2^53"
      : "TypeScript code has a bigint in the place of a number; [jstype = JS_NUMBER] keeps the number, exact up to 2^53",
  ];
  return parts.join("; ");
}
