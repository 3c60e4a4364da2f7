import type { MessageModel, ProtocolModel } from "../model/protocol-model.ts";
import type { ChangeClass } from "../rules/rule.ts";
import type { Hurt } from "./change.ts";

/**
 * Way of a message or enum: "up" in bodies that clients send, "down" in bodies that clients get, "nodes" in methods, "rows" in
 * tables.
 */
export type Way = "up" | "down" | "nodes" | "rows";

/** Ways of the messages and enums of a snapshot, by full name, at any depth of fields. */
export function waysOf(model: ProtocolModel): ReadonlyMap<string, ReadonlySet<Way>> {
  const messages = new Map(model.messages.map((one) => [one.name, one]));
  const found = new Map<string, Set<Way>>();
  const walk = (name: string | undefined, way: Way): void => {
    if (name === undefined) return;
    const ways = found.get(name) ?? new Set();
    found.set(name, ways);
    if (ways.has(way)) return;
    ways.add(way);
    for (const { type } of messages.get(name)?.fields ?? []) walk(type, way);
  };
  for (const { kind, body, reply } of model.calls) {
    if (kind === "push") walk(body, "down");
    else if (kind === "method" || kind === "one-way") {
      walk(body, "nodes");
      walk(reply, "nodes");
    } else {
      walk(body, "up");
      walk(reply, "down");
    }
  }
  for (const message of model.messages.filter(isTable)) walk(message.name, "rows");
  if (found.size > 0) return found;
  // A schema of messages alone is shared by programs that send them in their own ways.
  const both: ReadonlySet<Way> = new Set(["up", "down"]);
  return new Map([...model.messages, ...model.enums].map(({ name }) => [name, both]));
}

/**
 * Whether a type of a schema without calls and tables is a body of its own: no field has it, so that other programs can only send
 * it as a whole.
 */
export function isSharedBody(model: ProtocolModel, name: string): boolean {
  if (model.calls.length > 0 || model.messages.some(isTable)) return false;
  return !model.messages.some(({ fields }) => fields.some(({ type }) => type === name));
}

function isTable({ table }: MessageModel): boolean {
  return table !== undefined;
}

/** Parties that are hurt when both directions of all ways break. A declaration without a way is in nobody's body but other SDKs'. */
export function hurtOnAll(ways: ReadonlySet<Way>): Hurt[] {
  const hurt: Hurt[] = [];
  if (ways.has("up") || ways.has("down")) hurt.push("old client", "new client");
  if (ways.has("nodes") || ways.has("rows")) hurt.push("old node");
  if (ways.has("rows")) hurt.push("stored rows");
  return hurt.length === 0 ? ["other SDK"] : hurt;
}

/** Classes of a change that breaks the form of a type. A type without a way breaks nobody, as far as the schema shows. */
export function classesOfBreak(ways: ReadonlySet<Way>): ChangeClass[] {
  return [ways.size === 0 ? "S!" : "B"];
}

/** Parties that are hurt when only readers of the former release meet something new. */
export function hurtOldReaders(ways: ReadonlySet<Way>): Hurt[] {
  const hurt: Hurt[] = [];
  if (ways.has("down")) hurt.push("old client");
  if (ways.has("up")) hurt.push("new client");
  if (ways.has("nodes") || ways.has("rows")) hurt.push("old node");
  return hurt.length === 0 ? ["other SDK"] : hurt;
}

/** Classes when readers of the former release meet something new: clients of a release, or an order of roll-out. */
export function classesOfOldReaders(ways: ReadonlySet<Way>): ChangeClass[] {
  const classes: ChangeClass[] = [];
  if (ways.has("down")) classes.push("C");
  if (ways.has("up") || ways.has("nodes") || ways.has("rows")) classes.push("R");
  return classes.length === 0 ? ["S!"] : classes;
}

/**
 * Classes and parties when readers of the former release meet a case that they do not know: an enum value, or a member of a oneof. What
 * clients send is judged by the handler.
 */
export function unknownCase(ways: ReadonlySet<Way>): {
  readonly classes: readonly ChangeClass[];
  readonly hurts: readonly Hurt[];
} {
  const isGot = ways.has("down");
  const isPassed = ways.has("nodes") || ways.has("rows");
  const classes: ChangeClass[] = [...(isGot ? (["C"] as const) : []), ...(isPassed ? (["R"] as const) : [])];
  const hurts: Hurt[] = [
    ...(isGot ? (["old client"] as const) : []),
    ...(isPassed ? (["old node"] as const) : []),
  ];
  return { classes: classes.length === 0 ? ["S"] : classes, hurts };
}

/** Readers that may meet a new case, for reasons: ", and clients may get it". */
export function meetText(ways: ReadonlySet<Way>): string {
  const isPassed = ways.has("nodes") || ways.has("rows");
  const who = [
    ...(ways.has("down") ? ["clients"] : []),
    ...(isPassed ? ["nodes of the former release"] : []),
  ];
  return who.length === 0 ? "" : `, and ${who.join(" and ")} may get it`;
}

/** Parties that are hurt when readers of the new release cannot hold former values. */
export function hurtNewReaders(ways: ReadonlySet<Way>): Hurt[] {
  const hurt: Hurt[] = [];
  if (ways.has("up")) hurt.push("old client");
  if (ways.has("down")) hurt.push("new client");
  if (ways.has("nodes")) hurt.push("old node");
  if (ways.has("rows")) hurt.push("stored rows");
  return hurt.length === 0 ? ["other SDK"] : hurt;
}

/** Classes when readers of the new release cannot hold former values: other clients, an order of roll-out, or other rows. */
export function classesOfNewReaders(ways: ReadonlySet<Way>): ChangeClass[] {
  const classes: ChangeClass[] = [];
  if (ways.has("up")) classes.push("C");
  if (ways.has("down") || ways.has("nodes")) classes.push("R");
  if (ways.has("rows")) classes.push("M");
  return classes.length === 0 ? ["S!"] : classes;
}

/**
 * Whether a message is a row of a table and in no body: its fields then have the form of columns, and not that of protobuf, so that
 * a migration can reach any change.
 */
export function isColumnAlone({ table }: MessageModel, ways: ReadonlySet<Way>): boolean {
  return table !== undefined && ways.size === 1 && ways.has("rows");
}
