import { listenerFunction, pushFunction } from "../../../codegen/typescript/service-names.ts";
import type { PushTarget } from "../../../runtime/api/handler-context.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import type { Pair } from "../corpus/pair.ts";
import type { Findings } from "./finding.ts";
import { identityOf, pushesOf } from "./lookup.ts";
import type { Side, Sides } from "./sides.ts";
import { until, World } from "./world.ts";

/** Unsent bytes above which the gate holds pushes back or drops them. */
const softBufferBytes = 1_024;
/** Pushes that fill the buffer before those that are compared. */
const fillerCount = 400;
/** Subjects of the compared pushes, by both fields of the corpus's push. */
const subjects = [
  { door: 1, room: 1 },
  { door: 1, room: 2 },
  { door: 2, room: 1 },
  { door: 2, room: 2 },
  { door: 1, room: 3 },
  { door: 3, room: 3 },
];

/**
 * Sends pushes of both releases to a client that does not read. What such a client gets later is what the delivery class of the
 * push promises, so a push that only the former release delivers is lost to old clients.
 */
export async function playPushes(pair: Pair, { old, new: next }: Sides, findings: Findings): Promise<void> {
  const entry = (side: Side, name: string) =>
    side.protocol.pushes.find((one) => identityOf(pair, one.name) === name && one.name.endsWith(".Moved"));
  for (const { call } of pushesOf(old.schema)) {
    const name = identityOf(pair, call.fullName);
    const [before, after] = [entry(old, name), entry(next, name)];
    if (before === undefined || after === undefined || before.id !== after.id) continue;
    const isSame = before.delivery === after.delivery && String(before.key) === String(after.key);
    if (isSame) continue;
    const [was, is] = [await keptBy(old, old, name), await keptBy(old, next, name)];
    const lost = was.filter((one) => !is.includes(one));
    if (lost.length > 0) findings.add("old client", `${name}: a slow client loses ${lost.join(" and ")}`);
  }
}

/** Subjects of the pushes that a slow client gets. */
async function keptBy(clientSide: Side, side: Side, name: string): Promise<string[]> {
  await using world = await World.open(side, side, { limits: { softBufferBytes } });
  let transport: Transport | undefined;
  const connection = await world.client(clientSide, "admin", (opened) => {
    transport = opened;
  });
  const kept: string[] = [];
  for (const { service, call } of pushesOf(clientSide.schema)) {
    if (!call.fullName.endsWith(name)) continue;
    const listen = (await clientSide.client(service))[listenerFunction(call.name)] as (
      on: typeof connection,
      listener: (body: { readonly door: number; readonly room: number }) => void,
    ) => () => void;
    listen(connection, ({ door, room }) => kept.push(`door ${door} in room ${room}`));
  }
  const sent = pushesOf(side.schema).find(({ call }) => call.fullName.endsWith(name));
  const node = world.nodes.find(({ role }) => role === sent?.service.role);
  if (sent === undefined || node === undefined) return kept;
  const push = (await side.server(sent.service))[pushFunction(sent.call.name)] as (
    target: PushTarget,
    body: object,
  ) => void;
  transport?.pause();
  // A key of its own for each filler, so that no delivery class merges them.
  for (let at = 0; at < fillerCount; at++) push(node.everyone(), { door: 1_000 + at, room: 1_000 + at });
  await until(() => false, 30);
  for (const subject of subjects) {
    push(node.everyone(), subject);
    await until(() => false, 2);
  }
  await until(() => false, 30);
  transport?.resume();
  await until(() => false, 60);
  return kept.filter((one) => !/\d{4}/.test(one));
}
