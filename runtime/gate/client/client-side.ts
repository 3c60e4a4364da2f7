import type { RateLimit } from "../../clock/rate-limit.ts";
import type { FrameDecoderOptions } from "../../wire/frame/frame-decoder.ts";
import type { FrameFormat } from "../../wire/frame/frame-format.ts";
import type { Envelope } from "../../wire/session/envelope.ts";
import type { GateCore } from "../gate-core.ts";
import type { PlayerSession } from "../route/relay.ts";
import type { Router } from "../route/router.ts";
import type { ClientWire } from "../session/gate-session.ts";
import type { Pushes } from "../session/pushes.ts";
import type { OtherSchemas } from "./other-schemas.ts";

/** A connection by which a client can be thrown out. */
export interface Kickable {
  /** Tells the client why, and closes its connection. */
  kick(code: number, reason: string, reconnect: boolean): void;
}

/** What a client connection needs of its gate. */
export interface ClientSide<C extends Kickable = Kickable> {
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
  opened(connection: C, wire: ClientWire): PlayerSession;
  /** The session is over, whatever becomes of the connection. Idempotent. */
  ended(session: PlayerSession, reason: string): void;
  /** The connection is gone. */
  closed(connection: C, session: PlayerSession | undefined, reason: string): void;
}
