import type { Connection, ConnectOptions } from "@photinus/client";
import type { Line } from "../../generated/client/meadow/chat.messages.ts";
import * as chat from "../../generated/client/meadow/chat.service.ts";
import * as login from "../../generated/client/meadow/login.service.ts";
import type { Firefly as Bug, EnterReply, Position } from "../../generated/client/meadow/meadow.messages.ts";
import * as meadow from "../../generated/client/meadow/meadow.service.ts";
import { connect } from "../../generated/client/node.ts";

/** A player of the example that does what a test tells it, and remembers what it was told. */
export class Firefly {
  readonly connection: Connection;
  readonly name: string;
  /** 0n before it has signed in. */
  id = 0n;
  meadowId = 0;
  /** The node that hosts its meadow. */
  node = "";
  readonly entered: Bug[] = [];
  readonly left: bigint[] = [];
  /** Where others were seen last. */
  readonly seen = new Map<bigint, Position>();
  readonly flashes: bigint[] = [];
  readonly lines: Line[] = [];
  /** Players in all meadows, as it was told last. */
  crowd = 0;
  /** Server processes that were lost, as the server told. */
  readonly lost: string[] = [];
  /** Every state of the connection, from the first change on. */
  readonly states: string[] = [];

  private constructor(connection: Connection, name: string) {
    this.connection = connection;
    this.name = name;
    meadow.onEntered(connection, (bug) => this.entered.push(bug));
    meadow.onLeft(connection, ({ fireflyId }) => this.left.push(fireflyId));
    meadow.onMoved(connection, ({ fireflyId, position }) => position && this.seen.set(fireflyId, position));
    meadow.onFlashed(connection, ({ fireflyId }) => this.flashes.push(fireflyId));
    chat.onSaid(connection, (line) => this.lines.push(line));
    chat.onCrowd(connection, ({ players }) => {
      this.crowd = players;
    });
    connection.onState(({ state, cause, node }) => {
      if (cause === "node-lost") this.lost.push(node);
      else if (node === "") this.states.push(state);
    });
  }

  /** @param url "tcp://host:port" or "ws://host:port" */
  static async connect(url: string, name: string, options: ConnectOptions = {}): Promise<Firefly> {
    return new Firefly(await connect(url, { client: "test", ...options }), name);
  }

  /** Connects, signs in and enters a meadow. */
  static async join(url: string, name: string, meadowId = 1, options?: ConnectOptions): Promise<Firefly> {
    const firefly = await Firefly.connect(url, name, options);
    await firefly.signIn();
    await firefly.enter(meadowId);
    return firefly;
  }

  async signIn(): Promise<void> {
    const { playerId } = await login.signIn(this.connection, { name: this.name, hue: 90 });
    this.id = playerId;
  }

  async enter(meadowId: number): Promise<EnterReply> {
    const reply = await meadow.enter(this.connection, { meadowId });
    this.meadowId = meadowId;
    this.node = reply.node;
    for (const { id, position } of reply.fireflies) if (position) this.seen.set(id, position);
    return reply;
  }

  move(x: number, y: number): void {
    meadow.move(this.connection, { meadowId: this.meadowId, position: { x, y } });
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

/** The code of the error that a call fails with; "none" when it does not fail. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "none";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}
