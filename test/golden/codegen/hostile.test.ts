import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { generate } from "../../../codegen/generate.ts";
import { loadSchema } from "../../../codegen/load/load.ts";
import { checksOf, defaultsOf } from "../../../codegen/target.ts";
import { builtInTargets } from "../../../codegen/targets.ts";
import { planOutput } from "../../../codegen/write/plan.ts";
import { decode, encode, type MessageType } from "../../../runtime/wire/codec/codec-runtime.ts";
import * as client from "./fixtures/hostile/generated/client/hostile/hostile.service.ts";
import * as clientMessages from "./fixtures/hostile/generated/client/hostile.messages.ts";
import * as otherClient from "./fixtures/hostile/generated/client/other/hostile.service.ts";
import * as server from "./fixtures/hostile/generated/server/hostile/hostile.service.ts";
import * as pushes from "./fixtures/hostile/generated/server/hostile/http-desk-v2.service.ts";
import * as protocolService from "./fixtures/hostile/generated/server/hostile/protocol.service.ts";
import * as messages from "./fixtures/hostile/generated/server/hostile.messages.ts";
import * as keywords from "./fixtures/hostile/generated/server/keywords.messages.ts";
import type * as nested from "./fixtures/hostile/generated/server/nested.messages.ts";
import * as otherServer from "./fixtures/hostile/generated/server/other/hostile.service.ts";

const targets = defaultsOf(builtInTargets);
const folder = fileURLToPath(new URL("./fixtures/hostile", import.meta.url));

/** The types of the generated code are checked with the whole tree's: it is part of the compiler's project. */
describe("a schema full of hostile names", () => {
  it("is written as it was before (else: photinus codegen --schema and --out of the fixture)", async () => {
    const { schema, diagnostics } = await loadSchema({
      root: `${folder}/schema`,
      checks: checksOf(targets),
    });
    expect(diagnostics).toEqual([]);
    if (!schema) throw new Error("no schema");
    const names = targets.map(({ name }) => name);
    const plan = await planOutput(`${folder}/generated`, generate(schema, targets), names);
    expect(plan.unchanged.length).toBeGreaterThan(15);
    expect(plan).toMatchObject({ stale: [], missing: [], orphaned: [], foreign: [] });
  });

  it("every message round-trips empty, on both sides", () => {
    const exported: unknown[] = [...Object.values(messages), ...Object.values(clientMessages)];
    const all = exported.filter(isMessageType);
    expect(all.length).toBeGreaterThan(70);
    for (const type of all) expect(decode(type, encode(type, type.create()))).toEqual(type.create());
  });

  it("values round-trip under names that objects inherit", () => {
    const value: messages.Object$ = {
      constructor$: "a",
      __proto__$: "b",
      then$: "c",
      hasOwnProperty$: -4,
      toString$: true,
      valueOf$: new Uint8Array([1, 2]),
      toJSON$: 7n,
    };
    expect(decode(messages.Object$, encode(messages.Object$, value))).toEqual(value);
    expect(messages.Object$.create({}).constructor$).toBe("");
  });

  it("trees, oneofs, maps of themselves and aliased enums round-trip", () => {
    const leaf = { colour: messages.Tree_Leaf_Colour.constructor, colours: [2, 3, 4] } as const;
    const tree = messages.Tree.create({
      children: [messages.Tree.create({ case: { case: "then$", value: 3 } })],
      leaf: { ...leaf, colours: [...leaf.colours] },
    });
    expect(decode(messages.Tree, encode(messages.Tree, tree))).toEqual(tree);
    const map = messages.Map$.create({ map: new Map([["__proto__", messages.Map$.create()]]) });
    expect(decode(messages.Map$, encode(messages.Map$, map))).toEqual(map);
    const step = messages.Step.create({ aliased: messages.Aliased.NOUGHT, other: { id: -1n } });
    expect(decode(messages.Step, encode(messages.Step, step))).toEqual(step);
  });

  it("words that begin a type in TypeScript name messages that round-trip", () => {
    const { readonly$, keyof$, infer$, unique$ } = keywords;
    const types: readonly MessageType<unknown>[] = [readonly$, keyof$, infer$, unique$].filter(isMessageType);
    expect(types).toHaveLength(4);
    for (const type of types) {
      const value = { ...Object(type.create()), more: [type.create()] };
      expect(decode(type, encode(type, value))).toEqual(value);
    }
  });

  it("oneofs that are called like what objects inherit round-trip", () => {
    const value: keywords.Oneofs = {
      __proto__$: { case: "constructor$", value: "a" },
      hasOwnProperty$: { case: "then$", value: 5 },
    };
    expect(decode(keywords.Oneofs, encode(keywords.Oneofs, value))).toEqual(value);
  });

  it("a nested message keeps its flat name beside a message of another file that is called so", () => {
    const child: keywords.Parent_Child = { nested: 1 };
    const other: nested.Parent_Child = { top: 2 };
    const value = keywords.Parent.create({ child, other: [other] });
    expect(decode(keywords.Parent, encode(keywords.Parent, value))).toEqual(value);
  });

  it("a service's functions are called by their own rpc alone, with a $ where one of another kind could be meant", () => {
    expect(Object.keys(client)).toEqual(
      expect.arrayContaining([
        "onTarget",
        "onTarget$",
        "on",
        "on_2$",
        "void$",
        "import$",
        "request",
        "implement",
      ]),
    );
    expect(Object.keys(protocolService)).toEqual(
      expect.arrayContaining(["implement", "implement$", "pushTarget$", "service", "require$", "caller"]),
    );
    expect(Object.keys(server).sort()).toEqual(["implement", "pushMessage", "pushOpaque", "pushTarget"]);
    expect(Object.keys(pushes).sort()).toEqual(["pushTarget", "push_2"]);
  });

  it("services of one name in two packages have functions of one name", () => {
    expect(otherServer.implement).not.toBe(server.implement);
    expect(otherClient.onTarget).not.toBe(client.onTarget);
  });

  it("no module can be taken for a promise", () => {
    expect(Object.keys(client)).not.toContain("then");
    expect(Object.keys(protocolService)).not.toContain("then");
  });

  it("messages that only nodes know stay out of the client", () => {
    expect(Object.keys(messages)).toContain("sendPush");
    expect(Object.keys(clientMessages)).not.toContain("sendPush");
  });
});

function isMessageType(value: unknown): value is MessageType<unknown> {
  return typeof value === "object" && value !== null && "create" in value && "read" in value;
}
