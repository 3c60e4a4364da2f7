import { type LatestLog, type NodeLedger, outcomes, type PlayerLog, type RequestLog } from "./logs.ts";
import { onceOnly } from "./sides/chaos-protocol.ts";

/** Facts of a round that decide what is allowed. */
export interface RoundFacts {
  /** True when processes were killed or frozen, or links cut: requests may fail then, and notifies are lost beyond the gate. */
  readonly isServerStruck: boolean;
  /** True when each session must survive the round. */
  readonly mustSurvive: boolean;
  /** Streams of sessions that live at the end, with the number of the last push of each. */
  readonly liveStreams: readonly (readonly [string, number])[];
}

/** Counts of one round, and each invariant that broke. */
export interface Findings {
  requests: number;
  answered: number;
  /** Requests without an ending, answered without a run, or failed although their session survived; pushes apart. */
  lost: number;
  /** Requests that ran twice or were answered twice, and notifies that arrived twice. */
  twice: number;
  pushes: number;
  /** Reliable pushes that are missing. */
  gaps: number;
  /** Reliable pushes that were repeated or out of order, and latest-wins pushes older than one before. */
  reordered: number;
  readonly problems: string[];
}

/** Checks all logs of a round against the promises of sessions. */
export function check(players: readonly PlayerLog[], nodes: NodeLedger, facts: RoundFacts): Findings {
  const findings: Findings = {
    requests: 0,
    answered: 0,
    lost: 0,
    twice: 0,
    pushes: 0,
    gaps: 0,
    reordered: 0,
    problems: [],
  };
  const known = new Set<string>();
  for (const player of players) {
    for (const request of player.requests) {
      known.add(`${player.player} ${request.number}`);
      checkRequest(player.player, request, nodes, facts, findings);
    }
    checkPushes(player, facts, findings);
    checkLatest(player, findings);
    checkNotes(player, nodes, facts, findings);
    checkSessions(player, facts, findings);
  }
  for (const key of nodes.runs.keys()) {
    if (!known.has(key)) findings.problems.push(`a node ran request ${key}, which no client has made`);
  }
  return findings;
}

function checkRequest(
  player: number,
  request: RequestLog,
  nodes: NodeLedger,
  facts: RoundFacts,
  findings: Findings,
): void {
  const { name, number, code, outcome, endings, isAnswered } = request;
  const runs = nodes.runs.get(`${player} ${number}`) ?? 0;
  const lost = (what: string): void => {
    findings.lost++;
    findings.problems.push(`${title} ${what}`);
  };
  const twice = (what: string): void => {
    findings.twice++;
    findings.problems.push(`${title} ${what}`);
  };
  const title = `player ${player}: ${name} ${number}`;
  findings.requests++;
  if (endings > 1) twice(`was answered ${endings} times`);
  if (onceOnly.has(name) && runs > 1) twice(`ran ${runs} times`);
  if (endings === 0) lost("has no ending");
  else if (isAnswered) {
    findings.answered++;
    if (runs === 0) lost(`was answered (${code || "reply"}), but did not run`);
  } else {
    if (!outcomes.some((known) => known === outcome))
      lost(`failed with ${code} and the outcome "${outcome}"`);
    else if (outcome !== "may have run" && runs > 0)
      twice(`failed with ${code} as "${outcome}", but ran ${runs} times`);
    const survived = request.madeIn === request.endedIn;
    if (survived && !request.isImpatient && !facts.isServerStruck)
      lost(`failed with ${code} ("${outcome}"), but its session survived`);
  }
}

/** Reliable pushes of a stream are 1, 2, 3 ...; a stream of a session that lives is complete. */
function checkPushes(player: PlayerLog, facts: RoundFacts, findings: Findings): void {
  const last = new Map<string, number>();
  const session = new Map<string, number>();
  for (const { stream, number, refused, isOfGroup } of player.pushes) {
    findings.pushes++;
    // A session begins with the push to its group after its join.
    if (isOfGroup && session.get(stream) !== refused) last.set(stream, number - 1);
    session.set(stream, refused);
    const before = last.get(stream) ?? 0;
    if (number <= before) {
      findings.reordered++;
      findings.problems.push(`player ${player.player}: push ${number} of ${stream} came after ${before}`);
      continue;
    }
    if (number > before + 1) {
      findings.gaps += number - before - 1;
      findings.problems.push(
        `player ${player.player}: pushes ${before + 1} to ${number - 1} of ${stream} are missing`,
      );
    }
    last.set(stream, number);
  }
  for (const [stream, count] of facts.liveStreams) {
    const arrived = last.get(stream);
    // A stream of an earlier session ends with that session.
    if (arrived === undefined || arrived >= count || session.get(stream) !== player.refusedEvents) continue;
    findings.gaps += count - arrived;
    findings.problems.push(
      `player ${player.player}: the last ${count - arrived} pushes of ${stream} are missing`,
    );
  }
}

/** A latest-wins push is never older than one of its key before. */
function checkLatest(player: PlayerLog, findings: Findings): void {
  const last = new Map<string, LatestLog>();
  for (const push of player.latest) {
    const subject = `${push.stream} key ${push.key}`;
    const before = last.get(subject);
    if (before !== undefined && push.number <= before.number) {
      findings.reordered++;
      findings.problems.push(
        `player ${player.player}: value ${push.number} of ${subject} came after ${before.number}`,
      );
    }
    last.set(subject, push);
  }
}

function checkNotes(player: PlayerLog, nodes: NodeLedger, facts: RoundFacts, findings: Findings): void {
  let arrived = 0;
  for (let number = 1; number <= player.notes; number++) {
    const count = nodes.notes.get(`${player.player} ${number}`) ?? 0;
    if (count > 0) arrived++;
    if (count <= 1) continue;
    findings.twice++;
    findings.problems.push(`player ${player.player}: notify ${number} arrived ${count} times`);
  }
  // No side knows how many notifies of a session have arrived whose resume is refused.
  if (facts.isServerStruck || player.sessions.length > 1) return;
  if (player.notes - arrived !== player.notesLost) {
    const { notes, notesLost } = player;
    findings.problems.push(
      `player ${player.player}: ${notes - arrived} of ${notes} notifies are lost, but the SDK counts ${notesLost}`,
    );
  }
}

function checkSessions(player: PlayerLog, facts: RoundFacts, findings: Findings): void {
  const { sessions, refusedEvents } = player;
  const title = `player ${player.player}`;
  if (refusedEvents !== sessions.length - 1)
    findings.problems.push(`${title}: ${refusedEvents} events for ${sessions.length - 1} refused resumes`);
  if (facts.mustSurvive && sessions.length > 1)
    findings.problems.push(`${title}: the session did not survive, ${sessions.join(", ")}`);
}
