import type { Hurt } from "../compare/change.ts";
import type { Comparison } from "../compare/comparison.ts";
import { type CallModel, isMethod } from "../model/protocol-model.ts";
import { compareDeclarations } from "./declaration-changes.ts";
import { comparePolicies } from "./policy-changes.ts";
import { ofPushes } from "./service-changes.ts";

const clients: readonly Hurt[] = ["old client", "new client"];
const nodes: readonly Hurt[] = ["old node"];

/** Kinds of calls as messages name them. */
const words: Readonly<Record<CallModel["kind"], string>> = {
  request: "request",
  notify: "notify",
  push: "push",
  method: "method",
  "one-way": "one-way method",
};

/** Parties that are hurt when the two sides of a call disagree about it. */
function hurtBy(call: CallModel): readonly Hurt[] {
  if (isMethod(call)) return nodes;
  return call.kind === "push" ? ["old client"] : clients;
}

/**
 * Finds changes of commands, pushes and methods. A call is matched by its full name; under another name it is the former call only
 * if `photinus rename` recorded it, or if a call of the same own name and id moved to another service.
 *
 * @param renamed full names of renamed calls, former to present
 */
export function compareCalls(comparison: Comparison, renamed: ReadonlyMap<string, string>): void {
  const { before, after } = comparison;
  const matched = matchCalls(before.calls, after.calls, renamed);
  const partners = new Set(matched.values());
  const ids = new Map(before.calls.map((call) => [idKey(call), call]));
  const idsNow = new Map(after.calls.map((call) => [idKey(call), call]));
  const reserved = new Set(after.services.flatMap(({ reservedIds = [] }) => reservedIds));
  for (const was of before.calls) {
    const is = matched.get(was);
    if (is !== undefined) {
      compareCall(comparison, was, is, ids.get(idKey(is)), matched);
      continue;
    }
    const heir = idsNow.get(idKey(was));
    // An id that a new call has now is reported once, as reused.
    if (heir !== undefined && !partners.has(heir)) continue;
    reportDeleted(comparison, was, reserved.has(was.id));
  }
  const reservedBefore = new Set(before.services.flatMap(({ reservedIds = [] }) => reservedIds));
  for (const is of after.calls) {
    if (partners.has(is)) continue;
    reportNew(comparison, is, ids.get(idKey(is)), !isMethod(is) && reservedBefore.has(is.id));
  }
}

function idKey(call: CallModel): string {
  return `${isMethod(call) ? "method" : "call"} ${call.id}`;
}

/** Present calls by former calls. */
function matchCalls(
  before: readonly CallModel[],
  after: readonly CallModel[],
  renamed: ReadonlyMap<string, string>,
): Map<CallModel, CallModel> {
  const byName = new Map(after.map((call) => [call.name, call]));
  const byId = new Map(after.map((call) => [idKey(call), call]));
  const former = new Set(before.map(({ name }) => name));
  const matched = new Map<CallModel, CallModel>();
  for (const was of before) {
    const moved = byId.get(idKey(was));
    const isMoved = moved !== undefined && !former.has(moved.name) && ownName(moved) === ownName(was);
    const is =
      byName.get(was.name) ?? byName.get(renamed.get(was.name) ?? "") ?? (isMoved ? moved : undefined);
    if (is !== undefined) matched.set(was, is);
  }
  return matched;
}

function ownName({ name }: CallModel): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** @param owner the former call with the present id of this one */
function compareCall(
  comparison: Comparison,
  was: CallModel,
  is: CallModel,
  owner: CallModel | undefined,
  matched: ReadonlyMap<CallModel, CallModel>,
): void {
  const { changes } = comparison;
  const subject = is.name;
  compareDeclarations(comparison, subject, was, is);
  if (was.name !== is.name) {
    const reason = `${was.name} was renamed to ${is.name}; the id is still ${was.id}`;
    changes.add("call-renamed", { subject, at: [is], reason, hurts: ["other SDK"] });
    compareRoles(comparison, was, is);
  }
  if (isMethod(was) !== isMethod(is) || (was.kind === "push") !== (is.kind === "push")) {
    const reason = `${subject} was a ${words[was.kind]} and is a ${words[is.kind]}`;
    changes.add("kind-changed", { subject, at: [is], reason, hurts: [...hurtBy(was), ...hurtBy(is)] });
    return;
  }
  if (was.id !== is.id) {
    const isOfOther = owner !== undefined && owner !== was;
    const rule = !isOfOther
      ? "command-id-changed"
      : matched.has(owner)
        ? "command-ids-swapped"
        : "command-id-reused";
    const also = isOfOther ? `, which belonged to ${owner.name}` : "";
    const reason = `the id of ${subject} was ${was.id} and is ${is.id}${also}`;
    changes.add(rule, { subject, at: [is], reason, hurts: hurtBy(was) });
  }
  compareBodies(comparison, was, is);
  comparePolicies(comparison, was, is);
}

/** Finds another role of a call that moved to another service. */
function compareRoles({ before, after, changes }: Comparison, was: CallModel, is: CallModel): void {
  const from = before.services.find(({ name }) => name === was.service)?.role;
  const to = after.services.find(({ name }) => name === is.service)?.role;
  if (from === to) return;
  const reason = `the role of ${is.name} was ${from} and is ${to}`;
  const served = is.kind === "push" ? ofPushes : { hurts: nodes };
  changes.add("role-moved", { subject: is.name, at: [is], reason, ...served });
}

function compareBodies(comparison: Comparison, was: CallModel, is: CallModel): void {
  const { changes } = comparison;
  const subject = is.name;
  const hurts = hurtBy(was);
  if (!comparison.isAlike(was.body, is.body)) {
    const what = was.kind === "push" ? "body" : "request";
    const reason = `the ${what} of ${subject} was ${was.body} and is ${is.body}`;
    changes.add("request-type-changed", { subject, at: [is], reason, hurts });
  } else if (was.body !== is.body && comparison.nameAfter(was.body) !== is.body) {
    reportOtherName(comparison, is, was.body, is.body);
  }
  if (was.reply === undefined && is.reply !== undefined) {
    const reason = `${subject} had no reply and now returns ${is.reply}`;
    changes.add("reply-added", { subject, at: [is], reason, hurts });
  } else if (was.reply !== undefined && is.reply === undefined) {
    const reason = `${subject} returned ${was.reply} and now has no reply`;
    changes.add("reply-removed", { subject, at: [is], reason, hurts });
  } else if (was.reply !== undefined && is.reply !== undefined) {
    if (!comparison.isAlike(was.reply, is.reply)) {
      const reason = `the reply of ${subject} was ${was.reply} and is ${is.reply}`;
      changes.add("reply-type-changed", { subject, at: [is], reason, hurts });
    } else if (was.reply !== is.reply && comparison.nameAfter(was.reply) !== is.reply) {
      reportOtherName(comparison, is, was.reply, is.reply);
    }
  }
}

/** Reports a body that is an equal message of another name, while the former message still exists. */
function reportOtherName({ changes }: Comparison, is: CallModel, before: string, after: string): void {
  const reason = `${is.name} used ${before} and now uses ${after}, which has the same form`;
  changes.add("type-renamed", { subject: is.name, at: [is], reason, hurts: ["other SDK"] });
}

function reportDeleted({ after, changes }: Comparison, was: CallModel, isReserved: boolean): void {
  const service = after.services.find(({ name }) => name === was.service);
  const at = [service, was];
  const subject = was.name;
  if (isMethod(was)) {
    changes.add("method-deleted", { subject, at, reason: `the method ${subject} was deleted`, hurts: nodes });
    return;
  }
  const end = isReserved ? ` and its id ${was.id} reserved` : `; its id ${was.id} is not reserved`;
  changes.add("command-deleted", {
    subject,
    at,
    reason: `the ${words[was.kind]} ${subject} was deleted${end}`,
    classes: [isReserved ? "C" : "B"],
    hurts: ["old client"],
    ...(isReserved ? { remedy: "raise the minimum version of clients to one that does not use it" } : {}),
  });
}

function reportNew(
  { changes }: Comparison,
  is: CallModel,
  owner: CallModel | undefined,
  wasReserved: boolean,
): void {
  const subject = is.name;
  if (owner !== undefined || wasReserved) {
    const whose = owner === undefined ? "a removed call, as its reservation says" : owner.name;
    const reason = `the id ${is.id} of the new ${words[is.kind]} ${subject} belonged to ${whose}`;
    changes.add("command-id-reused", { subject, at: [is], reason, hurts: isMethod(is) ? nodes : clients });
    return;
  }
  const reason = `the ${words[is.kind]} ${subject} is new`;
  changes.add(is.kind === "push" ? "push-added" : "call-added", { subject, at: [is], reason, hurts: [] });
}
