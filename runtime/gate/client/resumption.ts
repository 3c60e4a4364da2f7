import type { FrameFormat } from "../../wire/frame/frame-format.ts";
import { type Hello, ResumeRefusal } from "../../wire/generated/photinus/control.ts";
import type { GateCore } from "../gate-core.ts";
import type { Pushes } from "../push/pushes.ts";
import type { GateSession, SessionMove } from "../session/gate-session.ts";
import type { Resume } from "../session/resume.ts";
import { ResumeTokens, type TokenHashes, type TokenParts } from "../session/resume-tokens.ts";
import { SendWindow, type WindowStart } from "../session/send-window.ts";
import type { SessionNotices } from "../session/session-notices.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { SuspendedSessions } from "../session/suspended-sessions.ts";
import { WindowStore } from "../session/window-store.ts";
import type { SessionWire } from "../wire/session-wire.ts";
import { SuspendedWire } from "../wire/suspended-wire.ts";
import type { OpenConnection } from "./open-connection.ts";

/** Parts of a gate that resumption uses. */
export interface ResumptionParts {
  readonly sessions: SessionTable;
  readonly suspended: SuspendedSessions;
  readonly pushes: Pushes;
  readonly notices: SessionNotices;
  /** Ends a session for good. */
  end(session: GateSession, reason: string): void;
}

/** Begins sessions that outlive their connection, and continues them on another one. */
export class Resumption {
  readonly #core: GateCore;
  readonly #parts: ResumptionParts;
  readonly #tokens = new ResumeTokens();
  readonly #windows: WindowStore;

  constructor(core: GateCore, format: FrameFormat, parts: ResumptionParts) {
    this.#core = core;
    this.#parts = parts;
    this.#windows = new WindowStore(parts.suspended, format);
  }

  /** Makes a window. `gone`: what the client has received from another gate. */
  newWindow(gone?: WindowStart): SendWindow {
    return new SendWindow(this.#windows, this.#core.limits.resumeSessionBytes, gone);
  }

  /** Makes an open session one that can be resumed. Returns its token; the caller sends it in the welcome. */
  begin(session: GateSession, out: SessionWire, schema: string): Uint8Array {
    const window = this.newWindow();
    const resume = { window, schema, tokens: undefined, notifyCount: 0, deadline: 0 };
    session.resume = resume;
    out.keepIn(window);
    return this.#tokens.issue(session.number, resume);
  }

  /** Makes a session from another gate wait for its client. Returns a token for it; the hashes of former tokens are valid, too. */
  adopt(session: GateSession, schema: string, former: readonly Uint8Array[]): Uint8Array {
    const { deadlines, limits } = this.#core;
    const resume: Resume = {
      window: this.newWindow(),
      schema,
      tokens: undefined,
      notifyCount: 0,
      deadline: 0,
    };
    session.resume = resume;
    const token = this.#tokens.adopt(session.number, resume, former);
    const adopted = resume.tokens === undefined ? [] : (resume.tokens as TokenHashes).former;
    const forget = (): void => {
      // The tokens stay until the client has shown that it has a newer one, or the session has ended.
      if (!session.ended && resume.tokens?.former.length)
        deadlines.add(limits.resumeMs, { onDeadline: forget });
      else this.#tokens.forget(adopted, session.number);
    };
    deadlines.add(limits.resumeMs, { onDeadline: forget });
    this.suspend(session);
    return token;
  }

  /** Returns the move of a Hello's session between this gate and another one; undefined without one. */
  moveOf({ canResume, resumeToken }: Hello): SessionMove | undefined {
    if (!canResume || resumeToken.length === 0) return undefined;
    const token = this.#tokens.read(resumeToken);
    const session = token && this.#parts.sessions.get(token.id);
    const tokens = session?.resume?.tokens;
    const isTheirs = token !== undefined && tokens !== undefined && this.#tokens.accepts(tokens, token);
    return isTheirs ? session?.move : undefined;
  }

  /**
   * Returns the parts of a Hello's token that no session of this gate accepts; undefined for any other Hello. A guessed number of a
   * session that is here makes no difference: nobody learns from that whether the session exists.
   */
  foreign({ canResume, resumeToken }: Hello): TokenParts | undefined {
    const parts = canResume ? this.#tokens.partsOf(resumeToken) : undefined;
    return parts !== undefined && this.find(parts) === undefined ? parts : undefined;
  }

  /** Returns whether a Hello's token is that of a session at this gate. */
  knows({ canResume, resumeToken }: Hello): boolean {
    const token = canResume && resumeToken.length > 0 ? this.#tokens.read(resumeToken) : undefined;
    const tokens = token && this.#parts.sessions.get(token.id)?.resume?.tokens;
    return token !== undefined && tokens !== undefined && this.#tokens.accepts(tokens, token);
  }

  /** Returns the id of the ticket with which the session of a Hello's token began or was renewed; "" without one. */
  ticketIdOf(hello: Hello): string {
    const token = this.knows(hello) ? this.#tokens.read(hello.resumeToken) : undefined;
    return (token && this.#parts.sessions.get(token.id)?.ticketId) ?? "";
  }

  /** Returns the session of a token that another gate has got. */
  find(parts: TokenParts): GateSession | undefined {
    const token = this.#tokens.resolve(parts);
    const session = token && this.#parts.sessions.get(token.id);
    const tokens = session?.resume?.tokens;
    return token !== undefined && tokens !== undefined && this.#tokens.accepts(tokens, token)
      ? session
      : undefined;
  }

  /**
   * Finds the session of a Hello's token, and takes it from its former connection. Returns the session with a new token, or why it
   * cannot be resumed. The caller sends the welcome, then calls {@link proceed}.
   *
   * @param userId user of the Hello's ticket; undefined without a ticket
   */
  claim(
    connection: OpenConnection,
    hello: Hello,
    userId: bigint | undefined,
  ): [GateSession, Uint8Array] | ResumeRefusal {
    const { sessions, suspended, end } = this.#parts;
    const { counters, refusals } = this.#core;
    const { remote } = connection.transport;
    const token = this.#tokens.read(hello.resumeToken);
    if (token === undefined) return this.#refused(ResumeRefusal.FOREIGN);
    const session = sessions.get(token.id);
    const resume = session?.resume;
    if (session === undefined || resume?.tokens === undefined) {
      return this.#refused(suspended.refusalOf(token.id));
    }
    if (!this.#tokens.accepts(resume.tokens, token)) {
      refusals.note("resume.refused.token", { session: session.id, remote });
      return ResumeRefusal.ENDED;
    }
    if (userId !== undefined && session.userId !== 0n && session.userId !== userId) {
      refusals.note("resume.refused.user", { session: session.id, remote });
      return ResumeRefusal.OTHER_USER;
    }
    // From here on the former connection has no session: that moves to this connection, or ends.
    const former = session.connection;
    session.connection = undefined;
    former?.replaced();
    if (resume.schema !== hello.schema) {
      end(session, "the client came back with another schema");
      return this.#refused(ResumeRefusal.SCHEMA);
    }
    if (!resume.window.covers(hello.lastPush, hello.answerCount)) {
      suspended.overrun(session);
      return this.#refused(ResumeRefusal.OVERRUN);
    }
    if (former !== undefined) counters.add("session.taken-over");
    suspended.remove(session);
    session.connection = connection;
    session.remote = remote;
    resume.window.acknowledge(hello.lastPush, hello.answerCount);
    counters.add("session.resumed");
    return [session, this.#tokens.issue(session.number, resume, token.hash)];
  }

  /** Sends what the client lacks, after its welcome. */
  proceed(session: GateSession, out: SessionWire): void {
    const window = session.resume?.window;
    window?.repeat(out);
    if (window !== undefined) out.keepIn(window);
    session.wire = out;
    this.#parts.pushes.drained(session);
    window?.setAside(0);
    this.#parts.notices.resumed(session);
  }

  /** Keeps a session whose connection is lost. */
  suspend(session: GateSession): void {
    const { resume } = session;
    if (resume === undefined) return;
    const { notices, suspended } = this.#parts;
    const bufferedBytes = this.#core.limits.softBufferBytes + 1;
    session.wire = new SuspendedWire(resume, bufferedBytes, () => suspended.overrun(session));
    session.connection = undefined;
    resume.window.open(undefined);
    resume.window.trim();
    notices.suspended(session);
    suspended.add(session);
    if (session.latestPushes !== undefined) session.wire.heldBack?.(session.latestPushes.memoryBytes);
  }

  #refused(why: ResumeRefusal): ResumeRefusal {
    this.#core.counters.add("resume.refused");
    return why;
  }
}
