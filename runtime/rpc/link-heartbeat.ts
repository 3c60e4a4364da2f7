import { emptyBytes } from "../wire/empty-bytes.ts";
import { Liveness, type LivenessListener } from "../wire/liveness.ts";
import { linkMethod } from "./envelope/message-kinds.ts";
import type { LinkLimits, LinkOptions } from "./link-options.ts";
import type { Outbound } from "./outbound.ts";

/** Parts of a {@link LinkHeartbeat}. */
export interface LinkHeartbeatParts {
  readonly options: LinkOptions;
  readonly limits: Required<LinkLimits>;
  readonly outbound: Outbound;
  /** Whether the peer speaks the compact form; other peers may not understand a ping. */
  readonly speaksCompact: () => boolean;
  /** Called once, after the peer has been silent for two intervals. */
  readonly onDead: () => void;
}

/** Exchanges pings and pongs on a link in the compact form: measures the round-trip time and detects a dead peer. */
export class LinkHeartbeat implements LivenessListener {
  /** Round-trip time of the last ping, in ms; 0 before the first pong. */
  roundTripMs = 0;
  readonly #parts: LinkHeartbeatParts;
  readonly #liveness: Liveness;
  #pingedAt = 0;

  constructor(parts: LinkHeartbeatParts) {
    this.#parts = parts;
    const { options, limits } = parts;
    this.#liveness = new Liveness(
      options.deadlines,
      { intervalMs: limits.heartbeatMs, initiator: options.initiator ?? false },
      this,
    );
  }

  /** Records that bytes of any kind have arrived. */
  heard(): void {
    this.#liveness.heard();
  }

  /** Stops the heartbeat: the link has ended, or the peer's form has none. */
  stop(): void {
    this.#liveness.stop();
  }

  /** Answers a ping of the peer. */
  onPing(): void {
    this.#send(linkMethod.pong);
  }

  /** Takes the round-trip time from the peer's pong. */
  onPong(): void {
    this.roundTripMs = this.#parts.options.clock.now() - this.#pingedAt;
  }

  onPingDue(): void {
    if (!this.#parts.speaksCompact()) return;
    this.#pingedAt = this.#parts.options.clock.now();
    this.#send(linkMethod.ping);
  }

  onDead(): void {
    this.#parts.onDead();
  }

  #send(method: number): void {
    const { outbound } = this.#parts;
    if (!outbound.transport.closed) outbound.noticeBytes(method, emptyBytes, 0, 0, undefined, undefined);
  }
}
