import { errorCodes } from "../../../schema/errors.ts";
import { outcome } from "../../rpc/envelope/failure-outcome.ts";
import type { Target } from "../../rpc/envelope/message-kinds.ts";
import { admin } from "../../rpc/link-administration.ts";
import type { LinkHandler, MapFormResponder, Responder } from "../../rpc/link-handler.ts";
import type { GatePeer } from "./gate-peer.ts";

/** Gate's side of its own link to another gate. The other gate asks nothing over it: it has a link of its own. */
export class OutgoingPeerLink implements LinkHandler {
  readonly #peer: GatePeer;

  constructor(peer: GatePeer) {
    this.#peer = peer;
  }

  /** False before the gate has proved itself: then it may send few and small messages. */
  get known(): boolean {
    return this.#peer.trusted;
  }

  onAsk(
    method: number,
    _target: Target,
    _bytes: Uint8Array,
    _start: number,
    _end: number,
    _timeoutMs: number,
    reply: Responder,
  ): void {
    const reason = `method ${method} is not served over the link that this gate has dialled`;
    reply.failure(errorCodes.UNIMPLEMENTED, reason, 0, outcome.notRun);
  }

  onNotice(method: number): void {
    if (method === admin.draining && this.known) this.#peer.stopping = true;
  }

  onRelay(
    _session: number,
    _command: number,
    _bytes: Uint8Array,
    _start: number,
    _end: number,
    _timeoutMs: number,
    reply: Responder | undefined,
  ): void {
    reply?.failure(errorCodes.UNIMPLEMENTED, "a gate accepts no client messages from a gate", 0);
  }

  onPush(): void {}

  onClose(): void {
    this.#peer.lost();
  }

  onMapForm(
    _name: string,
    _args: unknown[],
    _kw: Record<string, unknown>,
    reply: MapFormResponder | undefined,
  ): void {
    reply?.fail(new Error("gates do not speak the map form with one another"));
  }
}
