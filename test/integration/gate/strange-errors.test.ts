import { expect, test } from "vitest";
import { errorCodes, fail } from "../../../schema/errors.ts";
import { Lines } from "../../setup/lines.ts";
import { text } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { useWorld } from "./world.ts";

const world = useWorld();

const trap = () => {
  throw new Error("trap");
};

/** What a handler throws, by what is strange about it. */
const strange: readonly (readonly [string, () => unknown, string])[] = [
  ["a reason that is undefined", () => fail("ABORTED", undefined as never), "ABORTED"],
  ["a reason that is an error", () => fail("ABORTED", new Error("no") as never), "ABORTED"],
  ["a code that is none", () => fail("constructor" as never, "no"), "INTERNAL"],
  ["no reason", () => Object.assign(new Error("no"), { name: "PhotinusError", code: "ABORTED" }), "INTERNAL"],
  ["nothing", () => null, "INTERNAL"],
  ["a symbol", () => Symbol("no"), "INTERNAL"],
  ["a name that is a symbol", () => Object.assign(new Error("no"), { name: Symbol("no") }), "INTERNAL"],
  ["a stack that is a number", () => Object.assign(new Error("no"), { stack: 5 }), "INTERNAL"],
  ["a stack that throws", () => Object.defineProperty(new Error("no"), "stack", { get: trap }), "INTERNAL"],
  ["a trap", () => new Proxy({}, { get: trap, getPrototypeOf: trap }), "INTERNAL"],
];

test.each(
  strange.flatMap(([what, make, code]) => [
    ["at once", what, make, code] as const,
    ["later", what, make, code] as const,
  ]),
)("a handler that throws %s, with %s, is answered, and its lane goes on", async (when, _, make, code) => {
  const log = new Lines();
  await world.gate();
  let calls = 0;
  const throwing = () => {
    if (calls++ > 0) return text("fine");
    if (when === "at once") throw make();
    return Promise.resolve().then(() => {
      throw make();
    });
  };
  await world.node("probe-1", { sticky: throwing }, {}, { log });
  const client = await world.client();
  const [first, second] = await Promise.all([
    client.request(commands.sticky.id, text("")),
    client.request(commands.sticky.id, text("")),
  ]);
  expect(first).toMatchObject({ code: errorCodes[code as "ABORTED"] });
  expect(second).toEqual(text("fine"));
});
