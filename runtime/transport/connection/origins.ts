import type { IncomingMessage } from "node:http";

/** Which pages may open WebSockets: those of these origins ("https://play.example"), or "*", those of all. */
export type AllowedOrigins = readonly string[] | "*";

/** What an entry of {@link AllowedOrigins} is, in words. */
export const originRule = 'an origin, such as "https://play.example" or "http://localhost:5173", or "null"';

/** True for an origin as browsers write it: scheme, host and a port that is not the scheme's own; or "null". */
export function isOrigin(value: unknown): value is string {
  return typeof value === "string" && (value === "null" || urlOf(value)?.origin === value);
}

/**
 * Tells which pages may open WebSockets, by the Origin header that browsers send and scripts of a page cannot change. A
 * request without one does not come from a page, and may. Default: pages of the host that the request is for, by whatever
 * port and scheme; the names of this machine for itself count as one host.
 */
export class Origins {
  readonly #allowed: ReadonlySet<string> | "*" | undefined;

  /** Throws a RangeError that names an entry which is no origin. */
  constructor(allowed: AllowedOrigins | undefined) {
    if (allowed === undefined || allowed === "*") {
      this.#allowed = allowed;
      return;
    }
    for (const origin of allowed) {
      if (!isOrigin(origin)) throw new RangeError(`origins: ${JSON.stringify(origin)} is not ${originRule}`);
    }
    this.#allowed = new Set(allowed);
  }

  allows({ headers }: Pick<IncomingMessage, "headers">): boolean {
    // Version 8 of the protocol, which is accepted too, had the header under another name.
    const origin = headers.origin ?? headers["sec-websocket-origin"];
    if (origin === undefined || this.#allowed === "*") return true;
    if (typeof origin !== "string") return false;
    if (this.#allowed !== undefined) return this.#allowed.has(origin);
    const page = hostOf(urlOf(origin));
    return page !== undefined && page === hostOf(urlOf(`http://${headers.host}`));
  }
}

const loopback: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

function hostOf(url: URL | undefined): string | undefined {
  if (url === undefined || url.hostname === "") return undefined;
  return loopback.includes(url.hostname) ? loopback[0] : url.hostname;
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
