import { describe, expect, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { GameNode } from "../../../runtime/node/node.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { admin } from "../../../runtime/rpc/link-administration.ts";
import type { LinkHandler, Responder } from "../../../runtime/rpc/link-handler.ts";
import { ListenerChallenge } from "../../../runtime/rpc/trust/challenge.ts";
import { LinkKeys } from "../../../runtime/rpc/trust/link-keys.ts";
import { openPort } from "../../../runtime/transport/port.ts";
import { decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { LinkChallenge, LinkChallenged, LinkWelcome } from "../../../runtime/wire/generated/photinus/link.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { Lines } from "../../setup/lines.ts";
import { linkRows } from "./link-rows.ts";
import { commands, protocol, serve } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const keys = LinkKeys.of(LinkKeys.random());
const otherKeys = LinkKeys.of(LinkKeys.random());
const secrets = ["moth", "wasp", "probe", protocol.fingerprint];

type Answer = (reply: Responder, challenge: LinkChallenge) => void;

const made = new Uint8Array(32).fill(9);

/** Ways in which a gate without the key may answer a challenge. */
const answers: Readonly<Record<string, Answer>> = {
  "says that it knows no challenge": (reply) => reply.failure(errorCodes.UNIMPLEMENTED, "no such method", 0),
  "welcomes the peer at once": (reply) =>
    reply.answer(LinkWelcome, LinkWelcome.create({ gate: "moth", version: 1 })),
  "answers with nothing": (reply) => reply.answerBytes(new Uint8Array(0), 0, 0),
  "answers with a made-up proof": (reply, { keys: [key] }) =>
    reply.answer(LinkChallenged, { nonce: made, key: key!, proof: made }),
  "answers with the nonce of the peer": (reply, { nonce, keys: [key] }) =>
    reply.answer(LinkChallenged, { nonce, key: key!, proof: nonce }),
  "answers with the proof of another key": (reply, { keys: [key] }) => {
    const other = new ListenerChallenge(otherKeys);
    const offered = otherKeys.accepted.map(({ id }) => id);
    reply.answer(LinkChallenged, { ...other.challenge(made, offered, 1), key: key! });
  },
  "answers with the proof of another link": (reply) => {
    const offered = keys.accepted.map(({ id }) => id);
    reply.answer(LinkChallenged, { ...new ListenerChallenge(keys).challenge(made, offered, 1) });
  },
  "does not answer": () => {},
};

/** All that a gate may send, in parts that are not too much for a peer that has not proved itself. */
const parts = (() => {
  const { administration, kinds } = linkRows(1);
  const sends = [...Object.values(administration), ...Object.values(kinds)].flat();
  return Array.from({ length: Math.ceil(sends.length / 28) }, (_, at) => sends.slice(at * 28, at * 28 + 28));
})();

/** A port that takes the place of a gate, and keeps every byte that its peers send. */
async function impostor(answer: Answer) {
  const heard: Buffer[] = [];
  const answered: string[] = [];
  let links = 0;
  const handler = (link: () => Link): LinkHandler => ({
    onAsk(method, _target, bytes, start, end, _ms, reply) {
      answered.push(`ask ${method.toString(16)}`);
      if (method !== admin.challenge) return;
      const own = link();
      const part = parts[links % parts.length]!;
      const say = () => {
        for (const send of part) send({ link: own, answer: () => {} } as never);
        const sink = { answer: () => answered.push("relay"), failure: () => {} };
        own.relay(1, commands.echo.id, made, 0, 4, 1_000, sink);
      };
      say();
      answer(reply, decode(LinkChallenge, bytes, start, end));
      say();
    },
    onNotice: () => {},
    onRelay: () => {},
    onPush: () => answered.push("push"),
    onMapForm: () => answered.push("map form"),
    onClose: () => {},
  });
  const port = await openPort({
    webSocket: false,
    onTransport: (transport) => {
      links++;
      const start = transport.start.bind(transport);
      transport.start = (inner) =>
        start({
          onData: (chunk) => {
            heard.push(Buffer.from(chunk));
            inner.onData(chunk);
          },
          onDrain: () => inner.onDrain(),
          onClose: (reason) => inner.onClose(reason),
        });
      const deadlines = new Deadlines(systemClock);
      const link: Link = new Link(transport, {
        ...{ clock: systemClock, deadlines, log: silentLogger, name: "moth", handler: handler(() => link) },
      });
    },
  });
  world.atEnd(() => port.close({ graceMs: 0 }));
  return {
    address: { host: "127.0.0.1", port: port.port },
    /** Expects that the port has learnt no name, and that no peer has answered it anything but a refusal. */
    expectNothing(): void {
      const text = Buffer.concat(heard).toString("latin1");
      expect(text.length).toBeGreaterThan(40);
      for (const secret of secrets) expect(text.includes(secret), secret).toBe(false);
      expect([...new Set(answered)]).toEqual([`ask ${admin.challenge.toString(16)}`]);
    },
    /** Number of links on which a peer has asked for a proof. */
    get challenges() {
      return answered.filter((one) => one.startsWith("ask")).length;
    },
  };
}

describe.each(Object.entries(answers))("a gate that %s", (name, answer) => {
  const isSilent = name === "does not answer";

  test("learns nothing of a node, and runs nothing in it", async () => {
    const there = await impostor(answer);
    const log = new Lines();
    let calls = 0;
    const count = (body: Uint8Array) => {
      calls++;
      return body;
    };
    const node = await GameNode.open(
      [serve("probe", { echo: count, note: count }, { double: count, hint: count })],
      {
        ...{ name: "probe-1", role: "probe", gates: [there.address], schema: protocol.fingerprint, log },
        linkTrust: { keys },
      },
    );
    world.atEnd(() => node.close({ graceMs: 0 }));
    // A session that the gate announces would end with its link.
    node.onSessionEnd(() => void calls++);
    // The peer closes the link for its messages, or for its answer, and dials again.
    await eventually(() => there.challenges > (isSilent ? 0 : parts.length));
    there.expectNothing();
    expect(calls).toBe(0);
    expect(node.sessions()).toEqual([]);
    expect(node.status().gates).toMatchObject([{ name: "", sessions: 0 }]);
    expect(log.lines.filter(({ message }) => message === "gate linked")).toEqual([]);
    expect(isSilent || log.lines.some(({ level }) => level !== "info")).toBe(true);
  });

  test("learns nothing of another gate", async () => {
    const there = await impostor(answer);
    const gate = await world.gate({ name: "wasp", linkTrust: { keys } });
    gate.setPeers([{ name: "moth", ...there.address }]);
    await eventually(() => there.challenges > (isSilent ? 0 : parts.length));
    there.expectNothing();
    expect(gate.status().gates).toEqual([{ name: "moth", linked: false }]);
  });
});
