import { setTimeout as sleep } from "node:timers/promises";
import { isPhotinusError } from "../../../schema/errors.ts";
import type { ChaosClient } from "./chaos-client.ts";
import type { PlayerLog, RequestLog } from "./logs.ts";
import { openPlain } from "./plain-connection.ts";
import { SdkClient } from "./sdk-client.ts";
import { entries, pushEntries, type RequestName } from "./sides/chaos-protocol.ts";

/** Requests of one player that run at a time. */
const laneCount = 6;
/** Longest pause of a lane between two requests, in ms. */
const longestPauseMs = 8;
const loginTimeoutMs = 3_000;
const requestTimeoutMs = 30_000;

export interface PlayerOptions {
  readonly player: number;
  readonly port: number;
  readonly random: () => number;
  /** True for the plain client of the protocol's document; false for the SDK. */
  readonly isPlain: boolean;
}

/** A client under load. Each attempt to connect goes over TCP or WebSocket, as the random numbers say. Logs all that it sees. */
export class Player {
  readonly log: PlayerLog;
  readonly #client: ChaosClient;
  readonly #random: () => number;
  readonly #lanes: Promise<unknown>;
  /** Resolves when the session is bound, or another one has begun. */
  #login: Promise<void> = Promise.resolve();
  #next = 0;
  #stopped = false;

  private constructor(player: number, client: ChaosClient, random: () => number) {
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
    this.#listen();
    this.#login = this.#logIn();
    this.#lanes = Promise.all(Array.from({ length: laneCount }, () => this.#lane()));
  }

  /** Connects, through whatever the network does, and starts the load. */
  static async join({ player, port, random, isPlain }: PlayerOptions): Promise<Player> {
    const address = (): string => `${random() < 0.5 ? "tcp" : "ws"}://127.0.0.1:${port}`;
    const client = isPlain
      ? await openPlain(address, random)
      : await SdkClient.open(address, `chaos-${player}`);
    return new Player(player, client, random);
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
        this.#login = this.#logIn();
      }
    });
  }

  /** Binds the session to the player's user, and joins the group of all. */
  async #logIn(): Promise<void> {
    const { session } = this.#client;
    while (this.#client.state !== "closed" && this.#client.session === session) {
      try {
        await this.#client.request(entries.login.id, bytesOf(`${this.log.player}`), loginTimeoutMs);
        return;
      } catch {
        await sleep(20);
      }
    }
  }

  async #lane(): Promise<void> {
    while (!this.#stopped) {
      const dice = this.#random();
      if (dice < 0.2) this.#note();
      else await this.#request(dice < 0.55 ? "turn" : dice < 0.87 ? "free" : "look");
      await sleep(this.#random() * longestPauseMs);
    }
  }

  #note(): void {
    const number = this.log.notes + 1;
    if (this.#client.notify(entries.note.id, bytesOf(`${this.log.player} ${number}`))) this.log.notes++;
  }

  async #request(name: RequestName): Promise<void> {
    const dice = this.#random();
    const isImpatient = !this.#stopped && dice < 0.06;
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
    if (this.log.sessions.at(-1) !== log.madeIn) this.log.sessions.push(log.madeIn);
    const impatience = 1 + Math.floor(this.#random() * 30);
    const isCancelled = isImpatient && dice < 0.03;
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
