import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtinServices } from "../../../runtime/gate/nodes/map-form-builtins.ts";
import { kind } from "../../../runtime/rpc/envelope/message-kinds.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import { DialerChallenge } from "../../../runtime/rpc/trust/challenge.ts";
import { LinkKeys } from "../../../runtime/rpc/trust/link-keys.ts";
import { LinkChallenge, LinkChallenged, LinkProof } from "../../../runtime/wire/generated/photinus/link.ts";
import { Lines } from "../../setup/lines.ts";
import { ask, linkRows, mapAsk, nonce, otherKeys, user } from "./link-rows.ts";
import { text } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { Stranger } from "./stranger.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const keys = LinkKeys.of(LinkKeys.random());
/** Names that an unproven peer must not learn: of the gates, of the node and its role, of the group, of the schema. */
const secrets = ["moth", "wasp", "probe-1", "probe", "swarm", "0123456789abcdef"];

/** A proof that is right on the link of another peer. */
async function recorded(
  peer: Stranger,
): Promise<{ readonly first: DialerChallenge; readonly proof: Uint8Array }> {
  const first = new DialerChallenge(keys);
  const question = { nonce: first.nonce, keys: [...first.offered], version: linkVersion };
  const challenged = await peer.link.call(admin.challenge, LinkChallenge, question, LinkChallenged);
  return { first, proof: first.answer(challenged) };
}

type Replay = Awaited<ReturnType<typeof recorded>>;

/** Messages of a peer without the key before the message of the row, in the compact form and in the map form. */
const attackers: readonly {
  readonly name: string;
  readonly compact: (peer: Stranger, replay: Replay) => void;
  readonly map: (peer: Stranger, replay: Replay) => void;
}[] = [
  { name: "nothing", compact: () => {}, map: () => {} },
  {
    name: "a challenge with another key",
    compact: challengeWith(otherKeys),
    map: mapChallengeWith(otherKeys),
  },
  {
    name: "a challenge with an overheard key id, and no proof",
    compact: challengeWith(keys),
    map: mapChallengeWith(keys),
  },
  {
    name: "a challenge with an overheard key id, and a made-up proof",
    compact: (peer) => {
      challengeWith(keys)(peer);
      ask(admin.proof, LinkProof, { proof: nonce })(peer);
    },
    map: (peer) => {
      mapChallengeWith(keys)(peer);
      mapAsk("linkProof", [nonce])(peer);
    },
  },
  {
    name: "the challenge and the proof of another link",
    compact: (peer, { first, proof }) => {
      challengeWith(keys, first.nonce)(peer);
      ask(admin.proof, LinkProof, { proof })(peer);
    },
    map: (peer, { first, proof }) => {
      mapChallengeWith(keys, first.nonce)(peer);
      mapAsk("linkProof", [proof])(peer);
    },
  },
];

function challengeWith({ accepted }: LinkKeys, own: Uint8Array = nonce) {
  return ask(admin.challenge, LinkChallenge, {
    nonce: own,
    keys: accepted.map(({ id }) => id),
    version: linkVersion,
  });
}

function mapChallengeWith({ accepted }: LinkKeys, own: Uint8Array = nonce) {
  return mapAsk("linkChallenge", [own, accepted.map(({ id }) => id)]);
}

/** A gate with a node, another gate, and a client whose session an attacker would act on. */
async function open() {
  let calls = 0;
  const body = (bytes: Uint8Array) => {
    calls++;
    return bytes;
  };
  const login = async (
    _: Uint8Array,
    ctx: Parameters<NonNullable<Parameters<typeof world.node>[1][string]>>[1],
  ) => {
    await ctx.session.bind(user);
    ctx.session.join("swarm");
    return text(String((ctx.session as unknown as { number: number }).number));
  };
  const log = new Lines();
  const gate = await world.gate({ name: "moth", linkTrust: { keys }, log });
  await world.gate({ name: "wasp", linkTrust: { keys } });
  gate.services.set("secret", () => {
    calls++;
    return secrets.join();
  });
  await world.node("probe-1", { echo: body, login }, {}, { linkTrust: { keys } });
  await world.node("other-1", {}, { double: body, hint: body, where: body }, { linkTrust: { keys } });
  await eventually(() => world.gates.every((one) => one.status().gates.every(({ linked }) => linked)));
  const client = await world.client(gate);
  const session = Number(await client.ask(commands.login.id, ""));
  const before = gate.status();
  /** Expects that nothing has changed, and that the peer has learnt nothing. */
  const expectNothing = (peer: Stranger, row: string): void => {
    const { called } = peer;
    for (const secret of secrets) expect(peer.text.includes(secret), `${row}: ${secret}`).toBe(false);
    expect(called, row).toEqual([]);
    const { sessions, users, groups, nodes, gates } = gate.status();
    expect(
      nodes.map(({ name, state }) => [name, state]),
      row,
    ).toEqual(before.nodes.map(({ name, state }) => [name, state]));
    expect({ sessions, users, groups, gates }, row).toEqual({
      ...{ sessions: before.sessions, users: before.users, groups: before.groups, gates: before.gates },
    });
    expect({ calls, pushes: client.pushes.length, kicked: client.kicked }, row).toEqual({
      ...{ calls: 0, pushes: 0, kicked: undefined },
    });
  };
  const replay = await recorded(await Stranger.open(world, gate));
  return { gate, client, session, replay, log, expectNothing, calls: () => calls };
}

describe.each(attackers)("a peer that has sent $name", ({ compact, map }) => {
  test("can neither register, call, push nor learn a name, by any message", async () => {
    const { gate, client, session, replay, log, expectNothing } = await open();
    const { administration, kinds, mapForm } = linkRows(session);
    const rows = [
      ...Object.entries(administration).map(
        ([name, sends]) =>
          [`0x${admin[name as keyof typeof admin].toString(16)} ${name}`, compact, sends] as const,
      ),
      ...Object.entries(kinds).map(([name, sends]) => [`kind ${name}`, compact, sends] as const),
      ...Object.entries(mapForm).map(([name, sends]) => [`map form ${name}`, map, sends] as const),
    ];
    for (const [row, prelude, sends] of rows) {
      expect(sends.length, row).toBeGreaterThan(0);
      for (const [at, send] of sends.entries()) {
        const peer = await Stranger.open(world, gate);
        prelude(peer, replay);
        send(peer);
        await peer.settled();
        expectNothing(peer, `${row} (${at})`);
        peer.link.destroy();
      }
    }
    expect(await client.ask(commands.echo.id, "still here")).toBe("still here");
    // A peer that anybody can be must not fill the log with errors.
    expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("the table of link messages", () => {
  test("has a row for each method of the administration, each kind and each call of the map form", () => {
    const { administration, kinds, builtins } = linkRows(1);
    expect(Object.keys(administration).sort()).toEqual(Object.keys(admin).sort());
    expect(Object.keys(kinds)).toEqual(Object.keys(kind));
    const services = builtinServices({} as Parameters<typeof builtinServices>[0]);
    expect(Object.keys(builtins)).toEqual([...services.keys()]);
  });

  test("has a row for each message of link.proto that a peer can send", () => {
    const proto = readFileSync(new URL("../../../schema/photinus/link.proto", import.meta.url), "utf8");
    const all = [...proto.matchAll(/((?:^\/\/ .*\n)*)^message (\w+)/gm)];
    expect(all.length).toBeGreaterThan(30);
    const isRow = (comment: string) =>
      Object.values(admin).some((method) =>
        comment.includes(`0x${method.toString(16).toUpperCase().padStart(8, "0").replace("0X", "0x")}`),
      );
    const withoutRow = all.filter(([, comment]) => !isRow(comment!)).map(([, , name]) => name!);
    // Answers, and parts of other messages.
    expect(withoutRow.sort()).toEqual([
      "AdoptedSession",
      "AdoptedSessions",
      "BoundUser",
      "Canary",
      "FetchedSession",
      "GroupList",
      "GroupMember",
      "LatestPush",
      "LinkChallenged",
      "LinkProved",
      "LinkWelcome",
      "MovingGroup",
      "MovingSession",
      "Revocation",
      "TicketJudged",
      "UnacknowledgedMessage",
      "UserClaimed",
    ]);
  });

  test("is not empty talk: a peer with the key does by the same messages what the others cannot", async () => {
    const { gate, client, session, calls } = await open();
    const { kinds } = linkRows(session);
    const peer = await Stranger.open(world, gate);
    await peer.join(keys, "probe-2", "probe");
    for (const send of [...kinds.push, ...kinds.ask, ...kinds.notice]) send(peer);
    await peer.settled();
    await eventually(() => client.pushes.length >= 18 && calls() > 3);
    expect(gate.status().nodes.map(({ name }) => name)).toContain("probe-2");
  });
});
