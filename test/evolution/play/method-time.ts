import { methodFunction } from "../../../codegen/typescript/service-names.ts";
import type { Caller } from "../../../runtime/api/handler-context.ts";
import type { Pair } from "../corpus/pair.ts";
import type { Findings } from "./finding.ts";
import { identityOf, methodsOf } from "./lookup.ts";
import { callerRole } from "./methods.ts";
import { type Body, sampleOf } from "./samples.ts";
import type { Side, Sides } from "./sides.ts";
import { World } from "./world.ts";

/** Difference of two deadlines that is no matter of scheduling, in ms. */
const noticeableMs = 50;

type Ask = (caller: Caller, body: Body) => Promise<Body> | undefined;

/** Compares the time that methods have for their answers: an old node must not get less of it from a new one. */
export async function playMethodTime(
  pair: Pair,
  { old, new: next }: Sides,
  findings: Findings,
): Promise<void> {
  for (const { call } of methodsOf(old.schema)) {
    const name = identityOf(pair, call.fullName);
    const other = methodsOf(next.schema).find((one) => identityOf(pair, one.call.fullName) === name)?.call;
    if (other === undefined || other.timeoutMs === call.timeoutMs) continue;
    const [was, is] = [await timeAt(pair, old, old, name), await timeAt(pair, next, old, name)];
    if (is < was - noticeableMs)
      findings.add("old node", `${name}: an old node had ${Math.round(was)} ms and has ${Math.round(is)} ms`);
  }
}

/** Time that a handler of one release has for the call of another one, in ms. */
async function timeAt(pair: Pair, from: Side, to: Side, name: string): Promise<number> {
  await using world = await World.open(to, to);
  let leftMs = 0;
  world.act = ({ call }, context) => {
    leftMs = context.remainingMs();
    return world.reply(call);
  };
  const caller = await world.node("caller", callerRole, []);
  for (const { service, call } of methodsOf(from.schema)) {
    if (identityOf(pair, call.fullName) !== name) continue;
    const ask = (await from.server(service))[methodFunction(call.name)] as Ask;
    await ask(caller, sampleOf(from.schema, call.request, 0))?.catch(() => undefined);
  }
  return leftMs;
}
