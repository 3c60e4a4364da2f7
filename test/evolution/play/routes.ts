import { propertyName, typeName } from "../../../codegen/typescript/naming.ts";
import { methodFunction } from "../../../codegen/typescript/service-names.ts";
import type { Caller } from "../../../runtime/api/handler-context.ts";
import { encode, type MessageType, raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import type { BodyType, Message } from "../../../schema/model.ts";
import type { Pair } from "../corpus/pair.ts";
import type { Findings } from "./finding.ts";
import { commandsOf, identityOf, messageOf, methodsOf } from "./lookup.ts";
import { callerRole } from "./methods.ts";
import type { Side, Sides } from "./sides.ts";
import { World } from "./world.ts";

/** Names of the nodes of a role. */
const names = ["a", "b", "c"];
/** Requests with different keys. */
const requestCount = 24;

/**
 * Sends requests with many keys through gates of both releases. A key whose node differs has two owners while gates of both
 * releases run.
 */
export async function playRoutes(pair: Pair, { old, new: next }: Sides, findings: Findings): Promise<void> {
  const routesOf = ({ protocol: { commands, methods } }: Side) =>
    [...commands, ...methods].some(({ route }) => route.kind === "hash" || route.kind === "node");
  if (!routesOf(old) && !routesOf(next)) return;
  const [before, after] = [await ownersAt(pair, old), await ownersAt(pair, next)];
  for (const [call, owners] of before) {
    const others = after.get(call);
    const moved = owners.filter((node, at) => others?.[at] !== undefined && others[at] !== node).length;
    if (moved > 0) findings.add("old node", `${call}: ${moved} of ${requestCount} keys have another node`);
  }
}

/** Nodes that serve the requests with each key, by call. */
async function ownersAt(pair: Pair, side: Side): Promise<Map<string, string[]>> {
  await using world = await World.open(side, side, { names });
  const owners = new Map<string, string[]>();
  const connection = await world.client(side, "admin");
  const note = async (call: string) => {
    const arrival = await world.arrival();
    owners.set(call, [...(owners.get(call) ?? []), arrival?.node ?? "lost"]);
  };
  for (const { call } of commandsOf(side.schema)) {
    if (call.reply === undefined) continue;
    for (let key = 0; key < requestCount; key++) {
      const command = { id: call.id, name: call.name, request: raw, reply: raw, timeoutMs: 1_500 };
      const body = await keyed(side, call.request, key);
      await connection
        .request({ ...command, idempotent: false }, encode(body.type, body.value))
        .catch(() => {});
      await note(identityOf(pair, call.fullName));
    }
  }
  const isCalled = methodsOf(side.schema).some(({ call }) => call.reply !== undefined);
  const caller = isCalled ? await world.node("caller", callerRole, []) : undefined;
  for (const { service, call } of methodsOf(side.schema)) {
    if (call.reply === undefined || caller === undefined) continue;
    const ask = (await side.server(service))[methodFunction(call.name)] as (
      caller: Caller,
      body: object,
    ) => Promise<object>;
    for (let key = 0; key < requestCount; key++) {
      await ask(caller, (await keyed(side, call.request, key)).value);
      await note(identityOf(pair, call.fullName));
    }
  }
  return owners;
}

/** Request whose fields have different values for each key, and different ones among each other. */
async function keyed(
  side: Side,
  body: BodyType,
  key: number,
): Promise<{ readonly type: MessageType<object>; readonly value: object }> {
  if (body.kind === "raw") throw new Error("no route leads by opaque bytes");
  const message = messageOf(side.schema, body.name);
  let count = 0;
  const valuesOf = ({ fields }: Message, depth: number): Record<string, unknown> =>
    Object.fromEntries(
      fields.flatMap((field): [string, unknown][] => {
        const { name, type: one, oneof } = field;
        if (field.label === "repeated" || field.label === "map" || one.kind === "enum") return [];
        if (one.kind === "message" && depth > 3) return [];
        const number = count % 2 === 0 ? key + 1 : 1_000 - key;
        const value =
          one.kind === "message"
            ? valuesOf(messageOf(side.schema, one.name), depth + 1)
            : one.scalar === "string"
              ? String(number)
              : /64$/.test(one.scalar) && !field.jsNumber
                ? BigInt(number)
                : number;
        if (one.kind === "scalar" && /bool|bytes|float|double/.test(one.scalar)) return [];
        if (one.kind === "scalar") count++;
        const property = propertyName(name);
        return [oneof === undefined ? [property, value] : [propertyName(oneof), { case: property, value }]];
      }),
    );
  const file = side.schema.files.find(({ messages }) => messages.includes(message));
  const type = (await side.messages(file?.path ?? ""))[typeName(message)] as MessageType<object>;
  return { type, value: type.create(valuesOf(message, 0)) };
}
