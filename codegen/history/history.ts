import { changesBetween } from "../evolution/diff/changes-between.ts";
import type { ProtocolModel } from "../evolution/model/protocol-model.ts";
import type { Lock, LockedRelease } from "../lock/lock.ts";
import { lockOfModels } from "../lock/releases/released.ts";
import { breakSince, changesSince } from "../lock/releases/releases.ts";
import { renamedByLock } from "../lock/releases/renamed-by-lock.ts";
import type { Memo } from "../memo.ts";
import { type Changelog, changelogOf } from "./changelog.ts";

/** One release of a protocol with its changes, or the changes since the last release. */
export interface HistoryEntry extends Changelog {
  /** Absent for changes that are not released yet. */
  readonly release?: LockedRelease;
  /** Clients that are understood, as a sentence without a full stop. Empty for the first release and unreleased changes. */
  readonly clients: string;
}

/**
 * Makes the history of a protocol, the newest entry first: the changes since the last release, if there are any, and all releases.
 * Empty when nothing was released.
 *
 * @param now model of the present schema
 * @param memo cache of earlier runs. Default: none
 */
export function historyOf(lock: Lock, now: ProtocolModel, memo?: Memo): HistoryEntry[] {
  const { releases } = lock;
  const entries = releases.map((release, at) => {
    const make = () => entryOf(release, releases.slice(0, at));
    return memo?.remember("history", release, make) ?? make();
  });
  const last = releases.at(-1);
  if (last === undefined) return [];
  const changes = changesSince(last, now, lock);
  if (changes.length > 0) entries.push({ clients: "", ...changelogOf(changes, last.model, now) });
  return entries.reverse();
}

/** @param earlier earlier releases, by ascending number */
function entryOf(release: LockedRelease, earlier: readonly LockedRelease[]): HistoryEntry {
  const before = earlier.at(-1)?.model ?? emptyBefore(release.model);
  // An id with another name is a renamed call, since codegen refuses any other.
  const renamed = renamedByLock(lockOfModels([before]), lockOfModels([release.model]));
  const changes = changesBetween(before, release.model, renamed);
  return { release, clients: clientsText(release, earlier), ...changelogOf(changes, before, release.model) };
}

/** A model without declarations. Error codes are those of the package, which every protocol has from the first release on. */
function emptyBefore({ version, errors }: ProtocolModel): ProtocolModel {
  return { version, errors, fingerprint: "", files: [], services: [], calls: [], messages: [], enums: [] };
}

function clientsText({ number, clients, model }: LockedRelease, earlier: readonly LockedRelease[]): string {
  const [first] = earlier;
  if (first === undefined) return "";
  if (clients <= first.number) return "clients of all releases are understood";
  const newest = earlier.findLast((one) => one.number < clients);
  const cause = newest && breakSince(newest, model, lockOfModels([model]));
  const who = clients === number ? "of earlier releases" : `from before release ${clients}`;
  return `clients ${who} are not understood${cause === undefined ? "" : `: ${cause.reason}`}`;
}
