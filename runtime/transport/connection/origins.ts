import type { IncomingMessage } from "node:http";

/** Which pages may open WebSockets: those of these origins ("https://play.example"), or "*", those of all. */
export type AllowedOrigins = readonly string[] | "*";

/** What an entry of {@link AllowedOrigins} is, in words. */
export const originRule =
  'an origin as browsers send it, such as "https://play.example", "http://localhost:5173", "capacitor://localhost" or "null"';

/**
 * True for an origin as browsers write it: scheme, host in small letters and a port that is not the scheme's own; or "null", or
 * "file://". Patterns are no origins, nor are addresses of servers ("wss://..."): no page would ever match.
 */
export function isOrigin(value: unknown): value is string {
  if (typeof value !== "string") return false;
  if (value === "null" || value === "file://") return true;
  const url = urlOf(value);
  if (url === undefined || url.hostname.includes("*") || url.protocol === "ws:" || url.protocol === "wss:")
    return false;
  if (url.protocol === "http:" || url.protocol === "https:") return url.origin === value;
  return appOrigin.test(value);
}

/** What apps send whose pages have a scheme of their own; URL gives no origin for these. */
const appOrigin = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9_.-]+(:\d{1,5})?$/;

/** The origin that was meant by a text that is none: "https://play.example" of "wss://play.example/lobby". */
export function nearestOrigin(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const near = urlOf(value.replace(/^ws(?=s?:)/i, "http"))?.origin;
  return near !== value && isOrigin(near) && near !== "null" ? near : undefined;
}

/** The origin that a handshake names. Version 8 of the protocol, which is accepted too, has it under another name. */
export function originOf({ headers }: Pick<IncomingMessage, "headers">): string | string[] | undefined {
  return headers.origin ?? headers["sec-websocket-origin"];
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

  allows(request: Pick<IncomingMessage, "headers">): boolean {
    const origin = originOf(request);
    if (origin === undefined || this.#allowed === "*") return true;
    if (typeof origin !== "string") return false;
    if (this.#allowed !== undefined) return this.#allowed.has(origin);
    const page = hostOf(urlOf(origin));
    return page !== undefined && page === hostOf(urlOf(`http://${request.headers.host}`));
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
