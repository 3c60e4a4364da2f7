import type { Connection } from "@photinus/client/node";
import { commandFunction, methodFunction } from "../../../codegen/typescript/service-names.ts";
import type { Caller } from "../../../runtime/api/handler-context.ts";
import type { Pair } from "../corpus/pair.ts";
import type { Findings, Party } from "./finding.ts";
import { commandsOf, identityOf, methodsOf } from "./lookup.ts";
import { callerRole } from "./methods.ts";
import { type Body, sampleOf } from "./samples.ts";
import type { Side, Sides } from "./sides.ts";
import { World } from "./world.ts";

/** Timeout of the request whose node dies, in ms. */
const requestMs = 2_000;
/** A lost node is not awaited for long, so that the retry reaches the other one. */
const limits = { rejoinMs: 20, nodeWaitMs: 1_000 };
const names = ["a", "b"];

type Ask<C> = (caller: C, body: Body, options?: object) => Promise<Body> | undefined;

/** Lets a node die while it runs a request, and counts how often the request runs. One that is not idempotent runs once. */
export async function playRetries(pair: Pair, { old, new: next }: Sides, findings: Findings): Promise<void> {
  const play = async (from: Side, to: Side, party: Party) => {
    for (const { service, call } of commandsOf(from.schema)) {
      const name = identityOf(pair, call.fullName);
      const other = commandsOf(to.schema).find((one) => identityOf(pair, one.call.fullName) === name)?.call;
      if (other === undefined || other.idempotent === call.idempotent || other.idempotent) continue;
      await using world = await World.open(to, to, { limits, names });
      const ask = (await from.client(service))[commandFunction(call.name)] as Ask<Connection>;
      const connection = await world.client(from, "admin");
      const body = sampleOf(from.schema, call.request, 0);
      const runs = await runsOf(world, () => ask(connection, body, { timeoutMs: requestMs }));
      if (runs > 1) findings.add(party, `${name} runs ${runs} times and is not idempotent there`);
    }
    for (const { service, call } of methodsOf(from.schema)) {
      const name = identityOf(pair, call.fullName);
      const other = methodsOf(to.schema).find((one) => identityOf(pair, one.call.fullName) === name)?.call;
      if (other === undefined || other.idempotent === call.idempotent || other.idempotent) continue;
      await using world = await World.open(to, to, { limits, names });
      const ask = (await from.server(service))[methodFunction(call.name)] as Ask<Caller>;
      const caller = await world.node("caller", callerRole, []);
      const body = sampleOf(from.schema, call.request, 0);
      const runs = await runsOf(world, () => ask(caller, body, { timeoutMs: requestMs }));
      if (runs > 1) findings.add("old node", `${name} runs ${runs} times and is not idempotent there`);
    }
  };
  await play(old, next, "old client");
  await play(next, old, "new client");
}

/** Number of handlers that get a request whose first node dies before its answer. */
async function runsOf(world: World, ask: () => Promise<Body> | undefined): Promise<number> {
  world.act = async ({ call, node }) => {
    if (world.arrivals.length === 1) {
      world.kill(node);
      await new Promise(() => {});
    }
    return world.reply(call);
  };
  await ask()?.catch(() => undefined);
  return world.arrivals.length;
}
