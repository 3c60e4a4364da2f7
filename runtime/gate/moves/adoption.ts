import { fail } from "../../../schema/errors.ts";
import type { Deadlines } from "../../clock/deadlines.ts";
import type { Link } from "../../rpc/link.ts";
import { admin } from "../../rpc/link-administration.ts";
import {
  AdoptedSessions,
  AdoptSessions,
  DropSession,
  MovingSession,
} from "../../wire/generated/photinus/link.ts";
import type { GateSession, SessionMove } from "../session/gate-session.ts";
import { describe } from "./departure.ts";

/** How long the answer of a gate that is late is awaited, in ms: a link whose peer is silent for that long ends. */
const lateMs = 60_000;
const tooLate = "the other gate has answered too late";

/**
 * Asks another gate to take sessions. Rejects with DEADLINE_EXCEEDED after `timeoutMs`. Sessions that the gate takes later are dropped
 * there: it would wait for their state for ever.
 */
export function askToAdopt(
  deadlines: Deadlines,
  link: Link,
  batch: readonly GateSession[],
  nodes: ReadonlySet<string>,
  timeoutMs: number,
): Promise<AdoptedSessions> {
  const sessions = batch.map((session) => MovingSession.create(describe(session)));
  const question = { sessions, nodes: [...nodes] };
  return new Promise((resolve, reject) => {
    let isLate = false;
    const onDeadline = (): void => {
      isLate = true;
      reject(fail("DEADLINE_EXCEEDED", "no answer in time"));
    };
    const handle = deadlines.add(timeoutMs, { onDeadline });
    link
      .call(admin.adoptSessions, AdoptSessions, question, AdoptedSessions, { timeoutMs: lateMs })
      .then((adopted) => (isLate ? dropAll(link, adopted) : resolve(adopted)), reject)
      .finally(() => deadlines.remove(handle));
  });
}

function dropAll(link: Link, { sessions }: AdoptedSessions): void {
  for (const { session } of sessions) {
    if (session !== 0) link.notice(admin.dropSession, DropSession, { session, reason: tooLate }, undefined);
  }
}

/**
 * Move of a session that another gate is asked to take. No other gate is asked meanwhile. A client that comes back has to come again: the
 * other gate would not know the token that it gets here.
 */
export const offered: SessionMove = Object.freeze({
  leaves: true,
  gone: false,
  holds: true,
  ignores: () => false,
  wait: () => false,
  leave() {},
  bound() {},
  regrouped() {},
  ended() {},
});
