import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import type { Over } from "../game/frames/crowd.ts";
import { ask, Children } from "../harness/children.ts";
import type { Memory } from "../harness/memory.ts";
import { threadsUs } from "../harness/processor.ts";
import type { ClientsAnswer, ClientsQuestion } from "./load.ts";

export type SideName = "game" | "bare";

/** Logins that are under way at a time. */
const lanes = 64;
/** Time for what the clients have sent to be handled. */
const settleMs = 1_000;

/** A server with its clients, each a process of its own. */
export class Side implements AsyncDisposable {
  readonly #children: Children;
  readonly #server: ChildProcess;
  readonly #load: ChildProcess;

  private constructor(children: Children, server: ChildProcess, load: ChildProcess) {
    this.#children = children;
    this.#server = server;
    this.#load = load;
  }

  static async open(name: SideName, over: Over): Promise<Side> {
    const children = new Children();
    const open = <T>(module: string, ...args: (string | number)[]) =>
      children.ready<T>(new URL(module, import.meta.url), ...args);
    const isGame = name === "game";
    const server = isGame
      ? await open<{ port: number; links: number }>("../game/gate.ts")
      : await open<{ port: number; links?: number }>("bare.ts", over);
    const { port, links } = server.first;
    if (links !== undefined) await open("../game/node.ts", links);
    const load = await open("load.ts", name, over, port);
    return new Side(children, server.child, load.child);
  }

  /** Logs in until there are so many clients. Returns how long that took, in ms. */
  async grow(until: number): Promise<number> {
    const { ms } = await ask<ClientsAnswer>(this.#load, { until, lanes } satisfies ClientsQuestion);
    return ms;
  }

  /** All clients leave; the server has no connection afterwards. */
  async clear(): Promise<void> {
    await ask(this.#load, "leave" satisfies ClientsQuestion);
    const left = () => ask<{ connections: number }>(this.#server, "status");
    while ((await left()).connections > 0) await pause(20);
  }

  /** Memory of the server when all clients are idle, and have said what they have received. */
  async memory(): Promise<Memory> {
    await ask(this.#load, "beat" satisfies ClientsQuestion);
    await pause(settleMs);
    return ask<Memory>(this.#server, "memory");
  }

  /** Share of a core that the gate, or the bare server, has over a while. */
  async share(ms: number): Promise<number> {
    const from = performance.now();
    const before = threadsUs([this.#server]);
    await pause(ms);
    const after = threadsUs([this.#server]);
    if (before === undefined || after === undefined) return Number.NaN;
    return (after - before) / 1_000 / (performance.now() - from);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#children.end();
  }
}
