import type { RateLimit } from "../../clock/rate-limit.ts";
import type { FrameDecoderOptions } from "../../wire/frame/frame-decoder.ts";
import type { FrameFormat } from "../../wire/frame/frame-format.ts";
import type { Envelope } from "../../wire/session/envelope.ts";
import type { Tickets } from "../auth/tickets.ts";
import type { ClientReleases } from "../entrance/client-releases.ts";
import type { OtherSchemas } from "../entrance/other-schemas.ts";
import type { ClientBudgets } from "../flood/client-budgets.ts";
import type { GateCore } from "../gate-core.ts";
import type { Fetches } from "../moves/fetches.ts";
import type { Pushes } from "../push/pushes.ts";
import type { LoginQueue } from "../queue/login-queue.ts";
import type { Router } from "../route/router.ts";
import type { ClientWire, GateSession } from "../session/gate-session.ts";
import type { OpenConnection } from "./open-connection.ts";
import type { Resumption } from "./resumption.ts";

/** Parts and settings of a gate that its client connections use. */
export interface ClientSide {
  readonly core: GateCore;
  readonly router: Router;
  readonly pushes: Pushes;
  readonly format: FrameFormat;
  readonly decoderOptions: FrameDecoderOptions;
  readonly maxFrameBytes: number;
  readonly heartbeatMs: number;
  readonly requireSchema: boolean;
  readonly otherSchemas: OtherSchemas;
  readonly releases: ClientReleases;
  /** Tickets of clients; undefined at a gate that asks for none. */
  readonly tickets: Tickets | undefined;
  /** Rate of control messages and refused commands of one connection; undefined: no limit. */
  readonly controlRate: RateLimit | undefined;
  readonly budgets: ClientBudgets;
  /** Login queue; undefined at a gate without one. */
  readonly queue: LoginQueue | undefined;
  /** Scratch object for the envelope of the current frame, shared by all connections to save allocations. */
  readonly envelope: Envelope;
  /** Makes the session of a client that has sent its first classic frame, or Hello without `canResume`. */
  opened(connection: OpenConnection, wire: ClientWire): GateSession;
  readonly resumption: Resumption;
  readonly fetches: Fetches;
  /** Kicks a session; see {@link OpenConnection.kick}. A session without a connection ends. */
  kick(session: GateSession, code: number, reason: string, reconnect: boolean): void;
  /** Ends a session and notifies its nodes. The connection may stay open for a kick. Idempotent. */
  ended(session: GateSession, reason: string): void;
  /** Removes a closed connection, and suspends or ends its session. */
  closed(connection: OpenConnection, session: GateSession | undefined, reason: string): void;
}
