import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Player, type Tally } from "../../../examples/meadow/player.ts";
import { meadowIds } from "../../../examples/meadow/rules.ts";
import * as chat from "../../../generated/client/meadow/chat.service.ts";
import { codeOf, Firefly } from "../../setup/firefly.ts";
import { Game } from "../../setup/game.ts";

const soon = { timeout: 20_000, interval: 50 };

let game: Game;
/** What the bots say of requests that failed. */
const complaints: string[] = [];

beforeAll(async () => {
  game = await Game.start();
  vi.spyOn(console, "error").mockImplementation((text: unknown) => void complaints.push(String(text)));
});

afterAll(async () => {
  vi.restoreAllMocks();
  await game?.stop();
  expect(game?.alive ?? []).toEqual([]);
});

/** Everybody is in its meadow, and chat knows. */
async function settled(probes: readonly Firefly[], inEach: number): Promise<void> {
  for (const probe of probes) {
    const count = () => probe.enter(probe.meadowId).then(({ fireflies }) => fireflies.length, String);
    await expect.poll(count, soon).toBe(inEach);
    await expect.poll(() => codeOf(chat.say(probe.connection, { text: "here" })), soon).toBe("none");
  }
}

// Each wait has a bound of its own; there are dozens, and a busy machine takes long for each.
test("while bots play, each node is killed in turn: every request is answered, and no client is dropped", async () => {
  const tally: Tally = { requests: 0, replies: 0, pushes: 0, errors: 0, nodes: new Set() };
  const { tcp, webSocket } = game.gate();
  const players = await Promise.all(
    Array.from({ length: 16 }, (_, i) => Player.join(i % 2 === 0 ? tcp : webSocket, i, tally)),
  );
  const probes = await Promise.all(meadowIds.map((id) => Firefly.join(tcp, `probe ${id}`, id)));
  const over = new AbortController();
  const playing = Promise.all(players.map((player) => player.play(over.signal)));
  await settled(probes, 5);
  for (const node of game.nodes) {
    await game.kill(node);
    await settled(probes, 5);
  }
  // Everybody signed in, entered and went on playing; how fast depends on how fast the killed nodes are back.
  await expect.poll(() => tally.replies, soon).toBeGreaterThan(3 * players.length);
  over.abort();
  // Resolves only when no call waits for an answer.
  await playing;
  const { connections, sessions, inFlight, nodes } = await game.figures("gate-1");
  expect({ connections, sessions, inFlight }).toEqual({ connections: 20, sessions: 20, inFlight: 0 });
  expect((nodes as { state: string }[]).map(({ state }) => state)).toEqual(game.nodes.map(() => "ready"));
  expect(tally.requests).toBe(tally.replies + tally.errors);
  // A node that was killed is a typed error, which says so. A flash that waited for its node is followed too soon by the next one.
  expect(tally.errors).toBe(complaints.length);
  expect(complaints.filter((text) => !/UNAVAILABLE|the light recharges/.test(text))).toEqual([]);
  expect(probes.flatMap(({ states }) => states)).toEqual([]);
  await Promise.all([...players.map((player) => player.leave()), ...probes.map((probe) => probe.close())]);
}, 180_000);
