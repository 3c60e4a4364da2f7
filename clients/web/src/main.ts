import { Actions } from "./panel/actions.ts";
import { ChatPanel } from "./panel/chat.ts";
import { element } from "./panel/element.ts";
import { Roster } from "./panel/roster.ts";
import { SignInCard } from "./panel/sign-in.ts";
import { StatusBar } from "./panel/status.ts";
import { Toasts } from "./panel/toasts.ts";
import { Game, type GameView, type Player, reasonOf } from "./play/game.ts";
import { listen } from "./play/input.ts";
import { forget, returning } from "./play/remembered.ts";
import { World } from "./play/world.ts";
import { Painter } from "./scene/painter.ts";

const factsEveryMs = 200;

const { body } = document;
const canvas = element("meadow", HTMLCanvasElement);
const world = new World();
const painter = new Painter(canvas, world);
const toasts = new Toasts();
const roster = new Roster();
let game: Game | undefined;

const status = new StatusBar(
  (meadowId) => void game?.goTo(meadowId),
  () => void comeBack(),
);
const chat = new ChatPanel(async (text) => (game ? await game.say(text) : false));
const actions = new Actions(flash, async () => game?.forecast());
const card = new SignInCard(signIn, reasonOf);

const view: GameView = {
  onConnection: (state, text, reason, canRetry) => status.connection(state, text, reason, canRetry),
  onEntered(meadowId, meadows, node) {
    if (body.dataset["meadow"] !== String(meadowId)) {
      chat.clear();
      painter.meadow = meadowId;
    }
    status.meadow(meadowId, meadows, node);
    body.dataset["scene"] = "meadow";
    body.dataset["ownId"] = String(game?.playerId ?? "");
    card.open = false;
  },
  onCrowd: (players) => status.crowd(players),
  onLine: (line) => chat.add(line),
  onRecharge: (ms) => actions.recharge(ms),
  onTrouble: (text) => toasts.show(text),
};

/** Address of the server: the page's own host. During development the query parameter `server` overrides it. */
function serverUrl(): string {
  const named = import.meta.env.DEV ? new URLSearchParams(location.search).get("server") : null;
  return named ?? `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`;
}

async function signIn(player: Player): Promise<void> {
  game ??= await open();
  await game.signIn(player);
  canvas.focus();
}

async function open(): Promise<Game> {
  try {
    return await Game.open(serverUrl(), world, view);
  } catch (error) {
    view.onConnection("closed", "The meadow cannot be reached.", reasonOf(error), true);
    throw error;
  }
}

/** Returns to the sign-in card and connects again, after the connection was closed for good. */
async function comeBack(): Promise<void> {
  game?.close();
  game = undefined;
  forget();
  world.reset(undefined, [], performance.now());
  body.dataset["scene"] = "signed-out";
  view.onConnection("connecting", "", "", false);
  card.open = true;
  await connectNow();
}

/** Connects. A player who was in a meadow before a reload returns at once, without the card. */
async function begin(): Promise<void> {
  const known = returning();
  if (known === undefined) return connectNow();
  card.open = false;
  try {
    game = await open();
    await game.signIn(known, known.meadowId);
    canvas.focus();
  } catch (error) {
    card.show(known, reasonOf(error));
  }
}

async function connectNow(): Promise<void> {
  try {
    game = await open();
  } catch {
    // The banner shows the error, and offers a retry.
  }
}

function flash(): void {
  if (world.self) void game?.flash();
}

listen(canvas, {
  target: world.target,
  onFlash: flash,
  onTarget: (place) => Object.assign(world.target, place),
});

setInterval(() => {
  status.facts(game?.roundTripMs ?? 0, world.bugs.size);
  roster.update(world);
}, factsEveryMs);

function frame(nowMs: number): void {
  requestAnimationFrame(frame);
  world.step(nowMs);
  game?.moved();
  painter.paint(nowMs);
}

requestAnimationFrame(frame);
void begin();
