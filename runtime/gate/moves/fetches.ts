import { errorCodes } from "../../../schema/errors.ts";
import type { Link } from "../../rpc/link.ts";
import { admin } from "../../rpc/link-administration.ts";
import { decode } from "../../wire/codec/codec-runtime.ts";
import { FetchedSession, FetchSession } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { GatePeers } from "../peers/gate-peers.ts";
import type { TokenParts } from "../session/resume-tokens.ts";

/** Most sessions that are looked for at a time. A client beyond that comes again. */
const mostFetches = 1_024;
/** How long another gate may take to answer, in ms. */
const answerMs = 2_000;

/**
 * Result of a search for a session: it moves here; it cannot move now, or a gate that may have it is not linked yet or does not answer;
 * no gate has it.
 */
export type Fetched = "here" | "later" | "nowhere";

/** Looks for the sessions of clients that have come to this gate, while another gate has their session. */
export class Fetches {
  readonly #core: GateCore;
  readonly #peers: GatePeers;
  #count = 0;

  constructor(core: GateCore, peers: GatePeers) {
    this.#core = core;
    this.#peers = peers;
  }

  /**
   * Asks the other gates for the session of a token. Calls `then` once one of them has it, or none of them. Returns false, without a
   * call, when there is no gate to ask.
   */
  find(token: TokenParts, then: (found: Fetched) => void): boolean {
    const { clock, limits } = this.#core;
    const peers = this.#peers.all();
    const now = clock.now();
    const isPartial = peers.some((peer) => peer.isAwaited(now, limits.gateLostMs));
    const links = peers.flatMap(({ usable }) => (usable === undefined ? [] : [usable]));
    if (links.length === 0 && !isPartial) return false;
    if (links.length === 0 || this.#count >= mostFetches) {
      then("later");
      return true;
    }
    this.#count++;
    let left = links.length;
    const answered = (found: Fetched): void => {
      left--;
      // Further answers say nothing new.
      if (found === "nowhere" && left > 0) return;
      left = Number.POSITIVE_INFINITY;
      this.#count--;
      if (found === "here") this.#core.counters.add("session.fetched");
      then(found === "nowhere" && isPartial ? "later" : found);
    };
    for (const link of links) {
      link.ask(admin.fetchSession, FetchSession, token, answerMs, undefined, {
        answer: (bytes, start, end) => answered(this.#read(link, bytes, start, end)),
        failure: (code) => answered(isPassing(code, link) ? "later" : "nowhere"),
      });
    }
    return true;
  }

  /** Reads an answer. A gate that answers what no gate does has no session to offer. */
  #read(link: Link, bytes: Uint8Array, start: number, end: number): Fetched {
    try {
      const { moves, busy } = decode(FetchedSession, bytes, start, end);
      return moves ? "here" : busy ? "later" : "nowhere";
    } catch (error) {
      this.#core.counted.warn({ err: error, gate: link.peer }, "malformed answer of a gate", link.peer);
      return "nowhere";
    }
  }
}

/** Returns whether a gate that has failed to answer may have the session. A gate that refuses the question would refuse it again. */
function isPassing(code: number, link: Link): boolean {
  return code === errorCodes.DEADLINE_EXCEEDED || code === errorCodes.RESOURCE_EXHAUSTED || !link.alive;
}
