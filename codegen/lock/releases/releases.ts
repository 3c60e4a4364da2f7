import type { Change } from "../../evolution/compare/change.ts";
import { changesBetween } from "../../evolution/diff/changes-between.ts";
import type { ProtocolModel } from "../../evolution/model/protocol-model.ts";
import type { Lock, LockedRelease } from "../lock.ts";
import { lockOfModels } from "./released.ts";
import { renamedByLock } from "./renamed-by-lock.ts";

/** Last release of a lock; undefined when nothing was released. */
export function lastRelease({ releases }: Lock): LockedRelease | undefined {
  return releases.at(-1);
}

/**
 * Model of a release; undefined when the lock has no such release.
 *
 * @param number number of the release. Default: that of the last one
 */
export function modelOfRelease(lock: Lock, number?: number): ProtocolModel | undefined {
  const { releases } = lock;
  const found = number === undefined ? releases.at(-1) : releases.find((one) => one.number === number);
  return found?.model;
}

/** Number of the last release with a fingerprint; 0 when it was not released. */
export function releasedAs({ releases }: Lock, fingerprint: string): number {
  return releases.findLast(({ model }) => model.fingerprint === fingerprint)?.number ?? 0;
}

/**
 * Number that a server with a schema has: that of the last release with its fingerprint, or the number after the last release when
 * the schema has changed since, so that it counts as newer than all releases. 0 when nothing was released.
 *
 * @param fingerprint fingerprint of the schema
 */
export function releaseNumber(lock: Lock, fingerprint: string): number {
  const last = lastRelease(lock);
  return last === undefined ? 0 : releasedAs(lock, fingerprint) || last.number + 1;
}

/** Changes since a release. The lock shows what `photinus rename` renamed meanwhile. */
export function changesSince(release: LockedRelease, now: ProtocolModel, lock: Lock): Change[] {
  return changesBetween(release.model, now, renamedByLock(lockOfModels([release.model]), lock));
}

/**
 * First change since a release that its clients do not understand; undefined when they understand the present state. This is a
 * change of class B that hurts old clients: a client that needs an update for less (class C) is still understood, and whether it
 * is refused is a setting of the gate.
 */
export function breakSince(release: LockedRelease, now: ProtocolModel, lock: Lock): Change | undefined {
  const changes = changesSince(release, now, lock);
  return changes.find(({ classes, hurts }) => classes.includes("B") && hurts.includes("old client"));
}
