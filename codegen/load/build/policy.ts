import type { Message, Rate, Route } from "../../../schema/model.ts";
import { isNodeName, nodeNameRule } from "../../../schema/node-name.ts";
import type { OptionObject } from "../link/option-object.ts";
import type { Mark } from "../read/scanner.ts";
import type { FileContext } from "./context.ts";
import { checkPath } from "./paths.ts";

/** How long a caller waits when the schema does not say. */
const defaultTimeoutMs = 5000;
const maxTimeoutMs = 3_600_000;
const maxBodyBytes = 16_777_216;
const maxRateCount = 1_000_000;

export const nodeNameHelp = `use ${nodeNameRule}`;

const periods: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Reads the options that a command or a method has beside its id; all that is missing has its default. */
export class PolicyReader {
  readonly #context: FileContext;
  readonly #options: OptionObject;

  constructor(context: FileContext, options: OptionObject) {
    this.#context = context;
    this.#options = options;
  }

  timeoutMs(answered: boolean): number {
    const at = this.#options.at("timeout_ms");
    const timeout = this.#options.number("timeout_ms") ?? defaultTimeoutMs;
    if (at !== undefined && (timeout < 1 || timeout > maxTimeoutMs)) {
      const help = `write 1 to ${maxTimeoutMs} (an hour), or leave it out for ${defaultTimeoutMs}`;
      this.#context.refuse("PH057", at, `timeout_ms is ${timeout}`, help);
    } else if (at !== undefined && !answered) {
      this.#context.refuse(
        "PH014",
        at,
        "nobody waits for an answer, so timeout_ms has no effect",
        "remove it",
      );
    }
    return timeout;
  }

  maxBytes(): number {
    const at = this.#options.at("max_bytes");
    const size = this.#options.number("max_bytes") ?? 0;
    if (at !== undefined && (size < 1 || size > maxBodyBytes)) {
      const help = `write 1 to ${maxBodyBytes}, or leave it out for the limit of the port`;
      this.#context.refuse("PH056", at, `max_bytes is ${size}`, help);
    }
    return size;
  }

  lane(): string {
    const lane = this.#options.string("lane") ?? "";
    if (lane !== "" && lane !== "*" && !/^[A-Za-z0-9][\w.-]{0,63}$/.test(lane)) {
      const help = 'use letters, digits, ".", - and _, at most 64; or "*" for no order at all';
      this.#context.refuse(
        "PH055",
        this.#options.place("lane"),
        `${JSON.stringify(lane)} cannot name a lane`,
        help,
      );
    }
    return lane;
  }

  rate(): Rate | undefined {
    const text = this.#options.string("rate");
    if (text === undefined) return undefined;
    const parts = /^([1-9]\d*)\/([smh])$/.exec(text);
    const count = Number(parts?.[1]);
    const perMs = periods[parts?.[2] ?? ""];
    if (perMs === undefined || count > maxRateCount) {
      const help = `write so many in a second, minute or hour: "20/s", "5/m", "100/h"; at most ${maxRateCount}`;
      this.#context.refuse("PH054", this.#options.place("rate"), `${JSON.stringify(text)} is no rate`, help);
      return undefined;
    }
    return { count, perMs };
  }

  /** @param request the message whose field can be hashed; "raw" for an opaque body */
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
          `${JSON.stringify(node)} cannot name a node`,
          nodeNameHelp,
        );
      }
      return { kind: "node", node };
    }
    if (options.bool("round_robin")) return { kind: "round-robin" };
    if (!options.bool("session")) {
      const help = 'write one of: session: true, hash: "field", round_robin: true, node: "name"';
      this.#context.refuse("PH060", this.#options.place("route"), "the route leads nowhere", help);
    } else if (kind === "method") {
      const help =
        'a node\'s call belongs to no session: use round_robin: true, hash: "field" or node: "name"';
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
      const help = "route it by session, round_robin or node, or declare the request as a message";
      this.#context.refuse("PH053", at, "the request is opaque: it has no field to hash", help);
    } else if (request !== undefined) {
      return { kind: "hash", path: checkPath(this.#context, path, at, request, messages, "hash") };
    }
    return { kind: "hash", path: path.split(".") };
  }
}
