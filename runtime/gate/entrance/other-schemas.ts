import type { GateCore } from "../gate-core.ts";

/** Maximum number of client fingerprints kept in memory. Bounded, because a client may send any text as its fingerprint. */
const mostSchemas = 64;
/** Characters shown of a client's fingerprint (16 in a valid one) and of its name. */
export const shownChars = 40;

/** Logs clients with another schema, once for each fingerprint, and counts all of them. */
export class OtherSchemas {
  readonly #core: GateCore;
  readonly #known = new Set<string>();

  constructor(core: GateCore) {
    this.#core = core;
  }

  /**
   * Counts a client with another schema, and logs the first client of each fingerprint.
   *
   * @param client name that the client has sent in its Hello
   */
  note(fingerprint: string, client: string, remote: string, refused: boolean): void {
    const { counters, log, schema } = this.#core;
    counters.add("client.schema.other");
    const theirs = fingerprint.slice(0, shownChars);
    if (this.#known.has(theirs) || this.#known.size >= mostSchemas) return;
    this.#known.add(theirs);
    const details = { ours: schema, theirs, client: client.slice(0, shownChars), remote };
    const fate = refused ? "refused" : "served, but calls that differ may fail";
    const more = this.#known.size < mostSchemas ? "" : "; further schemas are only counted";
    log.warn(details, `client has a schema other than the gate's; ${fate}${more}`);
  }
}
