import { methodFunction } from "../../../codegen/typescript/service-names.ts";
import type { Caller } from "../../../runtime/api/handler-context.ts";
import type { Method } from "../../../schema/model.ts";
import type { Pair } from "../corpus/pair.ts";
import { differencesOf } from "./compare.ts";
import { type Findings, failureText } from "./finding.ts";
import { identityOf, methodsOf, type Placed } from "./lookup.ts";
import { type Body, sampleCount, sampleOf } from "./samples.ts";
import type { Side, Sides } from "./sides.ts";
import { endOf } from "./talk.ts";
import { World } from "./world.ts";

/** Timeout of one call, in ms. Answers come within one or two; only a lost one waits for it. */
const callMs = 1_500;

type Call = (caller: Caller, body: Body, options?: object) => Promise<Body> | undefined;

/** Role of the node that calls. */
export const callerRole = "caller";

/** Lets nodes of both releases call each other through gates of both releases. */
export async function playMethods(pair: Pair, sides: Sides, findings: Findings): Promise<void> {
  for (const gate of [sides.old, sides.new]) {
    await callAll(pair, sides.old, sides.new, gate, findings);
    await callAll(pair, sides.new, sides.old, gate, findings);
  }
}

async function callAll(pair: Pair, from: Side, to: Side, gate: Side, findings: Findings): Promise<void> {
  const tell = (what: string) => findings.add("old node", what);
  const known = new Set(methodsOf(to.schema).map(({ call }) => identityOf(pair, call.fullName)));
  // A node of the new release must not expect its additions at an old one.
  const promised = methodsOf(from.schema).filter(
    ({ call }) => from.age === "old" || known.has(identityOf(pair, call.fullName)),
  );
  if (promised.length === 0) return;
  await using world = await World.open(gate, to);
  const caller = await world.node("caller", callerRole, []);
  for (const one of promised) await callOne(pair, world, caller, from, to, one, tell);
}

async function callOne(
  pair: Pair,
  world: World,
  caller: Caller,
  from: Side,
  to: Side,
  { service, call }: Placed<Method>,
  tell: (what: string) => void,
): Promise<void> {
  const identity = identityOf(pair, call.fullName);
  const ask = (await from.server(service))[methodFunction(call.name)] as Call;
  for (let turn = 0; turn < sampleCount; turn++) {
    world.turn = turn;
    world.arrivals.length = 0;
    const sent = sampleOf(from.schema, call.request, turn);
    let answer: Body | undefined;
    try {
      answer = await ask(caller, sent, { timeoutMs: callMs });
    } catch (error) {
      return tell(`${identity} fails: ${failureText(error)}`);
    }
    const arrival = await world.arrival();
    if (arrival === undefined) return tell(`${identity} does not arrive`);
    const reached = identityOf(pair, arrival.call.fullName);
    if (reached !== identity) return tell(`${identity} arrives as ${reached}`);
    const { call: other, body } = arrival;
    for (const one of differencesOf(
      endOf(from, true),
      call.request,
      sent,
      endOf(to, true),
      other.request,
      body,
    ))
      tell(`request of ${identity}: ${one}`);
    const reply = world.reply(other);
    if (call.reply === undefined || other.reply === undefined || reply === undefined) {
      if (call.reply !== other.reply) return tell(`the reply of ${identity} came or went`);
      continue;
    }
    const read = answer as Body;
    for (const one of differencesOf(endOf(to, true), other.reply, reply, endOf(from, true), call.reply, read))
      tell(`reply of ${identity}: ${one}`);
  }
}
