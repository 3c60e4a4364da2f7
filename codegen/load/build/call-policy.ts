import type { Message, Push, Rate, Route } from "../../../schema/model.ts";
import { isNodeName, nodeNameRule } from "../../../schema/node-name.ts";
import type { OptionObject } from "../link/option-object.ts";
import type { Mark } from "../read/scanner.ts";
import type { FileContext } from "./file-context.ts";
import { checkPath } from "./paths.ts";

/** Default of `timeout_ms`: how long a caller waits for a reply, in ms. */
const defaultTimeoutMs = 5000;
/** Longest `timeout_ms`: an hour. */
const maxTimeoutMs = 3_600_000;
/** Largest `max_bytes`: 16 MiB. */
const maxBodyBytes = 16_777_216;
/** Largest count of a `rate`, for each of its periods. */
const maxRateCount = 1_000_000;

/** Tick of pushes that a slow client may miss, in ms: twenty writes in a second and member, as game servers commonly have. */
const defaultTickMs = 50;
/** Longest `tick_ms`, in ms. */
const maxTickMs = 1_000;

/** Help of diagnostics about names of roles and nodes. */
export const nodeNameHelp = `use ${nodeNameRule}`;

/** Lengths of the periods of a `rate`, in ms, by letter. */
const periods: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Reads and checks the options of a command or a method, except its id. A missing option has its default; a wrong one is reported
 * and then read as far as possible, so that loading continues.
 */
export class PolicyReader {
  readonly #context: FileContext;
  readonly #options: OptionObject;

  constructor(context: FileContext, options: OptionObject) {
    this.#context = context;
    this.#options = options;
  }

  /**
   * How long a caller waits for the reply, in ms. Default 5000.
   *
   * @param answered false for a call without a reply, where `timeout_ms` is reported as useless
   */
  timeoutMs(answered: boolean): number {
    const at = this.#options.at("timeout_ms");
    const timeout = this.#options.number("timeout_ms") ?? defaultTimeoutMs;
    if (at !== undefined && (timeout < 1 || timeout > maxTimeoutMs)) {
      const help = `expected 1 to ${maxTimeoutMs} ms (an hour); the default is ${defaultTimeoutMs}`;
      this.#context.refuse("PH057", at, `timeout_ms is ${timeout}`, help);
    } else if (at !== undefined && !answered) {
      this.#context.refuse("PH014", at, "timeout_ms has no effect on a call without a reply", "remove it");
    }
    return timeout;
  }

  /** Largest body in bytes. Default 0: the frame limit of the port applies. */
  maxBytes(): number {
    const at = this.#options.at("max_bytes");
    const size = this.#options.number("max_bytes") ?? 0;
    if (at !== undefined && (size < 1 || size > maxBodyBytes)) {
      const help = `expected 1 to ${maxBodyBytes} bytes; without it the frame limit of the port applies`;
      this.#context.refuse("PH056", at, `max_bytes is ${size}`, help);
    }
    return size;
  }

  /** Least release of the nodes that may get the call. Default undefined: every release. */
  minRelease(): number | undefined {
    const at = this.#options.at("min_release");
    const release = this.#options.number("min_release");
    if (at !== undefined && release === 0) {
      const help = "expected the number of a release, from 1; without it nodes of every release get the call";
      this.#context.refuse("PH062", at, "min_release is 0", help);
    }
    return release;
  }

  /** Lane of the command: "" for the one lane of its role (default), "*" for no order. */
  lane(): string {
    const lane = this.#options.string("lane") ?? "";
    if (lane !== "" && lane !== "*" && !/^[A-Za-z0-9][\w.-]{0,63}$/.test(lane)) {
      const help = 'use up to 64 letters, digits, ".", - and _; or "*" for no order';
      this.#context.refuse(
        "PH055",
        this.#options.place("lane"),
        `invalid name of a lane: ${JSON.stringify(lane)}`,
        help,
      );
    }
    return lane;
  }

  /** Rate limit of one session, from a text such as "20/s"; undefined without a limit. */
  rate(): Rate | undefined {
    const text = this.#options.string("rate");
    if (text === undefined) return undefined;
    const parts = /^([1-9]\d*)\/([smh])$/.exec(text);
    const count = Number(parts?.[1]);
    const perMs = periods[parts?.[2] ?? ""];
    if (perMs === undefined || count > maxRateCount) {
      const help = `expected a count for each second, minute or hour, at most ${maxRateCount}: "20/s", "5/m", "100/h"`;
      this.#context.refuse(
        "PH054",
        this.#options.place("rate"),
        `invalid rate ${JSON.stringify(text)}`,
        help,
      );
      return undefined;
    }
    return { count, perMs };
  }

  /**
   * Route of the call. Default: by session for a command, round robin for a method.
   *
   * @param request the message whose field a `hash` names; "raw" for an opaque body, undefined for an unknown one
   * @param messages all messages of the schema by full name
   */
  route(
    request: Message | "raw" | undefined,
    messages: ReadonlyMap<string, Message>,
    kind: "command" | "method",
  ): Route {
    const options = this.#options.object("route");
    if (options === undefined) return kind === "command" ? { kind: "session" } : { kind: "round-robin" };
    const hash = options.string("hash");
    if (hash !== undefined) return this.#hash(hash, options.place("hash"), request, messages);
    const node = options.string("node");
    if (node !== undefined) {
      if (!isNodeName(node)) {
        this.#context.refuse(
          "PH041",
          options.place("node"),
          `invalid name of a node: ${JSON.stringify(node)}`,
          nodeNameHelp,
        );
      }
      return { kind: "node", node };
    }
    if (options.bool("round_robin")) return { kind: "round-robin" };
    if (!options.bool("session")) {
      const help = 'set one of: session: true, hash: "field", round_robin: true, node: "name"';
      this.#context.refuse("PH060", this.#options.place("route"), "the route has no destination", help);
    } else if (kind === "method") {
      const help =
        'calls between nodes have no session; use round_robin: true, hash: "field" or node: "name"';
      this.#context.refuse("PH060", options.place("session"), "a method cannot be routed by session", help);
    }
    return { kind: "session" };
  }

  #hash(
    path: string,
    at: Mark,
    request: Message | "raw" | undefined,
    messages: ReadonlyMap<string, Message>,
  ): Route {
    if (request === "raw") {
      const help = "route by session, round_robin or node, or declare a message for the request";
      this.#context.refuse("PH053", at, "the request is photinus.Raw, which has no field to hash", help);
    } else if (request !== undefined) {
      return { kind: "hash", path: checkPath(this.#context, path, at, request, messages, "hash") };
    }
    return { kind: "hash", path: path.split(".") };
  }
}

/** Returns the tick of a push: its own, else that of its service, else the default of its delivery class. Reports one that is too long. */
export function tickOf(
  context: FileContext,
  options: OptionObject,
  service: OptionObject | undefined,
  delivery: Push["delivery"],
): number {
  const own = readTick(context, options);
  if (own !== undefined) return own;
  if (delivery === "RELIABLE") return 0;
  return (service && readTick(context, service)) ?? defaultTickMs;
}

function readTick(context: FileContext, options: OptionObject): number | undefined {
  const tickMs = options.number("tick_ms");
  const at = options.at("tick_ms");
  if (tickMs !== undefined && at !== undefined && tickMs > maxTickMs) {
    const help = `choose a time from 0 to ${maxTickMs} ms`;
    context.refuse("PH063", at, `tick_ms is ${tickMs}`, help);
  }
  return tickMs;
}
