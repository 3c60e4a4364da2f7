import { expect, test } from "vitest";
import type { ConnectOptions, StateEvent } from "../../../clients/typescript/src/index.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { ask, Note, note, noted, tell } from "./notes.ts";

const greeting = { resumeToken: Uint8Array.of(7, 0, 255), resumeWindowMs: 30_000 };

/** A page with a session: one request is answered, one waits; two pushes and three notifies have passed. */
async function page(options?: ConnectOptions) {
  const server = new FakeServer();
  server.greeting = greeting;
  const connection = await server.connect(options);
  const answered = connection.request(ask, note(1));
  connection.request(ask, note(2)).catch(() => {});
  for (const n of [1, 2, 3]) connection.notify(tell, note(n));
  await settled();
  server.peer.reply(server.peer.of(ask.id)[0]!, Note, note(1));
  for (const n of [1, 2]) server.peer.send(kind.push, noted.id, n, Note, note(n));
  await answered;
  await settled();
  return { server, connection };
}

test("a reloaded page continues the session from the state that it has stored", async () => {
  const { server, connection } = await page();
  const resumeFrom = connection.resumeState();
  expect(JSON.parse(JSON.stringify(resumeFrom))).toBe(resumeFrom);
  server.greeting = { resumeToken: Uint8Array.of(8), resumed: true, lastRequest: 2, notifyCount: 2 };
  const next = await server.connect({ resumeFrom });
  const heard: number[] = [];
  next.onPush(noted, ({ sentMs }) => heard.push(sentMs));
  await settled();
  expect(server.peer.hello).toMatchObject({
    resumeToken: greeting.resumeToken,
    lastPush: 2,
    answerCount: 1,
    canResume: true,
  });
  expect(next.resumed).toBe(true);
  expect(next.counters.get("notifies.lost")).toBe(1);

  // The answer of the former page's request has no caller; numbers go on after that request.
  server.peer.send(kind.reply, ask.id, 2, Note, note(2));
  for (const n of [2, 3]) server.peer.send(kind.push, noted.id, n, Note, note(n));
  const asked = next.request(ask, note(3));
  await settled();
  const [request] = server.peer.of(ask.id);
  expect(request!.sequence).toBe(3);
  server.peer.reply(request!, Note, note(30));
  expect(await asked).toEqual(note(30));
  expect(heard).toEqual([3]);
  expect(next.counters.get("replies.late")).toBe(1);
  expect(next.resumeState()).toBe("3,3,2,8");
});

test("one event says whether the stored session continues, and why not", async () => {
  const { server, connection } = await page();
  const resumeFrom = connection.resumeState();
  const eventsOf = async (welcome: object): Promise<StateEvent[]> => {
    server.greeting = { ...greeting, ...welcome };
    const next = await server.connect({ resumeFrom });
    const events: StateEvent[] = [];
    next.onState((event) => events.push(event));
    await settled();
    return events;
  };
  expect(await eventsOf({ resumed: true, lastRequest: 2, notifyCount: 3 })).toMatchObject([
    { state: "open", cause: "welcome", resumed: true, refusal: "" },
  ]);
  expect(await eventsOf({ refusal: 2 })).toMatchObject([
    { state: "open", cause: "welcome", resumed: false, refusal: "foreign" },
  ]);
});

test("a stored session that is refused leaves a new one, whose numbers and counts begin anew", async () => {
  const { server, connection } = await page();
  server.greeting = { ...greeting, refusal: 1 };
  const next = await server.connect({ resumeFrom: connection.resumeState() });
  expect(next.resumed).toBe(false);
  const heard: number[] = [];
  next.onPush(noted, ({ sentMs }) => heard.push(sentMs));
  server.peer.send(kind.push, noted.id, 1, Note, note(1));
  next.request(ask, note(1)).catch(() => {});
  await settled();
  expect(server.peer.of(ask.id)[0]!.sequence).toBe(1);
  expect(heard).toEqual([1]);
  expect(next.counters.get("notifies.lost")).toBe(0);
});

test("a connection without a session to resume has no state", async () => {
  const server = new FakeServer();
  const connection = await server.connect();
  expect([connection.resumeState(), connection.resumed]).toEqual(["", false]);
  const { server: other, connection: kicked } = await page();
  other.peer.kick({ code: 8, reason: "too slow", reconnect: true });
  await settled();
  expect(kicked.resumeState()).toBe("");
});

test.each(["", "nonsense", "1.5,-3,x,300,-1", ",,,,", "1", "9".repeat(400)])(
  "a state that is damaged begins a new session: %j",
  async (resumeFrom) => {
    const server = new FakeServer();
    server.greeting = greeting;
    const connection = await server.connect({ resumeFrom });
    expect([connection.state, connection.resumed]).toEqual(["open", false]);
  },
);
