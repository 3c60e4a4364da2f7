import type { GateCore } from "../gate-core.ts";

/** Schemas that are told apart. A client may say anything, so there is an end to it. */
const mostSchemas = 64;
/** What is shown of a fingerprint, which has 16 characters, and of a client's name. */
const shownChars = 40;

/** Warns of clients that were generated from another schema: once for each fingerprint, and counts them all. */
export class OtherSchemas {
  readonly #core: GateCore;
  readonly #known = new Set<string>();

  constructor(core: GateCore) {
    this.#core = core;
  }

  /** A client of this schema has come, which calls itself `client`. */
  note(fingerprint: string, client: string, remote: string, refused: boolean): void {
    const { counters, log, schema } = this.#core;
    counters.add("client.schema.other");
    const theirs = fingerprint.slice(0, shownChars);
    if (this.#known.has(theirs) || this.#known.size >= mostSchemas) return;
    this.#known.add(theirs);
    const details = { ours: schema, theirs, client: client.slice(0, shownChars), remote };
    const fate = refused ? "it is refused" : "it is served, and what has changed may fail";
    const more = this.#known.size < mostSchemas ? "" : "; further schemas are counted only";
    log.warn(details, `a client was generated from another schema; ${fate}${more}`);
  }
}
