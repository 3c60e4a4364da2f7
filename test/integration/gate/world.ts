import { afterEach } from "vitest";
import { Gate } from "../../../runtime/gate/gate.ts";
import type { GateOptions } from "../../../runtime/gate/gate-options.ts";
import { GameNode } from "../../../runtime/node/node.ts";
import type { GameNodeOptions, GateAddress } from "../../../runtime/node/node-options.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { RawClient } from "./raw-client.ts";
import { type CommandHandlers, type MethodHandlers, protocol, serve } from "./schema.ts";

type Stop = () => Promise<unknown> | unknown;

/** Gates, nodes and clients of one test, over real sockets in this process; all are gone at its end. */
export class World {
  readonly #stops: Stop[] = [];
  readonly gates: Gate[] = [];

  async gate(options: Partial<GateOptions> = {}): Promise<Gate> {
    const gate = await Gate.open({ name: `gate-${this.gates.length + 1}`, protocol, ...options });
    this.gates.push(gate);
    const peers = this.gates.map(({ name, linkAddress }) => ({ name, ...linkAddress! }));
    for (const one of this.gates) one.setPeers(peers);
    this.#stops.push(() => gate.close({ graceMs: 0 }));
    return gate;
  }

  /** Opens a gate that was closed again, in its place. */
  async reopen(former: Gate, options: Partial<GateOptions>): Promise<Gate> {
    const gate = await Gate.open({ name: former.name, protocol, ...options });
    this.gates[this.gates.indexOf(former)] = gate;
    this.#stops.push(() => gate.close({ graceMs: 0 }));
    const peers = this.gates.map(({ name, linkAddress }) => ({ name, ...linkAddress! }));
    gate.setPeers(peers);
    return gate;
  }

  get links(): GateAddress[] {
    return this.gates.map((gate) => gate.linkAddress!);
  }

  /** A node that is linked to all gates so far. */
  async node(
    name: string,
    handlers: CommandHandlers,
    desk: MethodHandlers = {},
    options: Partial<GameNodeOptions> = {},
  ): Promise<GameNode> {
    const role = name.replace(/-\d+$/, "");
    const node = await GameNode.open([serve(role, handlers, desk)], {
      name,
      role,
      gates: this.links,
      ...options,
    });
    this.#stops.push(() => node.close({ graceMs: 0 }));
    await node.linked();
    return node;
  }

  async client(gate: Gate = this.gates[0]!): Promise<RawClient> {
    return (await this.silent(gate)).open();
  }

  /** A client that has not said hello. */
  async silent(gate: Gate = this.gates[0]!): Promise<RawClient> {
    const { host, port } = gate.clientAddress!;
    const client = new RawClient(await dialTcp(host, port));
    this.#stops.push(() => client.transport.destroy());
    return client;
  }

  atEnd(stop: Stop): void {
    this.#stops.push(stop);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop();
    this.gates.length = 0;
  }
}

/** A world for each test of the file. */
export function useWorld(): World {
  const world = new World();
  afterEach(() => world.close());
  return world;
}

/** Ends a node as a killed process does: its links are cut without a word. */
export async function kill(node: GameNode): Promise<void> {
  for (const { link } of node.liveGates()) link.destroy("killed");
  await node.close({ graceMs: 0 });
}

/** Resolves when the condition holds. For conditions that no event announces. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A promise that a handler waits for until the test lets it go. */
export function latch(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}
