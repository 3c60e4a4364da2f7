import { describe, expect, test } from "vitest";
import { resolveTopology } from "../../../runtime/process/topology/resolve-topology.ts";
import { sampleProtocol } from "./protocol-sample.ts";

const jwt = { keyFile: "keys/login.pem", audience: "game", issuer: "login" };

/** Resolves a topology with one gate of these options. */
function resolved(gate: object, nodes: readonly object[] = [{ role: "scene", module: [] }]) {
  const listen = { host: "127.0.0.1", port: 7000 };
  const gates = [{ name: "gate-1", listen, ...gate }];
  const topology = { protocol: sampleProtocol(["scene"]), gates, nodes };
  return resolveTopology(topology, { source: "photinus.config.ts", directory: "/game" });
}

const open = { listen: { host: "0.0.0.0", port: 7000 } };

describe("a gate that other machines reach", () => {
  test("gets a warning when it names no way of judging tickets, and one when its default is another one", async () => {
    const { gates, warnings } = await resolved(open);
    expect(gates[0]).toMatchObject({ classic: false, auth: undefined });
    expect(warnings).toEqual([
      "photinus.config.ts: gates[0].classic: classic connections are off by default on 0.0.0.0: they carry no ticket; " +
        "set classic to false, or to true for gfirefly clients [classic-off]",
      "photinus.config.ts: gates[0].auth: clients of other machines can enter on 0.0.0.0 without a ticket; " +
        'set auth: { jwt: { ... } } or auth: { role: "..." }, or auth: "none" where that is meant [auth-missing]',
    ]);
  });

  test("gets none when it says what it wants", async () => {
    for (const auth of ["none", { jwt }, { role: "scene" }]) {
      const { warnings } = await resolved({ ...open, auth, classic: false });
      expect(warnings).toEqual([]);
    }
    expect((await resolved({ ...open, auth: "none", classic: true })).gates[0]!.classic).toBe(true);
  });

  test("is refused when no client could connect", async () => {
    await expect(resolved({ ...open, auth: "none", session: false })).rejects.toThrow(
      /gates\[0\]\.classic: neither/,
    );
  });
});

test("a gate of this machine alone needs no word", async () => {
  const { gates, warnings } = await resolved({});
  expect(gates[0]).toMatchObject({ classic: true, auth: undefined });
  expect(warnings).toEqual([]);
});

test("the key file is relative to the topology", async () => {
  const { gates } = await resolved({ auth: { jwt } });
  expect(gates[0]!.auth).toMatchObject({ jwt: { keyFile: "/game/keys/login.pem" } });
});

test("a role that judges tickets needs a node, and no service", async () => {
  await expect(resolved({ auth: { role: "login" } })).rejects.toThrow(
    /gates\[0\]\.auth\.role: no node has the role "login" that judges tickets/,
  );
  const nodes = [
    { role: "scene", module: [] },
    { role: "login", module: [] },
  ];
  expect((await resolved({ auth: { role: "login" } }, nodes)).warnings).toEqual([]);
});

test.each([
  ["two ways", { jwt, role: "login" }, /gates\[0\]\.auth: found 2 of jwt, role and authenticator/],
  ["no way", {}, /gates\[0\]\.auth: found 0 of jwt, role and authenticator/],
  ["no audience", { jwt: { ...jwt, audience: undefined } }, /gates\[0\]\.auth\.jwt: "audience" is missing/],
  ["an unknown word", "open", /gates\[0\]\.auth/],
  ["a bound of guests that is none", { jwt, guests: { count: -1 } }, /gates\[0\]\.auth\.guests\.count/],
])("%s: refused with its place", async (_name, auth, wanted) => {
  await expect(resolved({ auth })).rejects.toThrow(wanted);
});
