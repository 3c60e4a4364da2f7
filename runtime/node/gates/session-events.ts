import type { Session } from "../../api/handler-context.ts";
import type { CountedLog } from "../../log/counted-log.ts";

/** Event of a session, by the name of the method that adds its listeners. */
type SessionEvent = "onSessionEnd" | "onSessionSuspended" | "onSessionResumed";

/** Listeners of a node to the events of sessions. Listeners of one event run in the order in which they were added. */
export class SessionEvents {
  readonly #listeners = new Map<SessionEvent, ((session: Session) => void)[]>();

  on(event: SessionEvent, listener: (session: Session) => void): void {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) this.#listeners.set(event, [listener]);
    else listeners.push(listener);
  }

  /** Calls the listeners. An error of one is logged, and does not keep the event from the others. */
  tell(event: SessionEvent, session: Session, log: CountedLog): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        listener(session);
      } catch (error) {
        log.error({ err: error, session: session.id }, `an ${event} listener threw`);
      }
    }
  }
}
