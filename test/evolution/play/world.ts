import { type Connection, zlib } from "@photinus/client/node";
import { propertyName } from "../../../codegen/typescript/naming.ts";
import type { CallContext } from "../../../runtime/api/handler-context.ts";
import type { ServiceImplementation } from "../../../runtime/api/service.ts";
import type { Clock } from "../../../runtime/clock/clock.ts";
import type { Authenticator } from "../../../runtime/gate/auth/authenticator.ts";
import { Gate } from "../../../runtime/gate/gate.ts";
import type { GateLimits } from "../../../runtime/gate/gate-options.ts";
import { heavy } from "../../../runtime/node/heavy/heavy.ts";
import { GameNode } from "../../../runtime/node/node.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import type { Command, Method, Service } from "../../../schema/model.ts";
import { servicesOf } from "./lookup.ts";
import { type Body, sampleCount, sampleOf } from "./samples.ts";
import type { Side } from "./sides.ts";

/** Longest wait for something that should arrive, in ms. */
const patienceMs = 1_500;

/** Request that reached a handler. */
export interface Arrival {
  readonly call: Command | Method;
  readonly node: string;
  readonly body: Body;
}

/** Answers a request instead of the echo. */
export type Act = (arrival: Arrival, context: CallContext) => unknown;

/** Options of {@link World.open}. */
export interface WorldOptions {
  readonly limits?: GateLimits;
  /** Clock of the gate. Default: the system clock. */
  readonly clock?: Clock;
  /** Names of the nodes of each role. Default: one node that has the role's name. */
  readonly names?: readonly string[];
  /** Release of the nodes. Default: unknown. */
  readonly release?: number;
}

/** Users of the player: the ticket is the auth level. */
const authenticator: Authenticator = {
  judge: async (ticket) => ({
    userId: 1n,
    auth: Buffer.from(ticket).toString() === "admin" ? "admin" : "user",
    issuedAtMs: Date.now(),
    expiresAtMs: Number.POSITIVE_INFINITY,
    ticketId: "",
  }),
};

/** A gate with the table of one release, and nodes of the same or another one, in this process. */
export class World {
  readonly gate: Gate;
  readonly nodes: GameNode[] = [];
  /** Requests that handlers got, in order. */
  readonly arrivals: Arrival[] = [];
  /** Errors of clients that no caller got. */
  readonly errors: unknown[] = [];
  /** Turn of the sample with which handlers answer. */
  turn = 0;
  /** Answers instead of the samples. */
  act: Act | undefined;
  readonly #side: Side;
  readonly #release: number;
  readonly #stops: (() => unknown)[] = [];

  private constructor(gate: Gate, side: Side, release: number) {
    this.gate = gate;
    this.#side = side;
    this.#release = release;
  }

  /** Opens a gate with the table of one side, and a node for each role of the other side. */
  static async open(gateSide: Side, nodeSide: Side, options: WorldOptions = {}): Promise<World> {
    const { limits = {}, names, clock, release = 0 } = options;
    const { protocol } = gateSide;
    const auth = { authenticator, guests: true };
    const gate = await Gate.open({
      name: "gate",
      protocol,
      auth,
      logins: { count: 1_000 },
      limits,
      compression: true,
      ...(clock !== undefined && { clock }),
    });
    const world = new World(gate, nodeSide, release);
    const roles = [...new Set(servicesOf(nodeSide.schema).map(({ role }) => role))];
    for (const role of roles) {
      const own = [...(names ?? []), ...fixedNodes(role, gateSide, nodeSide)];
      for (const name of own.length === 0
        ? [role]
        : new Set(own.map((one) => (role === roles[0] ? one : `${role}-${one}`))))
        await world.node(name, role, await world.#services(role, name));
    }
    return world;
  }

  /** Opens a node and waits for its link. */
  async node(name: string, role: string, services: readonly ServiceImplementation[]): Promise<GameNode> {
    const schema = this.#side.protocol.fingerprint;
    const [gates, release] = [[this.gate.linkAddress!], this.#release];
    const node = await GameNode.open([...services], { name, role, gates, schema, release });
    this.nodes.push(node);
    this.#stops.push(() => node.close({ graceMs: 0 }));
    await within(node.linked());
    return node;
  }

  /** Connects the generated client of a side over memory. Without a ticket the session is a guest. */
  async client(
    side: Side,
    ticket?: "user" | "admin",
    hold?: (transport: Transport) => void,
  ): Promise<Connection> {
    const connection = await side.connect("ws://evolution/", {
      ...(ticket !== undefined && { ticket }),
      dial: async () => {
        const [here, there] = memoryPair();
        this.gate.acceptClient(there);
        hold?.(here);
        return here;
      },
      reconnect: false,
      compression: zlib(),
      onError: (error) => this.errors.push(error),
    });
    this.#stops.push(() => connection.close());
    return connection;
  }

  /** Ends a node as a killed process does: its links are cut without a word. */
  kill(name: string): void {
    const node = this.nodes.find((one) => one.name === name);
    for (const { link } of node?.liveGates() ?? []) link.destroy("killed");
    void node?.close({ graceMs: 0 });
  }

  /** Waits until a handler has got a request; undefined when none arrives. */
  async arrival(): Promise<Arrival | undefined> {
    await until(() => this.arrivals.length > 0);
    return this.arrivals.shift();
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop();
    await this.gate.close({ graceMs: 0 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Services of a role, with handlers that record requests and answer with samples. */
  async #services(role: string, node: string): Promise<ServiceImplementation[]> {
    const made: ServiceImplementation[] = [];
    for (const service of servicesOf(this.#side.schema)) {
      if (service.role !== role || service.commands.length + service.methods.length === 0) continue;
      const { implement } = await this.#side.server(service);
      made.push((implement as (handlers: object) => ServiceImplementation)(this.#handlers(service, node)));
    }
    return made;
  }

  #handlers(service: Service, node: string): object {
    const calls: (Command | Method)[] = [...service.commands, ...service.methods];
    return Object.fromEntries(calls.map((call) => [propertyName(call.name), this.#handler(call, node)]));
  }

  #handler(call: Command | Method, node: string): unknown {
    if (call.heavy) {
      const channel = new BroadcastChannel("photinus-evolution");
      channel.onmessage = ({ data }) => this.arrivals.push({ call, node, body: data as Body });
      this.#stops.push(() => channel.close());
      return heavy(new URL("./heavy-echo.ts", import.meta.url));
    }
    return (body: Body, context: CallContext) => {
      const arrival = { call, node, body };
      this.arrivals.push(arrival);
      if (this.act !== undefined) return this.act(arrival, context);
      return this.reply(call);
    };
  }

  /** Answer of this turn, in the form of the node's schema; undefined for a call without a reply. */
  reply(call: Command | Method): Body | undefined {
    const turn = call.heavy ? sampleCount - 1 : this.turn;
    return call.reply && sampleOf(this.#side.schema, call.reply, turn);
  }
}

/** Names of nodes to which the routes of a role lead. */
function fixedNodes(role: string, ...sides: readonly Side[]): string[] {
  return sides.flatMap(({ protocol: { commands, methods } }) =>
    [...commands, ...methods].flatMap((entry) =>
      entry.role === role && entry.route.kind === "node" ? [entry.route.node] : [],
    ),
  );
}

/** Rejects when a promise takes too long. */
export async function within<T>(promise: Promise<T>, ms = patienceMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing happened within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Waits for a condition that no event announces, for at most `ms`. */
export async function until(condition: () => boolean, ms = patienceMs): Promise<boolean> {
  const end = performance.now() + ms;
  while (!condition() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
  return condition();
}
