import { createHash } from "node:crypto";
import type { BodyType, Enum, Message, SchemaFile } from "../../../schema/model.ts";
import { compareText } from "../diagnostic.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * Fingerprint of a schema: 16 hex digits of a SHA-256 over everything that peers must agree on. Included are ids, names and
 * bodies of all calls, and the shapes of the messages and enums in these bodies, at any depth. Not included are comments, policy
 * (rates, lanes, routes), tables, and messages that are never sent. Without calls all messages are included.
 */
export function fingerprintOf(files: readonly SchemaFile[]): string {
  return createHash("sha256")
    .update(JSON.stringify(agreement(files)))
    .digest("hex")
    .slice(0, 16);
}

/** Data that peers must agree on, in an order that does not depend on the order of files or declarations. */
function agreement(files: readonly SchemaFile[]): Json {
  const messages = new Map(files.flatMap((file) => file.messages.map((m) => [m.fullName, m] as const)));
  const enums = new Map(files.flatMap((file) => file.enums.map((e) => [e.fullName, e] as const)));
  const services = files.flatMap((file) => file.services);
  const bodies: (BodyType | undefined)[] = [];
  const byName = (a: readonly [string, ...Json[]], b: readonly [string, ...Json[]]): number =>
    compareText(a[0], b[0]);
  const call =
    (kind: string) => (c: { fullName: string; id: number; request: BodyType; reply?: BodyType }) => {
      bodies.push(c.request, c.reply);
      return [c.fullName, kind, c.id, bodyName(c.request), bodyName(c.reply)] as const;
    };
  const calls = services
    .flatMap(({ commands, pushes, methods }) => [
      ...commands.map(call("command")),
      ...pushes.map(({ fullName, id, body }) => call("push")({ fullName, id, request: body })),
      ...methods.map(call("method")),
    ])
    .sort(byName);

  const wanted =
    calls.length === 0
      ? [...messages.keys(), ...enums.keys()]
      : bodies.flatMap((b) => (b?.kind === "message" ? [b.name] : []));
  const reached = new Set<string>();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    for (const { type } of messages.get(name)?.fields ?? [])
      if (type.kind !== "scalar") wanted.push(type.name);
  }
  const shapes = [...reached].sort(compareText).map((name): Json => {
    const message = messages.get(name);
    if (message !== undefined) return [name, messageShape(message)];
    const declared = enums.get(name);
    return [name, declared === undefined ? null : enumShape(declared)];
  });
  return { calls, shapes };
}

function messageShape({ fields }: Message): Json {
  return fields.map(({ number, name, type, label, mapKey, packed, oneof }) => [
    number,
    name,
    type.kind === "scalar" ? type.scalar : type.name,
    label,
    mapKey ?? "",
    packed,
    oneof ?? "",
  ]);
}

function enumShape({ values }: Enum): Json {
  return [...values]
    .sort((a, b) => a.number - b.number || compareText(a.name, b.name))
    .map(({ name, number }) => [number, name]);
}

function bodyName(body: BodyType | undefined): string {
  if (body === undefined) return "none";
  return body.kind === "raw" ? "raw" : body.name;
}
