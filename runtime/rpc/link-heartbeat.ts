import { Liveness, type LivenessListener } from "../wire/liveness.ts";
import { linkMethod } from "./envelope/message-kinds.ts";
import type { LinkLimits, LinkOptions } from "./link-options.ts";
import type { Outbound } from "./outbound.ts";

const empty = new Uint8Array(0);

/** What a {@link LinkHeartbeat} works with. */
export interface LinkHeartbeatParts {
  readonly options: LinkOptions;
  readonly limits: Required<LinkLimits>;
  readonly outbound: Outbound;
  /** Whether the peer has shown that it speaks the compact form: another might not understand a ping. */
  readonly speaksCompact: () => boolean;
  /** Called once, when the peer was silent for two intervals. */
  readonly onDead: () => void;
}

/** Pings and pongs of a link in the compact form: measures the round trip, and finds a peer that is dead. */
export class LinkHeartbeat implements LivenessListener {
  /** Milliseconds from the last ping to its pong; 0 before the first. */
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

  /** Bytes of any kind arrived. */
  heard(): void {
    this.#liveness.heard();
  }

  /** The peer is watched no more: the link has ended, or the peer's form has no heartbeat. */
  stop(): void {
    this.#liveness.stop();
  }

  /** Answers the peer's ping. */
  onPing(): void {
    this.#send(linkMethod.pong);
  }

  /** The peer has answered a ping. */
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
    if (!outbound.transport.closed) outbound.noticeBytes(method, empty, 0, 0, undefined, undefined);
  }
}
