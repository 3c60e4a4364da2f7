import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { FakeClock } from "../../../../runtime/clock/fake-clock.ts";
import { ServerLife } from "../../../../runtime/tables/redis/server-life.ts";

class Server extends EventEmitter {
  status = "ready";
  life = "a".repeat(40);
  readonly answers: (() => void)[] = [];

  info(): Promise<string> {
    const text = `# Replication\r\nrole:master\r\nmaster_replid:${this.life}\r\n`;
    return new Promise((resolve) => this.answers.push(() => resolve(text)));
  }

  async answer(): Promise<void> {
    for (const answer of this.answers.splice(0)) answer();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function world() {
  const [server, clock] = [new Server(), new FakeClock()];
  return { server, clock, life: new ServerLife(server, clock) };
}

test("a life counts for 100 ms from the question on, and is asked for again by use", async () => {
  const { server, clock, life } = world();
  expect(life.get()).toBe("");
  clock.advance(60);
  await server.answer();
  expect(life.get()).toBe("a".repeat(16));
  clock.advance(40);
  expect(life.get()).toBe("a".repeat(16));
  clock.advance(1);
  expect(life.get()).toBe("");
  await server.answer();
  expect(life.get()).toBe("a".repeat(16));
  expect(server.answers).toHaveLength(0);
});

test("a connection that ends takes the life with it, and the answer to a question on it", async () => {
  const { server, life } = world();
  life.get();
  await server.answer();
  expect(life.get()).toBe("a".repeat(16));
  server.emit("close");
  expect(life.get()).toBe("");
  server.emit("close");
  server.life = "b".repeat(40);
  await server.answer();
  expect(life.get()).toBe("");
  await server.answer();
  expect(life.get()).toBe("b".repeat(16));
});
