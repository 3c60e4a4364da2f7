/** Handlers of a scene, as each has written down its begin and end. */
export interface Owners {
  /** Handlers that have begun. */
  readonly begun: number;
  /** Scenes that more than one process has run, one after the other. */
  readonly handedOver: number;
  /** Acts and nudges by mark, each with the number of its runs. */
  readonly runs: ReadonlyMap<string, number>;
  /** Faults: two processes that run one scene at a time, or one that runs a scene again after a later one of the same step. */
  readonly problems: readonly string[];
}

/** Handlers of one process in one scene. */
interface Reign {
  readonly pid: string;
  readonly where: string;
  /** Handlers that have begun and not ended. */
  busy: number;
  /** Step in which the next process took the scene over; -1 before that. */
  overAt: number;
}

const shown = 10;

/**
 * Reads the lines that handlers have appended: "time begin|end pid node release scene mark", the time in ns of the machine's
 * monotonic clock, which all processes share. A line "time step" says that scenes may change their processes from there on: once each,
 * so that gates which disagree are seen.
 */
export function readOwners(text: string): Owners {
  const problems: string[] = [];
  const runs = new Map<string, number>();
  const reigns = new Map<string, Reign[]>();
  let begun = 0;
  let step = 0;
  const lines = text
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" "))
    .sort((one, other) => Number(BigInt(one[0]!) - BigInt(other[0]!)));
  for (const [, event = "", pid = "", node = "", release = "", scene = "", mark = ""] of lines) {
    if (event === "step") {
      step++;
      continue;
    }
    const all = reigns.get(scene) ?? [];
    reigns.set(scene, all);
    const where = `${node} of release ${release} (pid ${pid})`;
    const last = all.at(-1);
    if (event === "end") {
      const own = all.find((reign) => reign.pid === pid);
      if (own === undefined) problems.push(`scene ${scene}: ${where} ended a handler that it had not begun`);
      else own.busy--;
      continue;
    }
    begun++;
    if (mark !== "-") runs.set(mark, (runs.get(mark) ?? 0) + 1);
    const former = all.find((reign) => reign.pid === pid);
    if (former !== last && former?.overAt === step) {
      problems.push(`scene ${scene}: ${where} ran it again, after ${last?.where} had begun`);
    }
    const others = all.filter((reign) => reign.pid !== pid && reign.busy > 0);
    for (const other of others) {
      problems.push(`scene ${scene}: ${where} began a handler while ${other.where} ran ${other.busy}`);
    }
    const reign = former ?? { pid, where, busy: 0, overAt: -1 };
    reign.busy++;
    if (reign === last) continue;
    if (last !== undefined) last.overAt = step;
    if (former !== undefined) all.splice(all.indexOf(former), 1);
    all.push(reign);
  }
  const handedOver = [...reigns.values()].filter((all) => all.length > 1).length;
  if (problems.length > shown) problems.splice(shown, Infinity, `and ${problems.length - shown} more`);
  return { begun, handedOver, runs, problems };
}
