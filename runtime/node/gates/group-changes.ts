import { fail, type PhotinusError } from "../../../schema/errors.ts";
import { admin, longestGroupName, mostRegrouped } from "../../rpc/link-administration.ts";
import { Membership, Regroup } from "../../wire/generated/photinus/link.ts";
import type { GateHandle } from "../node-host.ts";

/** Groups that a session joins and leaves in one step. */
export interface GroupChange {
  /** Groups to join, each once. */
  readonly add: string[];
  /** Groups to leave, each once; none of `add`. */
  readonly remove: string[];
  /** Whether the new memberships end when the node is lost. */
  readonly untilLost: boolean;
}

/**
 * Checks the lists of `session.regroup`, and returns them as a change. Throws INVALID_ARGUMENT. Its texts may reach clients, so they
 * have no names of groups.
 */
export function regroupChange(
  add: Iterable<string>,
  remove: Iterable<string>,
  untilLost: boolean,
): GroupChange {
  const joined = namesOf("add", add);
  const left = namesOf("remove", remove);
  for (const [index, name] of [...joined].entries()) {
    if (left.has(name)) throw invalid("add", index, "a group of remove, too", "each group in one list");
  }
  return { add: [...joined], remove: [...left], untilLost };
}

function namesOf(what: string, names: Iterable<string>): ReadonlySet<string> {
  // A text can be iterated, too: by its characters.
  if (!Array.isArray(names) && !(names instanceof Set))
    throw fail(
      "INVALID_ARGUMENT",
      `session.regroup: invalid ${what}; expected an array or Set of group names`,
    );
  for (const [index, name] of [...(names as Iterable<unknown>)].entries()) {
    const expected = `a group name of 1 to ${longestGroupName} characters`;
    if (typeof name !== "string") throw invalid(what, index, `of type ${typeof name}`, expected);
    const size = name.length;
    if (size === 0 || size > longestGroupName)
      throw invalid(what, index, `${size} characters long`, expected);
  }
  const found = new Set(names);
  const { size } = found;
  const most = mostRegrouped;
  if (size > most)
    throw fail("INVALID_ARGUMENT", `session.regroup: ${what} has ${size} groups; expected at most ${most}`);
  return found;
}

/** Error of one entry of a list. */
function invalid(what: string, index: number, found: string, expected: string): PhotinusError {
  return fail("INVALID_ARGUMENT", `session.regroup: ${what}[${index}] is ${found}; expected ${expected}`);
}

/** Sends a change to the gate of a session: by one message, unless the gate is of a release that does not know it. */
export function sendChange(gate: GateHandle, session: number, { add, remove, untilLost }: GroupChange): void {
  const { link } = gate;
  if (gate.takesRegroup && add.length + remove.length > 1) {
    link.notice(admin.regroup, Regroup, { session, add, remove, untilLost }, undefined);
    return;
  }
  // The leaves come first: they make room for joins at the gate's limits.
  for (const group of remove)
    link.notice(admin.leave, Membership, { session, group, untilLost: false }, undefined);
  for (const group of add) link.notice(admin.join, Membership, { session, group, untilLost }, undefined);
}

/** Last change of each group of a session, for the gate that the session moves to. */
export class KeptChanges {
  readonly #changes = new Map<string, { readonly of: GroupChange; readonly joins: boolean }>();

  keep(change: GroupChange): void {
    for (const group of change.remove) this.#keep(group, change, false);
    for (const group of change.add) this.#keep(group, change, true);
  }

  /** Returns the changes in their order, each without the groups that a later one has changed. */
  all(): GroupChange[] {
    const all = new Map<GroupChange, GroupChange>();
    for (const [group, { of, joins }] of this.#changes) {
      let kept = all.get(of);
      if (kept === undefined) {
        kept = { add: [], remove: [], untilLost: of.untilLost };
        all.set(of, kept);
      }
      (joins ? kept.add : kept.remove).push(group);
    }
    return [...all.values()];
  }

  #keep(group: string, of: GroupChange, joins: boolean): void {
    // Behind the changes of other groups: a join beyond the gate's limits is refused, and a leave before it makes room.
    this.#changes.delete(group);
    this.#changes.set(group, { of, joins });
  }
}
