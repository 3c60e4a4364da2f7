import type { IncomingMessage } from "node:http";
import { shown } from "../../options/option-resolver.ts";
import {
  type Option,
  optional,
  type Path,
  type Report,
  type Rule,
  take,
} from "../../options/option-rules.ts";
import { leaf, list } from "../../options/rule-kinds.ts";

/** Origins of the pages that may open WebSockets, such as "https://play.example"; "*" allows all pages. */
export type AllowedOrigins = readonly string[] | "*";

/** Description of an entry of {@link AllowedOrigins}, for errors. */
export const originRule =
  'an origin as browsers send it, such as "https://play.example", "http://localhost:5173", "capacitor://localhost" or "null"';

/**
 * Whether a value is an origin as browsers write it: scheme, host in lower case, and a port other than the scheme's
 * default; or "null", or "file://". Rejects patterns and server addresses ("wss://..."), because no page would ever
 * match them.
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

/** Origin of an app whose pages have their own scheme; URL computes none for such schemes. */
const appOrigin = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9_.-]+(:\d{1,5})?$/;

/**
 * Guesses the intended origin of a text that is not an origin: "https://play.example" for "wss://play.example/lobby".
 */
export function nearestOrigin(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const near = urlOf(value.replace(/^ws(?=s?:)/i, "http"))?.origin;
  return near !== value && isOrigin(near) && near !== "null" ? near : undefined;
}

const origin = leaf<string>("string", originRule, isOrigin, {
  explain(value) {
    const near = nearestOrigin(value);
    const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
    return { wrong: `found ${shown(value)}`, remedy: `expected ${originRule}${hint}` };
  },
});

const originList = list(origin, 1, "origins");
const originsRule: Rule<AllowedOrigins> = Object.freeze({
  ...originList,
  expected: 'a list of origins, or "*" for all',
  values: ["*"],
  takeParts(value: unknown, path: Path, report: Report): AllowedOrigins {
    if (!Array.isArray(value)) report("wrong-kind", path, value, originsRule);
    else if (!value.includes("*")) return take(originList, value, path, report);
    else report("wrong-kind", path, value, { explain: explainStar });
    return [];
  },
});

function explainStar() {
  const remedy = 'expected "*" alone, without a list, for all pages';
  return { wrong: 'found a list with "*" in it', remedy };
}

/** Pages that may open WebSockets. Default: pages of the host that the request names. */
export const originsOption: Option<AllowedOrigins | undefined> = optional(originsRule);

/** Returns the origin of a handshake. Version 8 of the protocol, which is accepted too, sends it in another header. */
export function originOf({ headers }: Pick<IncomingMessage, "headers">): string | string[] | undefined {
  return headers.origin ?? headers["sec-websocket-origin"];
}

/**
 * Decides which pages may open WebSockets, by the Origin header, which browsers send and a page's scripts cannot
 * change. A request without that header does not come from a page, and is allowed. Default: pages of the host that the
 * request names, on any port and scheme; the names of the local machine count as one host.
 */
export class Origins {
  readonly #allowed: ReadonlySet<string> | "*" | undefined;

  constructor(allowed: AllowedOrigins | undefined) {
    this.#allowed = allowed === undefined || allowed === "*" ? allowed : new Set(allowed);
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
