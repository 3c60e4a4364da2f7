import type { Connection } from "@photinus/client/node";
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
type Subject = { readonly door: number; readonly room: number };
type Listen = (connection: Connection, listener: (body: Subject) => void) => () => void;
type Send = (target: PushTarget, body: Subject) => void;

/** Push that a client gets after all others, once it reads again. */
const last: Subject = { door: 9_999, room: 9_999 };
/** Subjects of the compared pushes, by both fields of the corpus's push. */
const subjects: readonly Subject[] = [
  { door: 1, room: 1 },
  { door: 1, room: 2 },
  { door: 2, room: 1 },
  { door: 2, room: 2 },
  { door: 1, room: 3 },
  { door: 3, room: 3 },
];

/**
 * Sends pushes of both releases to a client that does not read. The delivery class decides which pushes such a client gets later; a
 * push that only the former release delivers is lost to old clients.
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
  const slow = await world.client(clientSide, "admin", (opened) => {
    transport = opened;
  });
  const kept = await heardBy(slow, clientSide, name);
  const others = await heardBy(await world.client(clientSide, "admin"), clientSide, name);
  const sent = pushesOf(side.schema).find(({ call }) => call.fullName.endsWith(name));
  const node = world.nodes.find(({ role }) => role === sent?.service.role);
  if (sent === undefined || node === undefined) throw new Error(`no node sends the push ${name}`);
  const send = (await side.server(sent.service))[pushFunction(sent.call.name)] as Send;
  const push = (subject: Subject) => send(node.everyone(), subject);
  transport?.pause();
  // A key of its own for each filler, so that no delivery class merges them.
  for (let at = 0; at < fillerCount; at++) push({ door: 1_000 + at, room: 1_000 + at });
  for (const subject of subjects) await pushUntilHeard(push, subject, others);
  transport?.resume();
  await pushUntilHeard(push, last, kept);
  return kept.filter((one) => subjects.some((subject) => textOf(subject) === one));
}

/** Collects what a client hears of a push from now on. */
async function heardBy(connection: Connection, side: Side, name: string): Promise<string[]> {
  const heard: string[] = [];
  const push = pushesOf(side.schema).find(({ call }) => call.fullName.endsWith(name));
  if (push === undefined) throw new Error(`no client listens to the push ${name}`);
  const listen = (await side.client(push.service))[listenerFunction(push.call.name)] as Listen;
  listen(connection, (body) => heard.push(textOf(body)));
  return heard;
}

/** Pushes a subject again and again until a client has heard it, since a push may be dropped. */
async function pushUntilHeard(
  push: (subject: Subject) => void,
  subject: Subject,
  heard: readonly string[],
): Promise<void> {
  const isHeard = () => heard.includes(textOf(subject));
  for (let turn = 0; turn < 100 && !isHeard(); turn++) {
    push(subject);
    await until(isHeard, 50);
  }
}

function textOf({ door, room }: Subject): string {
  return `door ${door} in room ${room}`;
}
