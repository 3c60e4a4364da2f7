import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../../../clients/typescript/src/connection.ts";
import { connect, dial } from "../../../clients/typescript/src/node/index.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import type { PlayerLog, RequestLog } from "./logs.ts";
import { clientCommands, clientPushes, type RequestName } from "./sides/chaos-protocol.ts";

/** Requests of one player that run at a time. */
const laneCount = 6;
/** Longest pause of a lane between two requests, in ms. */
const longestPauseMs = 8;
const loginTimeoutMs = 3_000;

export interface PlayerOptions {
  readonly player: number;
  readonly port: number;
  readonly random: () => number;
}

/** A client under load. Each attempt to connect goes over TCP or WebSocket, as the random numbers say. Logs all that it sees. */
export class Player {
  readonly log: PlayerLog;
  readonly #connection: Connection;
  readonly #random: () => number;
  readonly #lanes: Promise<unknown>;
  #next = 0;
  #stopped = false;

  private constructor(player: number, connection: Connection, random: () => number) {
    this.log = {
      player,
      requests: [],
      pushes: [],
      latest: [],
      notes: 0,
      notesLost: 0,
      sessions: [connection.session],
      refusedEvents: 0,
      resumes: 0,
    };
    this.#connection = connection;
    this.#random = random;
    this.#listen();
    void this.#login();
    this.#lanes = Promise.all(Array.from({ length: laneCount }, () => this.#lane()));
  }

  /** Connects, through whatever the network does, and starts the load. */
  static async join({ player, port, random }: PlayerOptions): Promise<Player> {
    for (;;) {
      try {
        const connection = await connect("tcp://127.0.0.1:1", {
          client: `chaos-${player}`,
          connectTimeoutMs: 800,
          reconnect: { minDelayMs: 5, maxDelayMs: 60 },
          dial: (_url, options) => {
            const scheme = random() < 0.5 ? "tcp" : "ws";
            return dial(`${scheme}://127.0.0.1:${port}`, options);
          },
        });
        return new Player(player, connection, random);
      } catch {
        await sleep(5);
      }
    }
  }

  /** Ends the load. Resolves when each request has ended, and one more after all notifies was answered, on a network without faults. */
  async finish(): Promise<void> {
    this.#stopped = true;
    await this.#lanes;
    await this.#request("turn");
    this.log.notesLost = this.#connection.counters.get("notifies.lost");
  }

  /** Leaves the server, or vanishes without a word. */
  async leave(isPolite: boolean): Promise<void> {
    if (isPolite) await this.#connection.close();
    else this.#connection.destroy("vanished");
  }

  #listen(): void {
    const { log } = this;
    this.#connection.onPush(clientPushes.counted, (body) => {
      const [stream = "", number] = textOf(body).split(" ");
      log.pushes.push({ stream, number: Number(number) });
    });
    this.#connection.onPush(clientPushes.latest, (body) => {
      const [key = "", stream = "", number] = textOf(body).split(" ");
      log.latest.push({ key, stream, number: Number(number) });
    });
    this.#connection.onState(({ cause, resumed }) => {
      if (cause !== "welcome") return;
      if (resumed) log.resumes++;
      else {
        log.refusedEvents++;
        void this.#login();
      }
    });
  }

  /** Binds the session to the player's user, and joins the group of all. */
  async #login(): Promise<void> {
    const { session } = this.#connection;
    while (this.#connection.state !== "closed" && this.#connection.session === session) {
      try {
        const options = { timeoutMs: loginTimeoutMs };
        await this.#connection.request(clientCommands.login, bytesOf(`${this.log.player}`), options);
        return;
      } catch {
        await sleep(20);
      }
    }
  }

  async #lane(): Promise<void> {
    while (!this.#stopped) {
      const dice = this.#random();
      if (dice < 0.12) this.#note();
      else await this.#request(dice < 0.5 ? "turn" : dice < 0.85 ? "free" : "look");
      await sleep(this.#random() * longestPauseMs);
    }
  }

  #note(): void {
    const { counters } = this.#connection;
    const before = counters.get("notifies.dropped");
    this.#connection.notify(clientCommands.note, bytesOf(`${this.log.player} ${this.log.notes + 1}`));
    if (counters.get("notifies.dropped") === before) this.log.notes++;
  }

  async #request(name: RequestName): Promise<void> {
    const dice = this.#random();
    const isImpatient = !this.#stopped && dice < 0.06;
    const log: RequestLog = {
      name,
      number: ++this.#next,
      madeIn: this.#connection.session,
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
    const options = !isImpatient
      ? {}
      : dice < 0.03
        ? { timeoutMs: impatience }
        : { signal: AbortSignal.timeout(impatience) };
    const body = bytesOf(`${this.log.player} ${log.number}`);
    await this.#connection.request(clientCommands[name], body, options).then(
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
    log.endedIn = this.#connection.session;
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
