import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { delay, root, type Workshop } from "./game.ts";

const schema = JSON.stringify(pathToFileURL(join(root, "test/integration/gate/schema.ts")).href);

/** Node module that writes each request down when its handler begins, as "node text", and answers a little later. */
const module = `
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { methodOf, methods, serve } from ${schema};
const double = methodOf(methods.double);
export default (node) => {
  const begin = (body) =>
    appendFileSync(new URL("ran.txt", import.meta.url), node.name + " " + new TextDecoder().decode(body) + "\\n");
  const run = async (body) => {
    begin(body);
    await sleep(Math.random() * 10);
    return body;
  };
  const call = async (body, ctx) => {
    begin(body);
    return (await ctx.call(double, body)).subarray(0, body.length);
  };
  const commands = { echo: run, sticky: run, hashed: run, look: run, lookSticky: run, lookHashed: run, lookFree: run };
  return node.name.startsWith("probe")
    ? serve("probe", { ...commands, turn: call })
    : serve("other", {}, { double: async (body) => new Uint8Array([...body, ...body]) });
};
`;

/** Timeout of the requests, in ms, at clients and gates. A busy machine may take seconds until a killed node is back. */
export const requestMs = 60_000;

/** How long a node takes requests and answers none before it is killed. Its links stay: they bear more silence than this. */
const frozenMs = 100;

/** A request whose handler has begun. */
export interface Run {
  readonly node: string;
  readonly text: string;
}

/** Gates, and two instances of two roles, in processes of their own. Handlers of "probe" call nodes of "other". */
export class ProbeGame {
  readonly #workshop: Workshop;

  /** @param gates names of the gates */
  constructor(workshop: Workshop, gates: readonly string[] = ["gate"]) {
    this.#workshop = workshop;
    const listed = gates.map((name) => ({ name, listen: { port: 0 }, limits: { guestRate: false } }));
    workshop.write("probe.mjs", module);
    workshop.write("ran.txt", "");
    workshop.write(
      "photinus.config.ts",
      `import { protocol } from ${schema};
       const commands = protocol.commands
         .filter((command) => command.role === "probe")
         .map((command) => ({ ...command, timeoutMs: ${requestMs} }));
       const methods = protocol.methods.map((method) => ({ ...method, name: method.name.replace("Desk", "Probe") }));
       export default {
         protocol: { ...protocol, commands, methods },
         gates: ${JSON.stringify(listed)},
         nodes: [
           { role: "probe", instances: 2, module: "./probe.mjs" },
           { role: "other", instances: 2, module: "./probe.mjs" },
         ],
       };`,
    );
  }

  /** Ports of the gates for clients. */
  async ports(): Promise<number[]> {
    const gates = await this.#gates();
    return gates.map((gate) => (gate["address"] as { port: number }).port);
  }

  /** Sum of a counter of all gates. */
  async count(name: string): Promise<number> {
    const gates = await this.#gates();
    const counts = gates.map((gate) => (gate["counters"] as Record<string, number>)[name] ?? 0);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #gates(): Promise<Readonly<Record<string, unknown>>[]> {
    const { processes } = await this.#workshop.status();
    return processes.flatMap(({ gate }) => (gate === undefined ? [] : [gate]));
  }

  /** The requests that a handler has begun, in the order of their beginnings. */
  ran(): Run[] {
    const lines = readFileSync(join(this.#workshop.folder, "ran.txt"), "utf8").split("\n").slice(0, -1);
    return lines.map((line) => {
      const [node = "", text = ""] = line.split(" ");
      return { node, text };
    });
  }

  /** Ends the process of a node as `kill -9` does, while requests are with it. Resolves when its successor serves. */
  async kill(name: string): Promise<void> {
    const { processes } = await this.#workshop.status();
    const { pid, restarts } = processes.find((unit) => unit.name === name)!;
    if (pid === undefined) throw new Error(`${name} does not run`);
    process.kill(pid, "SIGSTOP");
    await delay(frozenMs);
    process.kill(pid, "SIGKILL");
    await this.#workshop.statusWhere(({ processes: all }) =>
      all.some((unit) => unit.name === name && unit.restarts > restarts && unit.state === "ready"),
    );
  }
}
