/**
 * Plays one duel as a guest, and prints its course: `node play.ts NAME [URL]`. Waits DUEL_THINK_MS milliseconds before
 * each card; default 800.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { View } from "./generated/client/duel/arena.messages.ts";
import { Outcome, Spell } from "./generated/client/duel/cards.messages.ts";
import type { Ending } from "./generated/client/duel/lobby.messages.ts";
import * as lobby from "./generated/client/duel/lobby.service.ts";
import { choose, Player } from "./player.ts";

const [name = "Guest", url = "tcp://127.0.0.1:7701"] = process.argv.slice(2);
const thinkMs = Number(process.env["DUEL_THINK_MS"] ?? 800);
const over = Promise.withResolvers<Ending>();

const player = await Player.join(url, name, {
  onMatched: ({ duelId, arena }) => console.log(`duel ${duelId} opened in ${arena}`),
  onView: (view) => void take(view),
  onEnded: over.resolve,
  onNodeLost: (role) => console.log(`the ${role} node of this session was lost`),
  onTrouble: (error) => console.log(String(error)),
});
await player.queue();
const { outcome, winner } = await over.promise;
if (outcome === Outcome.VOID) console.log("the duel is void: interrupted, without a winner");
else if (outcome === Outcome.DRAWN) console.log("the duel is drawn");
else console.log(winner === player.id ? "you have won" : "you have lost");
for (const rung of (await lobby.ladder(player.connection, {})).rungs)
  console.log(`${rung.wins} ${rung.name}`);
await player.close();

/** Prints the duel and, in this player's turn, plays a card after some thought. */
async function take(view: View): Promise<void> {
  const { turn, yourTurn, you, other, last } = view;
  const played = Object.entries(Spell).find(([, spell]) => spell === last?.spell)?.[0] ?? "";
  console.log(
    `turn ${turn}: ${you?.name} ${you?.life}, ${other?.name} ${other?.life} ${played.toLowerCase()}`,
  );
  if (!yourTurn) return;
  await sleep(thinkMs, undefined, { ref: false });
  // The turn may have timed out meanwhile, or the arena may be lost.
  if (player.view === view)
    await player.play(choose(view)).catch((error: unknown) => console.log(String(error)));
}
