import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type InProcess, startInProcess } from "../../../runtime/process/hosting/in-process.ts";
import type { DataTopology } from "../../../runtime/process/topology/topology.ts";
import { type MySql, openMySql } from "../../setup/servers/mariadb.ts";
import { audience, issuer, issuerKey, jwksOf, ticketOf } from "../gate/auth/issuer.ts";
import { telling } from "../gate/auth/plain-tickets.ts";
import { text } from "../gate/raw-client.ts";
import { protocol, serve } from "../gate/schema.ts";
import { eventually, useWorld } from "../gate/world.ts";

const world = useWorld();
const key = issuerKey("a");
const jwt = { keys: jwksOf(key), audience, issuer, once: true };

let mysql: MySql;
beforeAll(async () => {
  mysql = await openMySql();
});
afterAll(() => mysql[Symbol.asyncDispose]());
let running: InProcess | undefined;
afterEach(() => running?.close());

/** Starts two gates and a node over this store. */
async function start(data: DataTopology): Promise<InProcess> {
  const gate = { listen: { port: 0 }, auth: { jwt }, limits: { handshakeMs: 10_000 } };
  running = await startInProcess({
    protocol: {
      ...protocol,
      commands: protocol.commands.filter(({ role }) => role === "probe"),
      methods: [],
    },
    gates: [
      { ...gate, name: "gate-1" },
      { ...gate, name: "gate-2" },
    ],
    nodes: [{ role: "probe", name: "probe-1", module: [serve("probe", telling)] }],
    data,
  });
  const gates = [...running.gates.values()];
  await eventually(() => gates.every((one) => one.status().gates.every(({ linked }) => linked)));
  return running;
}

/** Presents a ticket at a gate; returns "in", or the reason of the kick. */
async function enter(processes: InProcess, gate: string, ticket: string): Promise<string> {
  const client = await (await world.silent(processes.gates.get(gate)!)).open({ ticket: text(ticket) });
  return client.kicked?.reason ?? "in";
}

test.each(["embedded", "MySQL"])(
  "revoked and used tickets stay refused after a restart of everything, in %s",
  async (kind) => {
    const file = join(await mkdtemp(join(tmpdir(), "photinus-tickets-")), "game.sqlite");
    const data: DataTopology =
      kind === "embedded" ? { embedded: { file } } : { mysql: { url: (await mysql.createDatabase()).url } };
    const before = { iat: Math.floor(Date.now() / 1_000) - 5 };
    const used = await ticketOf(key, { sub: "8" });
    const old = await ticketOf(key, before);
    const first = await start(data);
    expect(await enter(first, "gate-1", used)).toBe("in");
    expect(await enter(first, "gate-2", used)).toBe("the ticket was used before");
    await first.nodes.get("probe-1")!.revoke(7n);
    expect(await enter(first, "gate-2", old)).toBe("the ticket was revoked");
    await first.close({ graceMs: 0 });
    const second = await start(data);
    for (const gate of ["gate-1", "gate-2"]) {
      expect(await enter(second, gate, used)).toBe("the ticket was used before");
      expect(await enter(second, gate, old)).toBe("the ticket was revoked");
    }
    expect(await enter(second, "gate-1", await ticketOf(key, { sub: "9" }))).toBe("in");
  },
);
