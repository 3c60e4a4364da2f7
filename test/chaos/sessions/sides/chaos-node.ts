import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { CommandDescriptor } from "../../../../runtime/api/descriptors.ts";
import type { CommandContext, Session } from "../../../../runtime/api/handler-context.ts";
import { defineService } from "../../../../runtime/api/service.ts";
import { GameNode } from "../../../../runtime/node/node.ts";
import type { GateAddress } from "../../../../runtime/node/node-options.ts";
import type { LinkTrust } from "../../../../runtime/rpc/trust/link-trust.ts";
import { raw } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { fail } from "../../../../schema/errors.ts";
import { entries, protocol, pushEntries } from "./chaos-protocol.ts";

/** Takes a line of a node's log. It must be durable when the call returns: the process may be killed next. */
export type WriteLine = (line: string) => void;

const defaultPushEveryMs = 4;
const defaultLongestMs = 22;
/** Every so many pushes to each session, one to the group. */
const groupEvery = 3;
const groupName = "all";
/** Subjects of the latest-wins pushes. */
const latestKeys = 3;
/** Every so many requests, the handler answers with an error of its own. */
const refusedEvery = 29;

/** Pushes of one session, numbered by the application. A session that a node gets again after a lost link has another stream. */
interface Stream {
  readonly name: string;
  count: number;
}

export interface ChaosNodeOptions {
  readonly name: string;
  readonly gates: readonly GateAddress[];
  readonly heartbeatMs: number;
  /** Default: no keys. */
  readonly linkTrust?: LinkTrust;
  /** Time between two pushes to a session, in ms. Default 4. */
  readonly pushEveryMs?: number;
  /** Longest time that a handler takes, in ms. Default 22. */
  readonly longestMs?: number;
}

/**
 * A node of the load. Logs each run (`turn 1 17`), each notify (`note 1 3`) and each push that it gives to the SDK
 * (`push STREAM PLAYER NUMBER`). The handlers of requests take some ms.
 */
export class ChaosNode {
  readonly node: GameNode;
  readonly #write: WriteLine;
  /** Streams by session, and by link for pushes to the group: what is pushed without a link is lost. */
  readonly #streams = new WeakMap<object, Stream>();
  readonly #boot = randomUUID().slice(0, 8);
  readonly #timer: NodeJS.Timeout;
  #streamCount = 0;
  #ticks = 0;

  private constructor(node: GameNode, write: WriteLine, pushEveryMs: number) {
    this.node = node;
    this.#write = write;
    this.#timer = setInterval(() => this.#pushAll(), pushEveryMs);
  }

  /** Starts a node. Resolves when its gates have linked it. */
  static async open(options: ChaosNodeOptions, write: WriteLine): Promise<ChaosNode> {
    const {
      name,
      gates,
      heartbeatMs,
      linkTrust = {},
      pushEveryMs = defaultPushEveryMs,
      longestMs = defaultLongestMs,
    } = options;
    const node = await GameNode.open([serviceOf(write, longestMs)], {
      name,
      role: "chaos",
      gates,
      link: { heartbeatMs },
      linkTrust,
    });
    await node.linked();
    return new ChaosNode(node, write, pushEveryMs);
  }

  /** Stops the pushes. Returns the streams of sessions and links that live, with the number of the last push of each. */
  quiet(): [string, number][] {
    clearInterval(this.#timer);
    return [...this.#players(), ...this.#links()].flatMap((of) => {
      const stream = this.#streams.get(of);
      return stream === undefined ? [] : [[stream.name, stream.count]];
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.node.close({ graceMs: 0 });
  }

  #players(): Session[] {
    return this.node.sessions().filter(({ userId, ended }) => userId !== 0n && !ended);
  }

  #links(): object[] {
    return this.node.liveGates().map(({ link }) => link);
  }

  #pushAll(): void {
    for (const session of this.#players()) {
      const stream = this.#next(session);
      const number = stream.count;
      this.#write(`push ${stream.name} ${session.userId} ${number}`);
      session.pushBytes(pushEntries.counted.id, bytesOf(`${stream.name} ${number}`));
      session.pushBytes(pushEntries.latest.id, bytesOf(`${number % latestKeys} ${stream.name} ${number}`));
    }
    if (++this.#ticks % groupEvery !== 0) return;
    // A round has one gate.
    for (const link of this.#links()) {
      const { name, count } = this.#next(link);
      this.node.group(groupName).pushBytes(pushEntries.toGroup.id, bytesOf(`${name} ${count}`));
    }
  }

  /** Returns the stream of a session or link, with the number of its next push. */
  #next(of: object): Stream {
    let stream = this.#streams.get(of);
    if (stream === undefined) {
      stream = { name: `${this.#boot}.${++this.#streamCount}`, count: 0 };
      this.#streams.set(of, stream);
    }
    stream.count++;
    return stream;
  }
}

function serviceOf(write: WriteLine, longestMs: number) {
  const run = (name: string) => async (body: Uint8Array) => {
    const text = new TextDecoder().decode(body);
    const number = Number(text.split(" ")[1]);
    write(`${name} ${text}`);
    if (number % 3 !== 0) await sleep(number % (longestMs + 1));
    if (number % refusedEvery === 0) throw fail("FAILED_PRECONDITION", "refused by the handler");
    return body;
  };
  const commands: Record<string, CommandDescriptor<unknown, unknown>> = {};
  for (const [key, { id, name, timeoutMs, lane, kind, idempotent }] of Object.entries(entries)) {
    const reply = kind === "notify" ? undefined : raw;
    commands[key] = { id, name, request: raw, reply, timeoutMs, lane, heavy: false, idempotent };
  }
  const service = defineService<object>({
    name: "chaos.Chaos",
    role: "chaos",
    audience: "clients",
    commands,
    methods: {},
  });
  return service.implement({
    async login(body: Uint8Array, { session }: CommandContext) {
      await session.bind(BigInt(new TextDecoder().decode(body)));
      session.join(groupName);
      return body;
    },
    turn: run("turn"),
    free: run("free"),
    look: run("look"),
    note: (body: Uint8Array) => write(`note ${new TextDecoder().decode(body)}`),
  });
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Fingerprint of the schema, for both sides. */
export const schema = protocol.fingerprint;
