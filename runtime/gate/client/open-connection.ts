import type { Transport } from "../../transport/transport.ts";
import type { ClientInput } from "../flood/client-input.ts";

/** Client connection, as the rest of the gate sees the connection. */
export interface OpenConnection {
  readonly transport: Transport;
  readonly input: ClientInput;
  /** Sends the kick with its reason, then closes once it is flushed. */
  kick(code: number, reason: string, reconnect: boolean): void;
  /**
   * Sends GoAway: the client should connect elsewhere within `graceMs`. The connection stays open; one without a session is
   * closed.
   */
  goAway(graceMs: number): void;
  /** Sends GoAway with a resume token, then closes once it is flushed. The session goes on without the connection. */
  leave(address: string, graceMs: number, resumeToken: Uint8Array): void;
  /** Kicks the client, because its session has continued on another connection. The session does not end. */
  replaced(): void;
}
