import type { RateLimit } from "../../clock/rate-limit.ts";
import type { Transport } from "../../transport/transport.ts";
import type { FrameDecoderOptions } from "../../wire/frame/frame-decoder.ts";
import type { FrameFormat } from "../../wire/frame/frame-format.ts";
import type { Envelope } from "../../wire/session/envelope.ts";
import type { GateCore } from "../gate-core.ts";
import type { Router } from "../route/router.ts";
import type { ClientWire, GateSession } from "../session/gate-session.ts";
import type { Pushes } from "../session/pushes.ts";
import type { OtherSchemas } from "./other-schemas.ts";

/** A client's connection, as the gate sees it. */
export interface OpenConnection {
  readonly transport: Transport;
  /** Tells the client why, and closes its connection. */
  kick(code: number, reason: string, reconnect: boolean): void;
  /** Tells the client to go elsewhere within `graceMs`; it stays connected. */
  goAway(graceMs: number): void;
}

/** What a client connection needs of its gate. */
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
  /** Budget of each connection for control messages and refused commands; undefined: no limit. */
  readonly controlRate: RateLimit | undefined;
  /** Filled in anew for each frame; one serves all connections. */
  readonly envelope: Envelope;
  /** A client has said hello (or its first classic frame): makes its session. */
  opened(connection: OpenConnection, wire: ClientWire): GateSession;
  /** The session is over, whatever becomes of the connection. Idempotent. */
  ended(session: GateSession, reason: string): void;
  /** The connection is gone. */
  closed(connection: OpenConnection, session: GateSession | undefined, reason: string): void;
}
