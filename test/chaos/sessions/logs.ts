/** Outcomes of a failed request, as the client SDK names them. */
export const outcomes = ["not sent", "not run", "may have run"] as const;

/** How one request of a player ended. */
export interface RequestLog {
  readonly name: string;
  readonly number: number;
  /** Session when the request was made. */
  readonly madeIn: string;
  /** Session when the request ended. */
  endedIn: string;
  /** True when the caller itself may end the request early: a short timeout, or a cancel. */
  readonly isImpatient: boolean;
  /** Times that the promise was settled. */
  endings: number;
  /** True for a reply, and for an error of the handler itself. */
  isAnswered: boolean;
  /** Code of the error; "" for a reply. */
  code: string;
  /** Outcome that the error names; undefined for a reply, and for an error of the handler itself. */
  outcome: string | undefined;
}

/** A reliable push that a player has received. */
export interface PushLog {
  readonly stream: string;
  readonly number: number;
  /** Number of refused resumes before it: each begins another session. */
  readonly refused: number;
  /** True for a push to the group that the session has joined; false for a push to the session. */
  readonly isOfGroup: boolean;
}

/** A latest-wins push that a player has received. */
export interface LatestLog {
  readonly stream: string;
  readonly key: string;
  readonly number: number;
}

/** All that one client has seen. */
export interface PlayerLog {
  readonly player: number;
  readonly requests: RequestLog[];
  readonly pushes: PushLog[];
  readonly latest: LatestLog[];
  /** Number of notifies that the SDK has accepted. */
  notes: number;
  /** Number of notifies that the SDK reports as lost. */
  notesLost: number;
  /** Sessions that the SDK has named, in order, each once. */
  readonly sessions: string[];
  /** Events of a resume that the server has refused. */
  refusedEvents: number;
  /** Resumes that have succeeded. */
  resumes: number;
}

/** What nodes have done, read from the lines of their logs. */
export class NodeLedger {
  /** Runs of requests, by `player number`. */
  readonly runs = new Map<string, number>();
  /** Arrivals of notifies, by `player number`. */
  readonly notes = new Map<string, number>();
  /** Number of the last push of each stream. */
  readonly pushed = new Map<string, number>();

  take(line: string): void {
    const [what = "", first = "", second = "", third = ""] = line.split(" ");
    if (what === "push") this.pushed.set(first, Number(third));
    else {
      const counts = what === "note" ? this.notes : this.runs;
      const key = `${first} ${second}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }

  /** Reads a log file. A line that its writer did not finish, because it was killed, does not count. */
  takeAll(text: string): void {
    for (const line of text.split("\n").slice(0, -1)) this.take(line);
  }
}
