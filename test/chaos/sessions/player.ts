import { setTimeout as sleep } from "node:timers/promises";
import { isPhotinusError } from "../../../schema/errors.ts";
import type { ChaosClient } from "./chaos-client.ts";
import type { PlayerLog, RequestLog } from "./logs.ts";
import { openPlain } from "./plain-connection.ts";
import { SdkClient } from "./sdk-client.ts";
import { entries, pushEntries, type RequestName } from "./sides/chaos-protocol.ts";

/** Requests of a player. */
export interface PlayerLoad {
  /** Requests of the player that run at a time. */
  readonly laneCount: number;
  /** Longest pause of a lane between two requests, in ms. */
  readonly longestPauseMs: number;
  /** Share of requests that the player itself ends early, by a short timeout or a cancel. */
  readonly impatience: number;
  /** Shares of notifies, of requests on the session's lane, and of requests without a lane; the rest may run twice. */
  readonly shares: readonly [notes: number, turns: number, frees: number];
  /** Returns whether the next request may be made, after so many. */
  mayAsk(count: number): boolean;
}

export const defaultLoad: PlayerLoad = {
  laneCount: 6,
  longestPauseMs: 8,
  impatience: 0.06,
  shares: [0.2, 0.35, 0.32],
  mayAsk: () => true,
};
const loginTimeoutMs = 3_000;
const requestTimeoutMs = 30_000;

export interface PlayerOptions {
  readonly player: number;
  readonly port: number;
  readonly random: () => number;
  /** True for the plain client of the protocol's document; false for the SDK. */
  readonly isPlain: boolean;
  readonly load?: PlayerLoad;
  /** Default: both. */
  readonly transports?: readonly ("tcp" | "ws")[];
}

/** A client under load. Each attempt to connect goes over TCP or WebSocket, as the random numbers say. Logs all that it sees. */
export class Player {
  readonly log: PlayerLog;
  readonly #client: ChaosClient;
  readonly #random: () => number;
  readonly #load: PlayerLoad;
  readonly #lanes: Promise<unknown>;
  /** Resolves when the session is bound, or another one has begun. */
  #login: Promise<void> = Promise.resolve();
  #next = 0;
  #stopped = false;

  private constructor(player: number, client: ChaosClient, random: () => number, load: PlayerLoad) {
    this.log = {
      player,
      requests: [],
      pushes: [],
      latest: [],
      notes: 0,
      notesLost: 0,
      sessions: [client.session],
      refusedEvents: 0,
      resumes: 0,
    };
    this.#client = client;
    this.#random = random;
    this.#load = load;
    this.#listen();
    this.#login = this.#logIn();
    this.#lanes = Promise.all(Array.from({ length: load.laneCount }, () => this.#lane()));
  }

  /** Connects, through whatever the network does, and starts the load. */
  static async join(options: PlayerOptions): Promise<Player> {
    const { player, port, random, isPlain, load = defaultLoad, transports = ["tcp", "ws"] } = options;
    const address = (): string => {
      const transport = transports[Math.floor(random() * transports.length)];
      return `${transport}://127.0.0.1:${port}`;
    };
    const client = isPlain
      ? await openPlain(address, random)
      : await SdkClient.open(address, `chaos-${player}`);
    return new Player(player, client, random, load);
  }

  /** Answers that no request waited for, and numbered pushes that the client had received before. */
  get strays(): number {
    return this.#client.strays;
  }

  /** Ends the load. Resolves when each request has ended, and one more after all notifies was answered, on a network without faults. */
  async finish(): Promise<void> {
    this.#stopped = true;
    await this.#lanes;
    await this.#login;
    await this.#request("turn");
    this.log.notesLost = this.#client.notesLost;
  }

  /** Leaves the server, or vanishes without a word. */
  async leave(isPolite: boolean): Promise<void> {
    if (isPolite) await this.#client.close();
    else this.#client.destroy();
  }

  #listen(): void {
    const { log } = this;
    const listen = (id: number, isOfGroup: boolean): void => {
      this.#client.onPush(id, (body) => {
        const [stream = "", number] = textOf(body).split(" ");
        log.pushes.push({ stream, number: Number(number), refused: log.refusedEvents, isOfGroup });
      });
    };
    listen(pushEntries.counted.id, false);
    listen(pushEntries.toGroup.id, true);
    this.#client.onPush(pushEntries.latest.id, (body) => {
      const [key = "", stream = "", number] = textOf(body).split(" ");
      log.latest.push({ key, stream, number: Number(number) });
    });
    this.#client.onState(({ resumed }) => {
      if (resumed) log.resumes++;
      else {
        log.refusedEvents++;
        this.#noteSession();
        this.#login = this.#logIn();
      }
    });
  }

  /** A session may end before a request is made in it. */
  #noteSession(): void {
    const { session } = this.#client;
    if (this.log.sessions.at(-1) !== session) this.log.sessions.push(session);
  }

  /** Binds the session to the player's user, and joins the group of all. */
  async #logIn(): Promise<void> {
    const { session } = this.#client;
    while (this.#client.state !== "closed" && this.#client.session === session) {
      try {
        const timeoutMs = this.#load.impatience === 0 ? requestTimeoutMs : loginTimeoutMs;
        await this.#client.request(entries.login.id, bytesOf(`${this.log.player}`), timeoutMs);
        return;
      } catch {
        await sleep(20);
      }
    }
  }

  async #lane(): Promise<void> {
    const [notes, turns, frees] = this.#load.shares;
    while (!this.#stopped) {
      const dice = this.#random();
      if (dice < notes) this.#note();
      else if (this.#load.mayAsk(this.#next)) {
        await this.#request(dice < notes + turns ? "turn" : dice < notes + turns + frees ? "free" : "look");
      }
      await sleep(this.#random() * this.#load.longestPauseMs);
    }
  }

  #note(): void {
    const number = this.log.notes + 1;
    if (this.#client.notify(entries.note.id, bytesOf(`${this.log.player} ${number}`))) this.log.notes++;
  }

  async #request(name: RequestName): Promise<void> {
    const dice = this.#random();
    const isImpatient = !this.#stopped && dice < this.#load.impatience;
    const log: RequestLog = {
      name,
      number: ++this.#next,
      madeIn: this.#client.session,
      endedIn: "",
      isImpatient,
      endings: 0,
      isAnswered: false,
      code: "",
      outcome: undefined,
    };
    this.log.requests.push(log);
    this.#noteSession();
    const impatience = 1 + Math.floor(this.#random() * 30);
    const isCancelled = isImpatient && dice < this.#load.impatience / 2;
    const timeoutMs = isImpatient && !isCancelled ? impatience : requestTimeoutMs;
    const signal = isCancelled ? AbortSignal.timeout(impatience) : undefined;
    const body = bytesOf(`${this.log.player} ${log.number}`);
    await this.#client.request(entries[name].id, body, timeoutMs, signal).then(
      () => {
        log.isAnswered = true;
      },
      (error: unknown) => {
        log.code = isPhotinusError(error) ? error.code : String(error);
        log.outcome = isPhotinusError(error) ? error.outcome : undefined;
        log.isAnswered = log.code === "FAILED_PRECONDITION" && log.outcome === undefined;
      },
    );
    log.endings++;
    log.endedIn = this.#client.session;
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
