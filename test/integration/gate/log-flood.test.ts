import { expect, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import { Lines } from "../../setup/lines.ts";
import { framed } from "../../unit/rpc/two-links.ts";
import { commands, methodOf, methods } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

/** A flood of `count` events makes the 1st, 2nd, 4th ... line. */
const linesOf = (count: number) => Math.floor(Math.log2(count)) + 1;
const flood = 1_000;

function connect(gate: Gate, bytes: Uint8Array): void {
  const [here, there] = memoryPair();
  gate.acceptLink(there);
  here.start({ onData() {}, onDrain() {}, onClose() {} });
  here.output.append(bytes);
  here.flushNow();
}

async function register(gate: Gate, name: string): Promise<Link> {
  const [here, there] = memoryPair();
  gate.acceptLink(there);
  const link = new Link(here, {
    clock: systemClock,
    deadlines: new Deadlines(systemClock),
    log: silentLogger,
    name,
    handler: { onAsk() {}, onNotice() {}, onRelay() {}, onPush() {}, onMapForm() {}, onClose() {} },
  });
  world.atEnd(() => link.destroy());
  await link.callMapForm("takeProxy", [name]).catch(() => {});
  return link;
}

test("a thousand bad links make a bounded number of log lines, each with the count so far", async () => {
  const log = new Lines();
  const gate = await world.gate({ log, limits: { nodeCount: 10 * flood } });
  const illegal = [
    [0xc1], // no value
    [0x92, 9, 1], // no kind
    [0x81, 0xa8, ...new TextEncoder().encode("_msgtype"), 0xa1, 0x3f], // no _msgtype
  ];
  for (const message of illegal) for (let n = 0; n < flood; n++) connect(gate, framed(message));
  await eventually(
    () =>
      gate.counters.get("links.illegal.kind") === 2 * flood &&
      gate.counters.get("links.illegal.type") === flood,
  );
  expect(log.perMessage).toEqual([["link closed: illegal message", linesOf(2 * flood) + linesOf(flood)]]);
});

test("a thousand refused names, registrations of one name and map-form notices make a bounded number of lines", async () => {
  const log = new Lines();
  const gate = await world.gate({ log });
  for (let n = 0; n < flood; n++) (await register(gate, `bad name\n${n}`)).destroy();
  for (let n = 0; n < flood; n++) await register(gate, "python");
  const peer = await register(gate, "python");
  for (let n = 0; n < flood; n++) {
    peer.noticeMapForm("callTarget", ["nonsense"]);
    peer.noticeMapForm("takeProxy", ["again"]);
    peer.noticeMapForm("callTarget", [methods.double.name, new Uint8Array(1)]);
  }
  await peer.callMapForm("callTarget", ["ping"]);
  const counts = Object.fromEntries(log.perMessage);
  expect(counts["refused"]).toBe(linesOf(flood));
  expect(counts["node joined"]).toBe(linesOf(flood + 1));
  expect(counts["node reconnected over a new link"]).toBe(linesOf(flood));
  expect(log.lines.length).toBeLessThan(100);
});

test("a gate with many sessions that dies costs a node a bounded number of lines, whatever it does at their end", async () => {
  const log = new Lines();
  const gate = await world.gate();
  let ended = 0;
  const node = await world.node("probe-1", { sticky: (body) => body }, {}, { log });
  node.onSessionEnd(() => {
    ended++;
    node.notice(methodOf(methods.hint), new Uint8Array(1));
    if (ended % 2 === 0) throw new Error("a listener that fails each time");
  });
  const sessions = 200;
  const clients = await Promise.all(Array.from({ length: sessions }, () => world.client()));
  await Promise.all(clients.map((client) => client.ask(commands.sticky.id, "here")));
  gate.destroy();
  await eventually(() => ended === sessions);
  const counts = Object.fromEntries(log.perMessage);
  expect(counts["one-way call dropped: no gate accepts messages"]).toBe(linesOf(sessions));
  expect(counts["an onSessionEnd listener threw"]).toBe(linesOf(sessions / 2));
  expect(log.lines.length).toBeLessThan(30);
});

test("a flood of requests that fail, and a node that dies under them, make a bounded number of lines", async () => {
  const gateLog = new Lines();
  const nodeLog = new Lines();
  const gate = await world.gate({ log: gateLog, limits: { guestRate: false } });
  const fails = (): never => {
    throw new Error("as a bug does");
  };
  const waits = () => new Promise(() => {});
  const node = await world.node("probe-1", { sticky: fails, free: waits }, {}, { log: nodeLog });
  const client = await world.client();
  for (let n = 0; n < flood; n++) await client.ask(commands.sticky.id, "x");
  const waiting = Array.from({ length: 500 }, () => client.ask(commands.free.id, "x"));
  await eventually(() => gate.status().inFlight === 500);
  await node.close({ graceMs: 0 });
  await Promise.all(waiting);
  for (let n = 0; n < flood; n++) await client.ask(commands.sticky.id, "x");
  expect(Object.fromEntries(nodeLog.perMessage)["command or method handler threw"]).toBe(linesOf(flood));
  expect(nodeLog.lines.length).toBeLessThan(30);
  expect(gateLog.lines.length).toBeLessThan(30);
});
