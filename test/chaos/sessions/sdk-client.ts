import { setTimeout as sleep } from "node:timers/promises";
import type { ClientCommand, ClientPush } from "../../../clients/typescript/src/call-descriptors.ts";
import type { Connection } from "../../../clients/typescript/src/connection.ts";
import { connect, dial } from "../../../clients/typescript/src/node/index.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import type { ChaosClient, StateChange } from "./chaos-client.ts";
import { entries, pushEntries } from "./sides/chaos-protocol.ts";

/** Commands as generated code has them, by id. */
const commands = new Map<number, ClientCommand<Uint8Array, Uint8Array>>(
  Object.values(entries).map((entry) => [entry.id, { ...entry, request: raw, reply: raw }]),
);
const note: ClientCommand<Uint8Array, never> = { ...entries.note, request: raw, reply: undefined };
const pushes = new Map<number, ClientPush<Uint8Array>>(
  Object.values(pushEntries).map((entry) => [entry.id, { ...entry, body: raw }]),
);

/** The client SDK. */
export class SdkClient implements ChaosClient {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Connects, as often as it takes. Each attempt asks for its address. */
  static async open(address: () => string, client: string): Promise<SdkClient> {
    for (;;) {
      try {
        const connection = await connect("tcp://127.0.0.1:1", {
          client,
          connectTimeoutMs: 800,
          reconnect: { minDelayMs: 5, maxDelayMs: 60 },
          dial: (_url, options) => dial(address(), options),
        });
        return new SdkClient(connection);
      } catch {
        await sleep(5);
      }
    }
  }

  get state() {
    return this.#connection.state;
  }

  get session() {
    return this.#connection.session;
  }

  get notesLost() {
    return this.#connection.counters.get("notifies.lost");
  }

  get strays() {
    const { counters } = this.#connection;
    return counters.get("replies.late") + counters.get("pushes.repeated");
  }

  request(command: number, body: Uint8Array, timeoutMs: number, signal?: AbortSignal): Promise<Uint8Array> {
    const options = signal === undefined ? { timeoutMs } : { timeoutMs, signal };
    return this.#connection.request(commands.get(command)!, body, options);
  }

  notify(_command: number, body: Uint8Array): boolean {
    const { counters } = this.#connection;
    const before = counters.get("notifies.dropped");
    this.#connection.notify(note, body);
    return counters.get("notifies.dropped") === before;
  }

  onPush(id: number, listener: (body: Uint8Array) => void): void {
    this.#connection.onPush(pushes.get(id)!, listener);
  }

  onState(listener: (change: StateChange) => void): void {
    this.#connection.onState(({ cause, resumed }) => {
      if (cause === "welcome") listener({ resumed });
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  destroy(): void {
    this.#connection.destroy("vanished");
  }
}
