import { admin } from "../../rpc/link-administration.ts";
import { decode } from "../../wire/codec/codec-runtime.ts";
import { FetchedSession, FetchSession } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { GatePeers } from "../peers/gate-peers.ts";
import type { TokenParts } from "../session/resume-tokens.ts";

/** Most sessions that are looked for at a time. A client beyond that begins a new session. */
const mostFetches = 1_024;
/** How long another gate may take to answer, in ms. */
const answerMs = 2_000;

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
   * Asks the other gates for the session of a token. Calls `then` once one of them has begun to move it here, or none of them has it.
   * Returns false, without a call, when there is no gate to ask.
   */
  find(token: TokenParts, then: () => void): boolean {
    const links = this.#peers.all().flatMap(({ usable }) => (usable === undefined ? [] : [usable]));
    if (links.length === 0 || this.#count >= mostFetches) return false;
    this.#count++;
    let left = links.length;
    const answered = (moves: boolean): void => {
      left--;
      // Further answers say nothing new.
      if (!moves && left > 0) return;
      left = Number.POSITIVE_INFINITY;
      this.#count--;
      if (moves) this.#core.counters.add("session.fetched");
      then();
    };
    for (const link of links) {
      link.ask(admin.fetchSession, FetchSession, token, answerMs, undefined, {
        answer: (bytes, start, end) => answered(decode(FetchedSession, bytes, start, end).moves),
        failure: () => answered(false),
      });
    }
    return true;
  }
}
