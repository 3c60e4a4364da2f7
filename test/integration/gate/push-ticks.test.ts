import { expect, test } from "vitest";
import type { Session } from "../../../runtime/api/handler-context.ts";
import type { Protocol } from "../../../runtime/api/protocol.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import type { GameNode } from "../../../runtime/node/node.ts";
import { Compression } from "../../../runtime/wire/generated/photinus/control.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { generator } from "../../setup/generator.ts";
import { type RawClient, text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands, protocol as plain, pushes } from "./schema.ts";
import { ClassicClient } from "./tick-clients.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const gatheredReliable = { ...pushes.reliable, id: 504, name: "probe.Probe.GatheredReliable" };

/** Schema whose pushes to groups wait for a tick of this many ms; plain reliable pushes wait for none. */
function protocolOf(tickMs: number): Protocol {
  const all = [pushes.latest, pushes.droppable, gatheredReliable].map((entry) => ({ ...entry, tickMs }));
  return {
    ...plain,
    pushes: [pushes.reliable, ...all].map((entry) => ({ ...entry, compressible: true })),
  };
}

const names = ["one", "two", "batch", "packed", "classic", "cut", "cut batch", "slow"] as const;
type Name = (typeof names)[number];
/** Clients that lose their connections and resume. */
const cutNames = new Set<Name>(["cut", "cut batch"]);
const groups = ["a", "b", "c"];

/** A gate with its node and a client of each kind. */
class Side {
  readonly got = new Map<Name, string[]>(names.map((name) => [name, []]));
  readonly sessions = new Map<Name, Session>();
  readonly #held = new Map<Name, (() => void)[]>(names.map((name) => [name, []]));
  readonly #send = new Map<Name, (body: string) => void>();
  readonly gate: Gate;
  node!: GameNode;
  readonly cut: ResumingClient[] = [];
  slow!: RawClient;
  batch!: RawClient;

  readonly #isTicked: boolean;

  private constructor(gate: Gate, isTicked: boolean) {
    this.gate = gate;
    this.#isTicked = isTicked;
  }

  static async open(tickMs: number): Promise<Side> {
    const limits = { softBufferBytes: 16_384, hardBufferBytes: 1 << 22 };
    const gate = await world.gate({ protocol: protocolOf(tickMs), compression: true, limits });
    const side = new Side(gate, tickMs > 0);
    const hold = (body: Uint8Array, session: Session): Promise<Uint8Array> => {
      const name = new TextDecoder().decode(body).split(": ")[0] as Name;
      side.sessions.set(name, session);
      return new Promise((resolve) => side.#held.get(name)!.push(() => resolve(body)));
    };
    side.node = await world.node(
      `probe-${tickMs + 1}`,
      { free: (body, { session }) => hold(body, session) },
      {},
      { gates: [gate.linkAddress!] },
    );
    for (const name of names) await side.#join(name);
    return side;
  }

  async #join(name: Name): Promise<void> {
    const got = this.got.get(name)!;
    if (name === "classic") {
      const client = await ClassicClient.dial(this.gate);
      world.atEnd(() => client.transport.destroy());
      this.got.set(name, client.got);
      this.#send.set(name, (body) => client.send(commands.free.id, body));
    } else if (cutNames.has(name)) {
      const client = new ResumingClient(this.gate);
      client.takesBatches = name === "cut batch";
      world.atEnd(() => client.end());
      await client.connect();
      this.cut.push(client);
      this.got.set(name, client.pushes);
      this.#send.set(name, (body) => void client.ask(commands.free.id, body));
    } else {
      const client = await world.silent(this.gate);
      client.onMessage = (of, { body }) => {
        got.push(`${of === kind.reply ? "reply " : ""}${new TextDecoder().decode(body)}`);
      };
      await client.open({
        compressions: name === "packed" ? [Compression.ZSTD] : [],
        takesBatches: name !== "one",
      });
      this.#send.set(name, (body) => void client.request(commands.free.id, text(body)));
      if (name === "slow") this.slow = client;
      if (name === "batch") this.batch = client;
    }
    await this.ask(name, `${name}: first`);
    this.answer(name);
  }

  /** Sends a request, and waits until the node has it. */
  async ask(name: Name, body: string): Promise<void> {
    const held = this.#held.get(name)!;
    const before = held.length;
    this.#send.get(name)!(body);
    await eventually(() => held.length > before);
  }

  answer(name: Name): void {
    this.#held.get(name)!.shift()?.();
  }

  /** Changes groups by one message on the side with ticks, and one by one on the plain side. */
  regroup(name: Name, add: readonly string[], remove: readonly string[]): void {
    const session = this.sessions.get(name)!;
    if (this.#isTicked) {
      session.regroup(add, remove);
      return;
    }
    for (const group of remove) session.leave(group);
    for (const group of add) session.join(group);
  }

  /** Resolves once the clients that read have got everything: a last reply comes after it. */
  async finish(): Promise<void> {
    // The gate reads nothing of a client that does not read.
    this.slow.transport.resume();
    for (const name of names) {
      this.answer(name);
      await this.ask(name, `${name}: last`);
      while (this.#held.get(name)!.length > 0) this.answer(name);
    }
    await eventually(() => {
      const read = names.filter((name) => !cutNames.has(name));
      return read.every((name) => this.got.get(name)!.some((line) => line.includes(`${name}: last`)));
    });
    await eventually(() =>
      this.cut.every(({ answers }) => answers.some((answer) => answer.endsWith("last"))),
    );
  }
}

/** One step of a play, done to both sides. */
type Step = (side: Side) => Promise<void> | void;

/** First letters of bodies: subjects of "latest" pushes, then those of the other pushes. */
const subjects = ["w", "x", "y", "z"];
const letters = { [pushes.droppable.id]: "d", [pushes.reliable.id]: "r", [gatheredReliable.id]: "g" };
const groupPushes = [pushes.latest, pushes.latest, pushes.latest, pushes.droppable, gatheredReliable];
const filler = new Uint8Array(16_384).fill(0x66);

/** Steps of a play, whose order and contents the seed decides. */
function* play(seed: number): Generator<Step> {
  const random = generator(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const pick = <T>(of: readonly T[]): T => of[below(of.length)]!;
  let isCut = false;
  for (const name of names) for (const group of groups) yield (side) => side.sessions.get(name)!.join(group);
  for (let number = 0; number < 500; number++) {
    const name = pick(names);
    const group = pick(groups);
    const { id } = pick(groupPushes);
    // Some bodies are long enough for compression.
    const bodyOf = (push: number): Uint8Array =>
      text(`${letters[push] ?? pick(subjects)}${number}${" ".repeat(number % 9 === 0 ? 900 : 0)}`);
    const chance = below(100);
    if (chance < 70) {
      const body = bodyOf(id);
      const isExcept = below(2) === 0;
      yield ({ node, sessions }) => {
        const all = node.group(group);
        (isExcept ? all.except(sessions.get(name)!) : all).pushBytes(id, body);
      };
    } else if (chance < 74) {
      const body = bodyOf(pushes.reliable.id);
      yield ({ node }) => node.group(group).pushBytes(pushes.reliable.id, body);
    } else if (chance < 77) {
      const body = bodyOf(pushes.latest.id);
      yield ({ node }) => node.everyone().pushBytes(pushes.latest.id, body);
    } else if (chance < 81) {
      const body = bodyOf(id);
      yield ({ sessions }) => sessions.get(name)!.pushBytes(id, body);
    } else if (chance < 85) yield ({ sessions }) => sessions.get(name)!.leave(group);
    else if (chance < 87) yield ({ sessions }) => sessions.get(name)!.join(group);
    else if (chance < 90) {
      // Groups in neither list stay as they are.
      const lists = groups.map(() => below(3));
      const of = (list: number) => groups.filter((_, at) => lists[at] === list);
      yield (side) => side.regroup(name, of(0), of(1));
    } else if (chance < 92 && !cutNames.has(name) && name !== "slow")
      yield (side) => side.ask(name, `${name}: ${number}`);
    else if (chance < 95) yield (side) => side.answer(name);
    else if (chance < 97) {
      isCut = !isCut;
      if (isCut)
        yield ({ cut }) => {
          for (const client of cut) client.cut();
        };
      else yield async ({ cut }) => void (await Promise.all(cut.map((client) => client.resume())));
    } else yield () => new Promise((resolve) => setTimeout(resolve, number % 40));
  }
  if (isCut) yield async ({ cut }) => void (await Promise.all(cut.map((client) => client.resume())));
}

function isLatest(line: string): boolean {
  return subjects.includes(line[0]!);
}

/** Differences between what a client got without and with ticks that are neither time nor conflation. */
function differences(plain: readonly string[], ticked: readonly string[]): string[] {
  const found: string[] = [];
  let at = 0;
  for (const [index, line] of plain.entries()) {
    if (ticked[at] === line) at++;
    else if (!isLatest(line)) found.push(`${line} is missing, or late`);
    else if (!plain.slice(index + 1).some((later) => later[0] === line[0] && ticked.includes(later)))
      found.push(`${line} is missing, and no later one of its subject came`);
  }
  return at === ticked.length ? found : [...found, `${ticked[at]} came unexpectedly`];
}

/**
 * What a slow client must have: the reliable pushes and replies in order, and the newest of each subject. A client that has lost its
 * connection may lack pushes that were on their way, other than reliable ones.
 */
function promised(name: Name, lines: readonly string[]): string[] {
  const reliable = lines.filter((line) => !isLatest(line) && line[0] !== "d" && line[0] !== "f");
  if (cutNames.has(name)) return reliable;
  return [
    ...reliable,
    ...subjects.map((subject) => lines.findLast((line) => line[0] === subject) ?? subject),
  ];
}

test.each([1, 2, 3, 4, 5])(
  "pushes of a tick differ from plain ones in time and conflation only (seed %i)",
  async (seed) => {
    const plain = await Side.open(0);
    const ticked = await Side.open(20);
    for (const { slow, sessions, gate } of [plain, ticked]) {
      slow.transport.pause();
      while (gate.counters.get("push.dropped") < 10) {
        sessions.get("slow")!.pushBytes(pushes.droppable.id, filler);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    for (const step of play(seed)) {
      await step(plain);
      await step(ticked);
    }
    for (const side of [plain, ticked]) await side.finish();
    for (const name of names) {
      const [before, now] = [plain, ticked].map((side) => side.got.get(name)!.map((line) => line.trimEnd()));
      if (cutNames.has(name) || name === "slow")
        expect([name, promised(name, now!)]).toEqual([name, promised(name, before!)]);
      else expect([name, differences(before!, now!)]).toEqual([name, []]);
    }
    expect(ticked.gate.counters.get("push.latest.replaced")).toBeGreaterThan(10);
    expect(plain.gate.counters.get("push.latest.replaced")).toBe(0);
    expect([plain.batch.batches, ticked.batch.batches > 10]).toEqual([0, true]);
    const batchesOf = ({ cut }: Side) => cut[1]!.lines.reduce((sum, { batches }) => sum + batches, 0);
    expect([batchesOf(plain), batchesOf(ticked) > 0]).toEqual([0, true]);
    for (const { cut, batch } of [plain, ticked]) {
      const raw = batch.pushes.map(({ sequence }) => sequence).filter((number) => number !== 0);
      for (const numbers of [raw, ...cut.map(({ pushNumbers }) => pushNumbers)])
        expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    }
  },
);
