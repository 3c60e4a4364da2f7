import type { Connection } from "@photinus/client/node";
import {
  commandFunction,
  listenerFunction,
  pushFunction,
} from "../../../codegen/typescript/service-names.ts";
import type { PushTarget } from "../../../runtime/api/handler-context.ts";
import type { Command, Push } from "../../../schema/model.ts";
import type { Pair } from "../corpus/pair.ts";
import { differencesOf, type End } from "./compare.ts";
import { type Findings, failureText, type Party } from "./finding.ts";
import { commandsOf, identityOf, type Placed, pushesOf } from "./lookup.ts";
import { type Body, sampleCount, sampleOf } from "./samples.ts";
import type { Side, Sides } from "./sides.ts";
import { until, World } from "./world.ts";

/** Timeout of one request, in ms. Answers come within one or two; only a lost one waits for it. */
const requestMs = 1_500;

type Request = (connection: Connection, body: Body, options?: object) => Promise<Body> | undefined;
type Listen = (connection: Connection, listener: (body: Body) => void) => () => void;
type Send = (target: PushTarget, body: Body) => void;

/** Lets clients of one release talk to gates and nodes of the other one, and compares what arrives with what was sent. */
export async function playTalk(pair: Pair, sides: Sides, findings: Findings): Promise<void> {
  await talk({ pair, client: sides.old, gate: sides.new, nodes: sides.new, party: "old client" }, findings);
  await talk({ pair, client: sides.new, gate: sides.old, nodes: sides.old, party: "new client" }, findings);
  // Gates and nodes are replaced one after another, so a gate of one release has nodes of the other one.
  await talk({ pair, client: sides.old, gate: sides.new, nodes: sides.old, party: "old node" }, findings);
  await talk({ pair, client: sides.new, gate: sides.old, nodes: sides.new, party: "old node" }, findings);
}

interface Cast {
  readonly pair: Pair;
  readonly client: Side;
  readonly gate: Side;
  readonly nodes: Side;
  /** Party to which failures count. */
  readonly party: Party;
}

async function talk(cast: Cast, findings: Findings): Promise<void> {
  const { client, gate, nodes, party } = cast;
  if (client.protocol.commands.length + client.protocol.pushes.length === 0) return;
  await using world = await World.open(gate, nodes);
  const connection = await world.client(client, "admin");
  const tell = (what: string) => findings.add(party, what);
  for (const one of pushesOf(nodes.schema)) await pushAll(cast, world, connection, one, tell);
  for (const one of commandsOf(client.schema))
    if (isPromised(cast, one.call)) await askAll(cast, world, connection, one, tell);
  for (const missing of deletedPushes(cast)) tell(`the push ${missing} does not arrive any more`);
  for (const error of world.errors) tell(`the client reports ${failureText(error)}`);
  if (connection.state !== "open") tell(`the connection is ${connection.state}`);
}

/**
 * Whether a command must work: only the former schema is a promise, so a client of the new one must not expect its additions at
 * an old server. A gate and a node of two releases must agree about what both know.
 */
function isPromised({ pair, client, gate, nodes, party }: Cast, { fullName }: Command): boolean {
  const identity = identityOf(pair, fullName);
  const knows = ({ schema }: Side) =>
    commandsOf(schema).some(({ call }) => identityOf(pair, call.fullName) === identity);
  return (client.age === "old" && party !== "old node") || (knows(gate) && knows(nodes));
}

/** Sends all samples of a command, and compares what the handler gets and what the client gets back. */
async function askAll(
  cast: Cast,
  world: World,
  connection: Connection,
  { service, call }: Placed<Command>,
  tell: (what: string) => void,
): Promise<void> {
  const { pair, client, gate, nodes } = cast;
  const identity = identityOf(pair, call.fullName);
  const isRated = gate.protocol.commands.some(({ rate }) => rate !== undefined);
  const ask = (await client.client(service))[commandFunction(call.name)] as Request;
  for (let turn = 0; turn < sampleCount; turn++) {
    world.turn = turn;
    world.arrivals.length = 0;
    const sent = sampleOf(client.schema, call.request, turn);
    let answer: Body | undefined;
    try {
      // Each session has a rate of its own, which another player checks.
      const session = isRated ? await world.client(client, "admin") : connection;
      answer = await ask(session, sent, { timeoutMs: requestMs });
    } catch (error) {
      tell(`${identity} fails: ${failureText(error)}`);
      return;
    }
    const arrival = await world.arrival();
    if (arrival === undefined) return tell(`${identity} does not arrive`);
    const reached = identityOf(pair, arrival.call.fullName);
    if (reached !== identity) return tell(`${identity} arrives as ${reached}`);
    const wrong = differencesOf(
      endOf(client, true),
      call.request,
      sent,
      endOf(nodes, false),
      arrival.call.request,
      arrival.body,
    );
    for (const one of wrong) tell(`request of ${identity}: ${one}`);
    const reply = world.reply(arrival.call);
    if (call.reply === undefined || arrival.call.reply === undefined || reply === undefined) {
      if (call.reply !== arrival.call.reply) return tell(`the reply of ${identity} came or went`);
      continue;
    }
    const replied = differencesOf(
      endOf(nodes, false),
      arrival.call.reply,
      reply,
      endOf(client, true),
      call.reply,
      answer as Body,
    );
    for (const one of replied) tell(`reply of ${identity}: ${one}`);
  }
}

/** Sends all samples of a push to the client, which listens to all pushes that it knows. */
async function pushAll(
  { pair, client, nodes }: Cast,
  world: World,
  connection: Connection,
  { service, call }: Placed<Push>,
  tell: (what: string) => void,
): Promise<void> {
  const identity = identityOf(pair, call.fullName);
  const push = (await nodes.server(service))[pushFunction(call.name)] as Send;
  const node = world.nodes.find(({ role }) => role === service.role);
  if (node === undefined) return tell(`no node sends ${identity}`);
  const heard: { readonly known: Push; readonly body: Body }[] = [];
  const stops: (() => void)[] = [];
  for (const known of pushesOf(client.schema)) {
    const listen = (await client.client(known.service))[listenerFunction(known.call.name)] as Listen;
    stops.push(listen(connection, (body) => heard.push({ known: known.call, body })));
  }
  const expected = pushesOf(client.schema).find((one) => identityOf(pair, one.call.fullName) === identity);
  for (let turn = 0; turn < sampleCount; turn++) {
    heard.length = 0;
    const sent = sampleOf(nodes.schema, call.body, turn);
    push(node.everyone(), sent);
    const arrived = await until(() => heard.length > 0, expected === undefined ? 10 : undefined);
    const [first] = heard;
    if (!arrived || first === undefined) {
      if (expected !== undefined) tell(`the push ${identity} does not arrive`);
      break;
    }
    const reached = identityOf(pair, first.known.fullName);
    if (reached !== identity) tell(`the push ${identity} arrives as ${reached}`);
    else {
      const [from, to] = [endOf(nodes, false), endOf(client, true)];
      for (const one of differencesOf(from, call.body, sent, to, first.known.body, first.body))
        tell(`push ${identity}: ${one}`);
    }
  }
  for (const stop of stops) stop();
}

/** Pushes that the old client listens to and that the nodes do not have any more. */
function deletedPushes({ pair, client, nodes }: Cast): string[] {
  if (client.age === "new") return [];
  const left = new Set(pushesOf(nodes.schema).map(({ call }) => identityOf(pair, call.fullName)));
  return pushesOf(client.schema)
    .map(({ call }) => identityOf(pair, call.fullName))
    .filter((identity) => !left.has(identity));
}

/** One end of an exchange; a client must know each value that it gets. */
export function endOf({ age, schema }: Side, isStrict: boolean): End {
  return { age, schema, isStrict };
}
