import { expect, test } from "vitest";
import { systemClock } from "../../../../runtime/clock/clock.ts";
import { TableHandle } from "../../../../runtime/tables/handle/table-handle.ts";
import { EmbeddedStore } from "../../../../runtime/tables/sqlite/embedded-store.ts";
import { Tables } from "../../../../runtime/tables/tables.ts";
import { fail, isPhotinusError } from "../../../../schema/errors.ts";
import { heroTable } from "../../../conformance/tables/fixtures/server/tables.tables.ts";

/** A store that fails whatever is asked, some time after it was asked, each time with an error of its own. */
function failing() {
  const inner = new EmbeddedStore({ file: ":memory:" });
  const later = () =>
    new Promise<never>((_, reject) => setTimeout(() => reject(fail("UNAVAILABLE", "it is away")), 1));
  return new Proxy(inner, {
    get: (store, name) => {
      const value: unknown = Reflect.get(store, name, store);
      return typeof value === "function" && name !== "close" ? later : value;
    },
  });
}

function heroesOf(callStacks: boolean) {
  const store = failing();
  return new Tables(() => store, systemClock, store, callStacks).table(heroTable);
}

type Heroes = ReturnType<typeof heroesOf>;

/** Each method of a handle, called without an await, as in code that forgot it. */
const calls: Readonly<Record<string, (heroes: Heroes) => Promise<unknown>>> = {
  get: (heroes) => heroes.get(1n),
  getMany: (heroes) => heroes.getMany([1n, 2n]),
  exists: (heroes) => heroes.exists(1n),
  load: (heroes) => heroes.load(1n),
  loadMany: (heroes) => heroes.loadMany([1n]),
  create: (heroes) => heroes.create({ name: "Ada" }),
  getOrCreate: (heroes) => heroes.getOrCreate({ id: 1n, name: "Ada" }),
  patch: (heroes) => heroes.patch(1n, { level: 2 }),
  update: (heroes) => heroes.update(1n, () => ({ level: 2 })),
  increment: (heroes) => heroes.increment(1n, "gold", 1n),
  delete: (heroes) => heroes.delete(1n),
  keysBy: (heroes) => heroes.keysBy("guild", 1n),
  rowsBy: (heroes) => heroes.rowsBy("guild", 1n),
  warm: (heroes) => heroes.warm([1n]),
  touch: (heroes) => heroes.touch(1n),
};

test("every method of a handle that gives a promise is among those tried here", () => {
  const { constructor: _made, ...methods } = Object.getOwnPropertyDescriptors(TableHandle.prototype);
  // A stream is read where it is asked for, and what it traces with gives back what it was given.
  expect(Object.keys(methods).sort()).toEqual([...Object.keys(calls), "stream", "traced"].sort());
});

async function errorOf(call: Promise<unknown>): Promise<Error> {
  const error = await call.catch((caught: unknown) => caught);
  return isPhotinusError(error) ? error : expect.fail(String(error));
}

test.each(Object.keys(calls))(
  "the error of %s has the stack of whoever called, though nobody awaits it there",
  async (name) => {
    const { stack = "", message } = await errorOf(calls[name]!(heroesOf(true)));
    expect(message).toContain("UNAVAILABLE: it is away");
    const [first = "", place] = stack.split("\n");
    expect(first).toContain(message);
    expect(place).toContain("traced-handle.test.ts");
  },
);

test("the error of an entity's save and reload has the stack of whoever called", async () => {
  const store = new EmbeddedStore({ file: ":memory:" });
  const heroes = new Tables(() => store, systemClock, store, true).table(heroTable);
  const { id } = await heroes.create({ name: "Ada" });
  const hero = (await heroes.load(id))!;
  await heroes.delete(id);
  hero.level = 7;
  for (const call of [() => hero.save(), () => hero.reload()]) {
    expect((await errorOf(call())).stack?.split("\n")[1]).toContain("traced-handle.test.ts");
  }
  await store.close();
});

test("the code, the outcome and the cause of an error stay", async () => {
  const plain = await errorOf(calls["patch"]!(heroesOf(false)));
  const { code, outcome, retryAfterMs, call } = plain as Error & Record<string, unknown>;
  const traced = await errorOf(calls["patch"]!(heroesOf(true)));
  expect(traced).toMatchObject({ code, outcome, retryAfterMs, message: plain.message });
  expect(call).toBeUndefined();
  expect(plain.stack?.split("\n")[1]).not.toContain("traced-handle.test.ts");
});
