import { describe, expect, test } from "vitest";
import { callRule } from "../../../clients/typescript/src/call-descriptors.ts";
import { resolved } from "../../../clients/typescript/src/check-options.ts";
import { connect } from "../../../clients/typescript/src/index.ts";
import { dial } from "../../../clients/typescript/src/node/dial-tcp.ts";
import { connect as connectNode } from "../../../clients/typescript/src/node/index.ts";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { Gate } from "../../../runtime/gate/gate.ts";
import { gateCloseRule, resolveGateLimits } from "../../../runtime/gate/gate-options.ts";
import { checkOptions } from "../../../runtime/options/option-resolver.ts";
import { mysqlUrlFault, redisUrlFault } from "../../../runtime/options/url-rules.ts";
import { resolveTopology } from "../../../runtime/process/topology/resolve-topology.ts";
import { openDatabases } from "../../../runtime/tables/databases/open-databases.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import { sampleProtocol } from "../process/protocol-sample.ts";

const url = "mysql://root:hunter2@db.example/game";
const short = "redis://:hunter2@db.example";
const protocol = sampleProtocol(["scene"]);

/** Message of the INVALID_ARGUMENT error of a call; any other error is thrown. */
async function refusal(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (isPhotinusError(error) && error.code === "INVALID_ARGUMENT") return error.message;
    throw error;
  }
  return "it was not refused";
}

function ofData(data: unknown): () => unknown {
  const gates = [{ name: "gate-1", listen: { port: 0 } }];
  const nodes = [{ role: "scene", module: () => [] }];
  const topology = { protocol, gates, nodes, data } as never;
  return () => resolveTopology(topology, { source: "topology", directory: "." });
}

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const throwing = {
  get timeoutMs(): number {
    throw new Error("getter");
  },
};

describe("no error of options prints a password", () => {
  test.each<[string, () => unknown]>([
    ["a URL as database", ofData({ mysql: url })],
    ["a URL as Redis", ofData({ redis: short })],
    ["a URL as list of replicas", ofData({ mysql: { url, replicas: url } })],
    ["a URL as named database", ofData({ databases: { shop: url } })],
    ["a URL as prefix", ofData({ redis: { prefix: short } })],
    ["a URL as number", ofData({ redis: { shards: short } })],
    ["a URL as option name", ofData({ [url]: 1 })],
    ["a URL as database name", ofData({ databases: { [url]: {} } })],
    ["a URL whose end is cut", ofData({ mysql: `mysql://root:${"hunter2".repeat(20)}@h/d` })],
    [
      "a URL as list, of a store",
      () => CachedStore.open({ mysqlUrl: url, redisUrl: short, replicaUrls: url } as never),
    ],
    [
      "a URL in a Map",
      () => openDatabases({ redisUrl: short, databases: new Map([["main", url]]) } as never),
    ],
    [
      "a URL as key of a Map",
      () => openDatabases({ redisUrl: short, databases: new Map([[url, 5]]) } as never),
    ],
  ])("%s", async (_what, call) => {
    const message = await refusal(call);
    expect(message).not.toBe("it was not refused");
    expect(message).not.toContain("hunter2");
  });
});

test("the client prints no ticket, no function and no query or password of an address", async () => {
  expect(await refusal(() => connect("ws://h", { ticket: ["hunter2"] as never }))).toContain(
    "ticket: found object; expected bytes, text or a function",
  );
  expect(await refusal(() => connect("ws://h", { client: (() => "hunter2") as never }))).not.toContain(
    "hunter2",
  );
  for (const address of [
    "ws://u:hunter2@127.0.0.1:1/a?b=c",
    "ws://127.0.0.1:1/?token=hunter2",
    "ws://127.0.0.1:1/?t=hunter2@hunter2",
  ]) {
    const error = await connect(address).catch(String);
    expect(error).toContain("ws://127.0.0.1:1/");
    expect(error).not.toContain("hunter2");
  }
  const options = { clock: systemClock, signal: new AbortController().signal };
  expect(await refusal(() => dial("tcp://u:hunter2@h?token=hunter2", options))).not.toContain("hunter2");
});

test("a URL with a % that encodes nothing is refused, and the error asks for %25", () => {
  expect(redisUrlFault("redis://:100%@h")?.remedy).toContain("%25");
  expect(mysqlUrlFault("mysql://root:100%@h/db")?.remedy).toContain("%25");
  expect(mysqlUrlFault("mysql://root@h/d%b")?.remedy).toContain("%25");
  expect(redisUrlFault("redis://:100%25@h")).toBeUndefined();
});

test.each([5n, Symbol("s"), Object.create(null), "9"])(
  "options are compared only when each was accepted: %#",
  async (wrong) => {
    for (const name of ["softBufferBytes", "hardBufferBytes", "maxServerFrameBytes"]) {
      const message = await refusal(() => resolveGateLimits({ [name]: wrong }));
      expect(message.split("\n")).toEqual([expect.stringContaining(`${name}: found `)]);
    }
  },
);

describe("what is no object of options is refused", () => {
  test.each<[string, unknown]>([
    ["null", null],
    ["a number", 5],
    ["a list", []],
    ["a function", () => 1],
    ["a Map", new Map([["timeoutMs", 1]])],
    ["a Date", new Date(0)],
    ["a revoked Proxy", revoked()],
  ])("%s", async (_what, options) => {
    const calls = [
      () => connect("ws://127.0.0.1:1", options as never),
      () => connectNode("ws://127.0.0.1:1", options as never),
      () => resolved(callRule, options),
      () => checkOptions("call", callRule, options as never),
      () => new Gate({ name: "gate-1", protocol, limits: options as never }),
      () => resolveGateLimits(options as never),
    ];
    for (const call of calls) expect(await refusal(call)).toContain("; expected ");
  });
});

test.each([
  { timeoutMs: Object.create(null) },
  { signal: { aborted: false } },
  { signal: revoked() },
  throwing,
])("an option that cannot be read or used is refused: %#", async (options) => {
  expect(await refusal(() => resolved(callRule, options))).toContain("; expected ");
  expect(await refusal(() => checkOptions("call", callRule, options))).toContain("; expected ");
});

test("an unknown name is escaped and cut", async () => {
  for (const name of ["a\u001b[31m\u009b", "a\u202e\n", `a${"b".repeat(1 << 20)}`]) {
    for (const call of [
      () => checkOptions("call", gateCloseRule, { [name]: 1 }),
      () => resolved(callRule, { [name]: 1 }),
      ofData({ [name]: 1 }),
    ]) {
      const message = await refusal(call);
      expect(message).toContain("unknown option");
      expect(message.length).toBeLessThan(500);
      expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  }
});
