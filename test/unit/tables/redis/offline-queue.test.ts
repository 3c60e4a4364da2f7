import { expect, test } from "vitest";
import { FakeClock } from "../../../../runtime/clock/fake-clock.ts";
import { OfflineQueue } from "../../../../runtime/tables/redis/offline-queue.ts";

/** What the driver rejects with when it was given a command and had no connection to write it to. */
const notWritten = new Error("Stream isn't writeable and enableOfflineQueue options is false");

/** A client whose commands are settled by the test. */
class Client {
  status = "ready";
  readonly given: { name: string; resolve(reply: string): void; reject(error: Error): void }[] = [];
  readonly #listeners: Record<string, () => void> = {};

  on(event: string, listener: () => void): void {
    this.#listeners[event] = listener;
  }

  become(status: "ready" | "close"): void {
    this.status = status;
    this.#listeners[status]?.();
  }

  send(name: string): Promise<string> {
    return new Promise((resolve, reject) => this.given.push({ name, resolve, reject }));
  }

  get names(): string {
    return this.given.map(({ name }) => name).join(" ");
  }
}

function queueOf(waitMs: number) {
  const client = new Client();
  const clock = new FakeClock();
  const queue = new OfflineQueue<string>(client, clock, waitMs);
  const ends: string[] = [];
  const run = (...names: string[]) => {
    for (const name of names) {
      queue
        .run(() => client.send(name))
        .then(
          (reply) => ends.push(`${name}: ${reply}`),
          (error: Error) => ends.push(`${name}: ${error.name}`),
        );
    }
  };
  return { client, clock, run, ends };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("what the driver gives back late goes before what was asked for after it", async () => {
  const { client, run } = queueOf(100);
  run("a", "b");
  client.become("close");
  run("c");
  for (const { reject } of client.given.splice(0)) reject(notWritten);
  await turn();
  run("d");
  client.become("ready");
  expect(client.names).toBe("a b c d");
});

test("what was sent fails with the driver's error, and is not sent again", async () => {
  const { client, run, ends } = queueOf(100);
  run("a");
  client.become("close");
  client.given.splice(0)[0]!.reject(new TypeError("closed"));
  await turn();
  client.become("ready");
  expect([client.names, ends]).toEqual(["", ["a: TypeError"]]);
});

test("commands wait for a time after the connection has broken, and later ones not at all", async () => {
  const { client, clock, run, ends } = queueOf(100);
  client.become("close");
  clock.advance(60);
  run("a");
  clock.advance(30);
  await turn();
  expect(ends).toEqual([]);
  clock.advance(10);
  await turn();
  expect(ends).toEqual(["a: NotSent"]);
  run("b");
  // Tries to connect that fail are no new break.
  client.become("close");
  run("c");
  await turn();
  expect(ends).toEqual(["a: NotSent", "b: NotSent", "c: NotSent"]);
  client.become("ready");
  run("d");
  expect(client.names).toBe("d");
});

test("a command waits no longer because the connection breaks once more", async () => {
  const { client, clock, run, ends } = queueOf(100);
  client.become("close");
  run("a");
  clock.advance(60);
  client.become("ready");
  client.become("close");
  client.given.splice(0)[0]!.reject(notWritten);
  await turn();
  clock.advance(40);
  await turn();
  expect(ends).toEqual(["a: NotSent"]);
});

test("10,000 commands wait at most", async () => {
  const { client, run, ends } = queueOf(100);
  client.become("close");
  for (let number = 0; number < 10_001; number++) run(String(number));
  await turn();
  expect(ends).toEqual(["10000: NotSent"]);
});
