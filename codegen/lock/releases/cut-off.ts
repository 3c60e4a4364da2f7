import { type Change, ChangeList } from "../../evolution/compare/change.ts";
import type { ProtocolModel } from "../../evolution/model/protocol-model.ts";
import { emptyLock, type Lock, type LockedRelease, lockFileName } from "../lock.ts";
import { breakSince } from "./releases.ts";

/** State of a protocol, with the lock file beside it. */
export interface ReleasedState {
  readonly model: ProtocolModel;
  readonly lock: Lock | undefined;
}

/**
 * Finds the releases whose clients a former state understood and the present one does not, and those that the lock file no longer
 * has (rule 33).
 *
 * @param releases releases of the former state
 */
export function cutOff(
  releases: readonly LockedRelease[],
  before: ReleasedState,
  now: ReleasedState,
): Change[] {
  const changes = new ChangeList([]);
  const tell = (reason: string) =>
    changes.add("releases-cut-off", {
      subject: "releases",
      at: [{ at: `${lockFileName}:0` }],
      reason,
      hurts: ["old client"],
    });
  const gone = releases.filter(({ number }) => now.lock?.releases.every((one) => one.number !== number));
  if (gone.length > 0) {
    tell(
      `the lock file lacks ${listed(gone)}, so gates cannot tell whether these clients understand the schema`,
    );
  }
  const causes = releases.flatMap((release) => {
    if (gone.includes(release) || breakSince(release, before.model, before.lock ?? emptyLock)) return [];
    const cause = breakSince(release, now.model, now.lock ?? emptyLock);
    return cause === undefined ? [] : [{ release, cause }];
  });
  const last = causes.at(-1);
  if (last !== undefined) {
    const cut = causes.map(({ release }) => release);
    tell(`clients of ${listed(cut)} were understood and are cut off: ${last.cause.reason}`);
  }
  return changes.sorted();
}

/** Numbers of releases in words: "releases 1 to 3 and 5". */
function listed(releases: readonly LockedRelease[]): string {
  const spans: { from: number; to: number; count: number }[] = [];
  for (const { number } of releases) {
    const span = spans.at(-1);
    if (span?.to === number - 1) Object.assign(span, { to: number, count: span.count + 1 });
    else spans.push({ from: number, to: number, count: 1 });
  }
  const texts = spans.flatMap(({ from, to, count }) =>
    count > 2 ? [`${from} to ${to}`] : count === 2 ? [`${from}`, `${to}`] : [`${from}`],
  );
  const last = texts.pop() ?? "";
  const all = texts.length === 0 ? last : `${texts.join(", ")} and ${last}`;
  return `${releases.length === 1 ? "release" : "releases"} ${all}`;
}
