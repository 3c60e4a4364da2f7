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

const origin = leaf<string>("text", originRule, isOrigin, {
  explain(value) {
    const near = nearestOrigin(value);
    const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
    return { wrong: `it is ${shown(value)}`, remedy: `give ${originRule}${hint}` };
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
    else report("wrong-kind", path, value, { expected: originsRule.expected, explain: explainStar });
    return [];
  },
});

function explainStar() {
  const remedy = 'give "*" alone for all pages, without a list';
  return { wrong: 'it is a list with "*" in it', remedy };
}

/** Which pages may open WebSockets; default: those of the host that the request is for. */
export const originsOption: Option<AllowedOrigins | undefined> = optional(originsRule);

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
