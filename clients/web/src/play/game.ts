import { type Connection, isPhotinusError, type StateEvent } from "@photinus/client";
import { connect } from "../../../../generated/client/index.ts";
import * as chat from "../../../../generated/client/meadow/chat.service.ts";
import type { SignInReply } from "../../../../generated/client/meadow/login.messages.ts";
import * as login from "../../../../generated/client/meadow/login.service.ts";
import * as meadow from "../../../../generated/client/meadow/meadow.service.ts";
import type { Place } from "./motion.ts";
import { remember } from "./remembered.ts";
import { Throttle } from "./throttle.ts";
import type { Newcomer, World } from "./world.ts";

/** A line of the chat. */
export interface ChatLine {
  readonly name: string;
  readonly text: string;
  /** Colour of the speaker; undefined for the meadow itself. */
  readonly hue: number | undefined;
  readonly saidAtMs: number;
  readonly own: boolean;
}

/** Receives the parts of the game that the page shows. */
export interface GameView {
  onConnection(
    state: Connection["state"] | "connecting",
    text: string,
    reason: string,
    canRetry: boolean,
  ): void;
  /** Called when the player has entered a meadow. */
  onEntered(meadowId: number, meadows: readonly number[], node: string): void;
  onCrowd(players: number): void;
  onLine(line: ChatLine): void;
  onRecharge(ms: number): void;
  /** Called with the text of an error that the player should see. */
  onTrouble(text: string): void;
}

export interface Player {
  readonly name: string;
  readonly hue: number;
}

const stepMs = 50;
/** Shortest step that is sent, in widths of the meadow. */
const leastStep = 0.0008;
const forecastSteps = 60_000;
/**
 * Pause before the next attempt to enter, in ms: the server may reject a player for a moment, as while a node restarts.
 */
const againMs = 1_500;

/** State of the game in the client: the player, its meadow, and the server's messages. */
export class Game {
  readonly #connection: Connection;
  readonly #world: World;
  readonly #view: GameView;
  readonly #steps = new Throttle(stepMs, () => this.#sendStep());
  #player: Player | undefined;
  #playerId = 0n;
  #meadows: readonly number[] = [];
  #meadowId = 0;
  /** Name of the server process that hosts the meadow. */
  #node = "";
  #sent: Place = { x: -1, y: -1 };

  private constructor(connection: Connection, world: World, view: GameView) {
    this.#connection = connection;
    this.#world = world;
    this.#view = view;
    this.#listen();
  }

  /** Connects. Rejects when the connection fails. */
  static async open(url: string, world: World, view: GameView): Promise<Game> {
    const connection = await connect(url, { client: "meadow-web" });
    view.onConnection("open", "", "", false);
    return new Game(connection, world, view);
  }

  get roundTripMs(): number {
    return this.#connection.roundTripMs;
  }

  get playerId(): bigint {
    return this.#playerId;
  }

  get meadowId(): number {
    return this.#meadowId;
  }

  /**
   * Signs in under a name, and enters the given meadow, or the first one. Rejects with the server's reason, a text for
   * people.
   */
  async signIn(player: Player, meadowId = this.#meadowId): Promise<void> {
    const { playerId, meadows } = await identify(this.#connection, player);
    this.#player = player;
    this.#playerId = playerId;
    this.#meadows = meadows;
    const wanted = meadows.includes(meadowId) ? meadowId : meadows[0];
    if (wanted === undefined) throw new Error("there is no meadow to enter");
    await this.#enter(wanted);
  }

  async goTo(meadowId: number): Promise<void> {
    await this.#tried(async () => {
      try {
        await this.#enter(meadowId);
      } catch (error) {
        // The server was restarted since, and has forgotten the name of the session.
        if (!isPhotinusError(error) || error.code !== "UNAUTHENTICATED" || !this.#player) throw error;
        await identify(this.#connection, this.#player);
        await this.#enter(meadowId);
      }
    });
  }

  /** Sends the place of the player's own firefly, if it has moved. Call once a frame. */
  moved(): void {
    const { self } = this.#world;
    if (!self) return;
    const { x, y } = self.shown;
    if (Math.hypot(x - this.#sent.x, y - this.#sent.y) > leastStep) this.#steps.ask();
  }

  async flash(): Promise<void> {
    await this.#tried(async () => {
      const { rechargeMs } = await meadow.flash(this.#connection, { meadowId: this.#meadowId });
      this.#view.onRecharge(rechargeMs);
    });
  }

  /** Sends a line of chat. Resolves with true when the server has accepted the line. */
  say(text: string): Promise<boolean> {
    return this.#tried(() => chat.say(this.#connection, { text }));
  }

  async forecast(): Promise<void> {
    await this.#tried(async () => {
      const { meadowId } = this;
      const { gathering, confidence } = await meadow.forecast(this.#connection, {
        meadowId,
        steps: forecastSteps,
      });
      if (gathering && meadowId === this.#meadowId)
        this.#world.forecast(gathering, confidence, performance.now());
    });
  }

  close(): void {
    void this.#connection.close();
  }

  async #enter(meadowId: number): Promise<void> {
    const former = this.#meadowId;
    // Further steps belong to the new meadow: a step in the former one would lead back.
    this.#meadowId = meadowId;
    const { fireflies, node } = await meadow.enter(this.#connection, { meadowId }).catch((error: unknown) => {
      if (this.#meadowId === meadowId) this.#meadowId = former;
      throw error;
    });
    // The player may have chosen another meadow meanwhile.
    if (this.#meadowId !== meadowId) return;
    this.#node = node;
    if (this.#player) remember(this.#player, meadowId);
    this.#world.reset(this.#playerId, fireflies, performance.now());
    this.#view.onEntered(meadowId, this.#meadows, node);
  }

  /**
   * Reloads the players of the meadow after its node was unreachable: departures meanwhile were not pushed, and the
   * node that now has the meadow learns of this player only when it enters.
   */
  async #refresh(): Promise<void> {
    const meadowId = this.#meadowId;
    try {
      const { fireflies, node } = await meadow.enter(this.#connection, { meadowId });
      if (this.#meadowId !== meadowId) return;
      this.#node = node;
      this.#world.refresh(fireflies, performance.now());
      this.#view.onEntered(meadowId, this.#meadows, node);
    } catch (error) {
      this.#view.onTrouble(reasonOf(error));
      setTimeout(() => {
        if (this.#meadowId === meadowId && this.#connection.state === "open") void this.#refresh();
      }, againMs);
    }
  }

  #sendStep(): void {
    const { self } = this.#world;
    if (!self || this.#connection.state !== "open") return;
    const { x, y } = self.shown;
    this.#sent = { x, y };
    meadow.move(this.#connection, { meadowId: this.#meadowId, position: { x, y } });
  }

  async #tried(run: () => Promise<unknown>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      this.#view.onTrouble(reasonOf(error));
      return false;
    }
  }

  #listen(): void {
    const connection = this.#connection;
    const world = this.#world;
    meadow.onEntered(connection, (bug: Newcomer) => {
      if (bug.id !== this.#playerId) world.add(bug, performance.now());
    });
    meadow.onLeft(connection, ({ fireflyId }) => {
      if (fireflyId !== this.#playerId) world.remove(fireflyId, performance.now());
    });
    meadow.onMoved(connection, ({ fireflyId, position }) => {
      if (position) world.move(fireflyId, position, performance.now());
    });
    meadow.onFlashed(connection, ({ fireflyId }) => world.flash(fireflyId, performance.now()));
    chat.onSaid(connection, ({ playerId, name, text, saidAt }) => {
      world.say(playerId, text, performance.now());
      const hue = playerId === 0n ? undefined : world.bugs.get(playerId)?.hue;
      this.#view.onLine({ name, text, hue, saidAtMs: saidAt, own: playerId === this.#playerId });
    });
    chat.onCrowd(connection, ({ players }) => this.#view.onCrowd(players));
    connection.onState((event) => this.#onState(event));
  }

  #onState(event: StateEvent): void {
    if (event.role !== "") {
      this.#onNode(event);
      return;
    }
    if (event.cause === "go-away")
      this.#view.onTrouble("The server is about to stop. If it starts again, you reconnect automatically.");
    const canRetry = event.state === "closed" && event.cause !== "close";
    this.#view.onConnection(event.state, stateText(event), sentence(event.reason), canRetry);
    if (event.state === "open" && event.cause === "welcome" && !event.resumed) void this.#comeBack();
  }

  /** Handles a change of the meadow's node. The state of other nodes is requested anew each time. */
  #onNode({ cause, node, planned }: StateEvent): void {
    if (node !== this.#node || !this.#world.self) return;
    if (cause !== "node-lost") void this.#refresh();
    else if (!planned) this.#view.onTrouble("The server of this meadow was lost. Waiting for its restart.");
  }

  /** Signs in and enters again, because the server knows nothing of the player on a new connection. */
  async #comeBack(): Promise<void> {
    const player = this.#player;
    if (!player) return;
    try {
      await this.signIn(player);
    } catch (error) {
      this.#view.onTrouble(`Could not fly back in: ${reasonOf(error)}`);
      setTimeout(() => {
        if (this.#connection.state === "open") void this.#comeBack();
      }, againMs);
    }
  }
}

/** Key in the session storage, which each tab has for itself: two tabs are two players. */
const tokenKey = "meadow token";

/** Signs in as this tab's former player, or as a new one, under the current name and colour. */
async function identify(connection: Connection, player: Player): Promise<SignInReply> {
  const token = sessionStorage.getItem(tokenKey);
  if (token !== null) {
    await login.comeBack(connection, { token }).catch((error: unknown) => {
      if (!isPhotinusError(error) || error.code !== "NOT_FOUND") throw error;
    });
  }
  const reply = await login.signIn(connection, player);
  sessionStorage.setItem(tokenKey, reply.token);
  return reply;
}

/** Returns the text of an error for the player. */
export function reasonOf(error: unknown): string {
  if (isPhotinusError(error)) return sentence(error.reason);
  return sentence(error instanceof Error ? error.message : String(error));
}

/** Turns a reason, written for logs ("no such meadow"), into a sentence. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

function stateText(event: StateEvent): string {
  if (event.state === "open") return "";
  if (event.cause === "upgrade") return "The game has changed. Please reload the page.";
  if (event.state === "closed")
    return event.cause === "kick" ? "You were kicked by the server." : "The connection is closed.";
  const seconds = Math.max(1, Math.round(event.retryInMs / 1000));
  return `Connection lost. Trying again in ${seconds} s (attempt ${event.attempt}).`;
}
