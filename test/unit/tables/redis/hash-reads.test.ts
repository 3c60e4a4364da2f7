import { expect, test } from "vitest";
import { HashReads } from "../../../../runtime/tables/redis/hash-reads.ts";

const most = 4;

/** Reads whose answers wait for the test. */
function world() {
  const asked: { key: string; answer: (error?: Error) => void }[] = [];
  const reads = new HashReads((key) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Buffer[]>();
    const answer = (error?: Error) => (error ? reject(error) : resolve([Buffer.from(String(key))]));
    asked.push({ key: String(key), answer });
    return promise;
  }, most);
  const read = (keys: readonly string[]) => reads.read(keys, ([text]) => String(text));
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { asked, read, settled };
}

const many = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name} ${at}`);

test("answers come in the order of the keys, whatever order they arrive in", async () => {
  const { asked, read } = world();
  const values = read(["a", "b", "c"]);
  for (const { answer } of [...asked].reverse()) answer();
  expect(await values).toEqual(["a", "b", "c"]);
  expect(await read([])).toEqual([]);
});

test("only so many hashes are read at a time, and the next as soon as one is there", async () => {
  const { asked, read, settled } = world();
  const values = read(many("row", 50));
  for (let answered = 0; answered < 50; answered++) {
    expect(asked.length).toBe(Math.min(50, answered + most));
    asked[answered]!.answer();
    await settled();
  }
  expect(await values).toEqual(many("row", 50));
});

test("who reads one row does not wait for who reads thousands", async () => {
  const { asked, read, settled } = world();
  void read(many("row", 10_000));
  const one = read(["one"]);
  let read1 = false;
  void one.then(() => {
    read1 = true;
  });
  for (let answered = 0; !read1; answered++) {
    expect(answered).toBeLessThan(3 * most);
    asked[answered]!.answer();
    await settled();
  }
  expect(await one).toEqual(["one"]);
});

test("a caller whose read fails is told at once, asks for no more, and holds up nobody", async () => {
  const { asked, read, settled } = world();
  const failing = read(many("row", 10_000)).catch((error: Error) => error.message);
  const other = read(many("other", 10));
  asked[1]!.answer(new Error("away"));
  expect(await failing).toBe("away");
  for (let at = 0; at < asked.length; at++) {
    if (at !== 1) asked[at]!.answer();
    await settled();
  }
  expect(await other).toEqual(many("other", 10));
  expect(asked.filter(({ key }) => key.startsWith("row")).length).toBeLessThan(3 * most);
});
