import type { Hurt } from "../compare/change.ts";
import type { Comparison } from "../compare/comparison.ts";
import { type CallModel, isMethod, type RouteModel } from "../model/protocol-model.ts";
import type { ChangeClass } from "../rules/rule.ts";
import type { RuleName } from "../rules/rules.ts";

const levels = ["ANYONE", "USER", "ADMIN"] as const;
const deliveries = ["DROPPABLE", "LATEST", "RELIABLE"] as const;

/** Finds changes of the policy of one call. */
export function comparePolicies(comparison: Comparison, was: CallModel, is: CallModel): void {
  const tell = (
    rule: RuleName,
    reason: string,
    hurts: readonly Hurt[],
    classes?: readonly ChangeClass[],
  ): void =>
    comparison.changes.add(rule, { subject: is.name, at: [is], reason, hurts, ...(classes && { classes }) });
  const say = (what: string, before: string, after: string): string =>
    `the ${what} of ${is.name} was ${before} and is ${after}`;

  if (was.auth !== undefined && is.auth !== undefined && was.auth !== is.auth) {
    const isRaised = levels.indexOf(is.auth) > levels.indexOf(was.auth);
    const reason = say("auth", was.auth, is.auth);
    tell(isRaised ? "auth-raised" : "auth-lowered", reason, isRaised ? ["old client"] : []);
  }
  compareLimits(was, is, tell, say);
  const route = routeText(comparison, "before", was);
  const routeNow = routeText(comparison, "after", is);
  if (JSON.stringify(was.route) !== JSON.stringify(is.route))
    tell("route-changed", say("route", route, routeNow), ["old node", "stored rows"]);
  if (was.lane !== is.lane) tell("lane-changed", say("lane", laneText(was), laneText(is)), ["old node"]);
  // A call without a reply is never sent again.
  if (was.reply !== undefined && is.reply !== undefined) compareIdempotence(was, is, tell);
  if (was.minRelease !== is.minRelease) {
    const reason = say("least release of the nodes", releaseText(was.minRelease), releaseText(is.minRelease));
    tell("min-release-changed", reason, ["old node"]);
  }
  if (was.heavy !== is.heavy) {
    const where = is.heavy ? "on a worker thread" : "on the event loop";
    tell("thread-changed", `the handler of ${is.name} now runs ${where}`, []);
  }
  if (was.compress !== is.compress) {
    const isAllowed = is.compress === undefined;
    const reason = `bodies of ${is.name} ${isAllowed ? "may be compressed now" : "are not compressed any more"}`;
    tell(isAllowed ? "compress-allowed" : "compress-forbidden", reason, []);
  }
  comparePush(comparison, was, is, tell, say);
}

function compareIdempotence(was: CallModel, is: CallModel, tell: Tell): void {
  const ofNodes = isMethod(is);
  if (was.idempotent && !is.idempotent) {
    const reason = `${is.name} was idempotent and is not any more: a request that is sent again runs twice`;
    tell("idempotent-withdrawn", reason, [ofNodes ? "old node" : "old client"], [ofNodes ? "R" : "B"]);
  }
  if (!was.idempotent && is.idempotent) {
    const reason = `${is.name} is idempotent now: new callers send it again to handlers that may not bear it`;
    tell("idempotent-added", reason, ofNodes ? ["old node"] : ["new client", "old node"]);
  }
}

type Tell = (
  rule: RuleName,
  reason: string,
  hurts: readonly Hurt[],
  classes?: readonly ChangeClass[],
) => void;
type Say = (what: string, before: string, after: string) => string;

/** Finds changed rates, sizes and timeouts. A limit that is tighter in one respect is tightened. */
function compareLimits(was: CallModel, is: CallModel, tell: Tell, say: Say): void {
  const rate = say("rate", rateText(was.rate), rateText(is.rate));
  if (isSlower(was.rate, is.rate)) tell("rate-lowered", rate, ["old client"]);
  else if (JSON.stringify(was.rate) !== JSON.stringify(is.rate)) tell("limit-loosened", rate, []);
  const [size = Infinity, sizeNow = Infinity] = [was.maxBytes, is.maxBytes];
  const sizes = say("largest body", sizeText(size), sizeText(sizeNow));
  if (sizeNow < size) tell("size-lowered", sizes, ["old client"]);
  if (sizeNow > size) tell("limit-loosened", sizes, []);
  const [timeout, timeoutNow] = [was.timeoutMs, is.timeoutMs];
  if (timeout === undefined || timeoutNow === undefined || timeout === timeoutNow) return;
  const timeouts = say("timeout", `${timeout} ms`, `${timeoutNow} ms`);
  const ofNodes = isMethod(is);
  if (timeoutNow > timeout) tell("limit-loosened", timeouts, []);
  else tell("timeout-lowered", timeouts, [ofNodes ? "old node" : "old client"], [ofNodes ? "R" : "C"]);
}

function comparePush(comparison: Comparison, was: CallModel, is: CallModel, tell: Tell, say: Say): void {
  if (was.delivery === undefined || is.delivery === undefined) return;
  if (was.delivery !== is.delivery) {
    const isWeaker = deliveries.indexOf(is.delivery) < deliveries.indexOf(was.delivery);
    const rule = isWeaker ? "delivery-weakened" : "delivery-strengthened";
    tell(rule, say("delivery", was.delivery, is.delivery), isWeaker ? ["old client"] : []);
    // The tick follows the delivery class.
    return;
  }
  if (JSON.stringify(was.key) !== JSON.stringify(is.key)) {
    const before = pathText(comparison, "before", was.body, was.key) ?? "none";
    const after = pathText(comparison, "after", is.body, is.key) ?? "none";
    tell("key-changed", say("key", before, after), ["old client"]);
  }
  const [tick = 0, tickNow = 0] = [was.tickMs, is.tickMs];
  if (tick !== tickNow) tell("tick-changed", say("tick", `${tick} ms`, `${tickNow} ms`), []);
}

type RateModel = CallModel["rate"];

/** Whether a rate allows fewer calls, in a burst or on average. */
function isSlower(before: RateModel, after: RateModel): boolean {
  if (after === undefined) return false;
  if (before === undefined) return true;
  const [count, perMs] = before;
  const [countNow, perMsNow] = after;
  return countNow < count || countNow * perMs < count * perMsNow;
}

function rateText(rate: RateModel): string {
  return rate === undefined ? "unlimited" : `${rate[0]} in ${rate[1] / 1000} s`;
}

function sizeText(bytes: number): string {
  return bytes === Infinity ? "the frame limit of the port" : `${bytes} bytes`;
}

function releaseText(release: number | undefined): string {
  return release === undefined ? "unset" : `${release}`;
}

function laneText({ lane = "" }: CallModel): string {
  if (lane === "") return "the lane of the role";
  return lane === "*" ? '"*" (no order)' : JSON.stringify(lane);
}

function routeText(comparison: Comparison, side: "before" | "after", call: CallModel): string {
  const route: RouteModel = call.route ?? "session";
  if (typeof route === "string") return route;
  if ("node" in route) return `the node ${route.node}`;
  return `the hash of ${pathText(comparison, side, call.body, route.hash)}`;
}

/** Path of field numbers as names: "where.room". */
function pathText(
  { messagesBefore, messagesAfter }: Comparison,
  side: "before" | "after",
  body: string,
  path: readonly number[] | undefined,
): string | undefined {
  const messages = side === "before" ? messagesBefore : messagesAfter;
  let type = body;
  return path
    ?.map((number) => {
      const field = messages.get(type)?.fields.find((one) => one.number === number);
      type = field?.type ?? "";
      return field?.name ?? String(number);
    })
    .join(".");
}
