import { propertyName, typeName } from "../../../codegen/typescript/naming.ts";
import { encode, type MessageType, raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import type { Command, Field } from "../../../schema/model.ts";
import type { Findings } from "./finding.ts";
import { commandsOf, messageOf, servicesOf } from "./lookup.ts";
import { sampleMessage } from "./samples.ts";
import type { Side, Sides } from "./sides.ts";
import { World } from "./world.ts";

/**
 * Plays clients that are older than the former schema: they still send the ids and field numbers that it reserves. A server of the
 * former schema ignores them; a server of the new one must, too.
 */
export async function playReserved({ old, new: next }: Sides, findings: Findings): Promise<void> {
  const ids = new Set(servicesOf(old.schema).flatMap(({ reservedIds }) => reservedIds ?? []));
  for (const { call } of commandsOf(next.schema)) {
    const ghost = ids.has(call.id) ? new Uint8Array() : await reservedField(old, next, call);
    if (ghost === undefined) continue;
    const [before, after] = [await readBy(old, call.id, ghost), await readBy(next, call.id, ghost)];
    if (before !== after)
      findings.add("old client", `what older clients send as ${call.id} was ${before} and is ${after}`);
  }
}

/** Body of a request with a field whose number the former schema reserves; undefined when there is no such field. */
async function reservedField(old: Side, next: Side, { request }: Command): Promise<Uint8Array | undefined> {
  if (request.kind === "raw") return undefined;
  const message = messageOf(next.schema, request.name);
  const former = old.schema.files.flatMap(({ messages }) => messages);
  const ranges = former.find(({ fullName }) => fullName === request.name)?.reserved?.ranges ?? [];
  const isReserved = ({ number }: Field) => ranges.some(({ from, to }) => from <= number && number <= to);
  const fields = message.fields.filter(isReserved);
  if (fields.length === 0) return undefined;
  const file = next.schema.files.find(({ messages }) => messages.includes(message));
  const type = (await next.messages(file?.path ?? ""))[typeName(message)] as MessageType<object>;
  const sample = sampleMessage(next.schema, request.name, 0, 0);
  const properties = fields.map(({ name }) => propertyName(name));
  return encode(type, type.create(Object.fromEntries(properties.map((name) => [name, sample[name]]))));
}

/** Describes how a server treats the request. */
async function readBy(side: Side, id: number, body: Uint8Array): Promise<string> {
  await using world = await World.open(side, side);
  const connection = await world.client(side, "admin");
  const command = { id, name: "older", request: raw, reply: raw, timeoutMs: 1_500, idempotent: false };
  try {
    await connection.request(command, body);
  } catch (error) {
    return `refused with ${(error as { code?: string }).code}`;
  }
  const arrival = await world.arrival();
  if (arrival === undefined) return "lost";
  const known = Object.entries(arrival.body).filter(([name]) => name !== "$unknown");
  return `a ${arrival.call.name} with ${known.map(([name, value]) => `${name} ${String(value)}`).join(", ")}`;
}
