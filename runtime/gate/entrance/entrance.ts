import { type ErrorCode, errorCodes, type PhotinusError } from "../../../schema/errors.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { decode } from "../../wire/codec/codec-runtime.ts";
import { control } from "../../wire/frame/frame-format.ts";
import {
  Authenticate,
  Hello,
  Ping,
  Queued,
  type ResumeRefusal,
} from "../../wire/generated/photinus/control.ts";
import type { Identity } from "../auth/authenticator.ts";
import { Renewal } from "../auth/renewal.ts";
import { faultOf, mayReturn, refusalName, ticketRefusal } from "../auth/ticket-refusals.ts";
import { bindFailure } from "../auth/tickets.ts";
import type { ClientSide } from "../client/client-side.ts";
import type { OpenConnection } from "../client/open-connection.ts";
import type { QueuePlace, QueueWaiter } from "../queue/login-queue.ts";
import type { GateSession } from "../session/gate-session.ts";
import type { SessionWire } from "../wire/session-wire.ts";
import { unconnectedWire } from "../wire/unconnected-wire.ts";
import { refusalText } from "./client-releases.ts";
import { awaitSession, begin, type Greeting, resume } from "./greeting.ts";
import { shownChars } from "./other-schemas.ts";

/** Connection whose Hello is under way. */
export interface EnteringConnection extends OpenConnection {
  /** Counts and logs a refusal under the name `what`, then kicks the client with the reason. */
  refuse(
    what: string,
    code: ErrorCode,
    reason: string,
    details?: object,
    reconnect?: boolean,
    retryMs?: number,
  ): void;
  /** Stops the handling of frames: further bytes wait, and are not read. The handshake timeout goes on. */
  hold(): void;
  /** Ends the handshake timeout. Frames are handled again. */
  known(): void;
  /** Starts the heartbeat: once the client is welcome, or waits in the login queue. Before, a client expects no ping. */
  startHeartbeat(): void;
  /** Called after the Welcome. */
  entered(greeting: Greeting): void;
}

/** Hello of all connections that have entered. */
const emptyHello = Object.freeze(Hello.create());

/** Reason of a refusal by a full gate. */
export const fullGate = "the server is full";

/**
 * Steps of one Hello: judge the ticket, find the session, wait in the login queue, open the session, send Welcome. Each step calls the
 * next one, at once or later. The connection calls {@link stop} when it ends before.
 */
export class Entrance {
  readonly #side: ClientSide;
  readonly #connection: EnteringConnection;
  #hello: Hello;
  /** Name that the client has given. */
  readonly #client: string;
  readonly #wire: SessionWire;
  /** Ends the wait of the current step. */
  #endWait: (() => void) | undefined;
  #place: QueuePlace | undefined;
  #isOver = false;
  /** True for a ticket that is accepted once and was used for the session that the client resumes: it opens no other one. */
  #isRepeat = false;
  /** Session, once it is welcomed. */
  #session: GateSession | undefined;
  /** Fresh tickets; undefined before the first. */
  #renewal: Renewal | undefined;

  constructor(side: ClientSide, connection: EnteringConnection, hello: Hello, wire: SessionWire) {
    this.#side = side;
    this.#connection = connection;
    this.#hello = hello;
    this.#client = hello.client;
    this.#wire = wire;
  }

  /** Returns whether the client may send a control message now: while a step waits, it may ping and leave. */
  takes(command: number): boolean {
    if (this.#endWait === undefined) return false;
    return command === control.ping || command === control.bye || command === control.pong;
  }

  /** Gives up the place in the login queue: the client leaves, and does not come back. */
  leave(): void {
    this.#place?.leave();
  }

  /** Begins with the first step, unless the client's release or schema is refused. */
  begin(): void {
    if (!this.#refusesRelease() && !this.#refusesSchema()) this.#judge();
  }

  /** Handles a control message about tickets. Returns false for any other one. */
  onControl(command: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (command !== control.authenticate) return false;
    const session = this.#session;
    if (session === undefined) return false;
    const { core, tickets } = this.#side;
    this.#renewal ??= new Renewal(core, tickets, session, this.#wire, this.#client);
    this.#renewal.take(decode(Authenticate, bytes, start, end).ticket);
    return true;
  }

  /** Ends the current step: the connection has closed. */
  stop(): void {
    this.#isOver = true;
    this.#renewal?.stop();
    this.#endWait?.();
    this.#endWait = undefined;
  }

  /** Refuses a client whose release the gate does not serve, whether or not it resumes a session. Returns false for any other one. */
  #refusesRelease(): boolean {
    const { releases } = this.#side;
    const { release, schema, client } = this.#hello;
    const refusal = releases.judge(this.#hello);
    if (refusal === undefined) return false;
    const { tooNew } = refusal;
    this.#wire.upgrade = { ...refusal, url: releases.upgradeUrl };
    const reason = refusalText(this.#hello, refusal);
    const what = tooNew ? "client.refused.too-new" : "client.refused.too-old";
    // A client that is too new comes back: the gate will have its release, or another gate has it already.
    const code = tooNew ? "UNAVAILABLE" : "UPGRADE_REQUIRED";
    const details = {
      release,
      schema: schema.slice(0, shownChars),
      client: client.slice(0, shownChars),
      reason,
    };
    this.#connection.refuse(what, code, reason, details, tooNew, tooNew ? retryAfterMs("older") : undefined);
    return true;
  }

  #refusesSchema(): boolean {
    const { core, requireSchema, otherSchemas, releases } = this.#side;
    const { schema, client } = this.#hello;
    // A client of a former release that understands the schema is no surprise.
    if (schema === "" || schema === core.schema || (!requireSchema && releases.knows(schema))) return false;
    otherSchemas.note(schema, client, this.#connection.transport.remote, requireSchema);
    if (!requireSchema) return false;
    const reason = `the client's schema does not match the server's schema ${core.schema}`;
    this.#connection.refuse("client.closed.schema", "FAILED_PRECONDITION", reason);
    return true;
  }

  /** First step: judges the ticket, if the gate asks for tickets. A client without a ticket may be a guest, or resume. */
  #judge(): void {
    const connection = this.#connection;
    const { tickets } = this.#side;
    const { ticket, client, canResume, resumeToken } = this.#hello;
    const accepted = (identity: Identity | undefined): void => {
      connection.known();
      this.#find(identity);
    };
    if (tickets === undefined) {
      accepted(undefined);
      return;
    }
    if (ticket.length === 0) {
      const refusal = canResume && resumeToken.length > 0 ? undefined : tickets.guests.refusal();
      if (refusal === undefined) accepted(undefined);
      else this.#refuse(refusal);
      return;
    }
    connection.hold();
    const { remote } = connection.transport;
    // A client that has lost its connection may have no other ticket than the one that it has used.
    const repeated = this.#side.resumption.ticketIdOf(this.#hello);
    this.#waitFor((done) =>
      tickets.judge.begin(
        ticket,
        { client, remote },
        {
          accepted: (identity) => {
            done();
            this.#isRepeat = identity.ticketId !== "" && identity.ticketId === repeated;
            accepted(identity);
          },
          refused: (error) => {
            done();
            // The token alone resumes the session, which may be at another gate. No other session opens.
            this.#isRepeat = faultOf(error) === "used" && canResume && resumeToken.length > 0;
            if (this.#isRepeat) accepted(undefined);
            else this.#refuse(error);
          },
        },
        repeated,
      ),
    );
  }

  /** Second step: waits for a session that is on its way to this gate, or at another one. */
  #find(identity: Identity | undefined): void {
    this.#waitFor((done) =>
      awaitSession(this.#side, this.#hello, {
        here: () => {
          done();
          this.#enqueue(identity);
        },
        // The token stays valid.
        later: () => {
          done();
          const reason = "the session is on its way to another gate";
          this.#connection.refuse("client.refused.later", "UNAVAILABLE", reason);
        },
      }),
    );
  }

  /** Third step: waits for room, unless the client resumes a session, which has its room. */
  #enqueue(identity: Identity | undefined): void {
    const { queue, resumption, core } = this.#side;
    if (this.#isOver) return;
    if (queue === undefined || this.#isRepeat || resumption.knows(this.#hello)) {
      this.#open(identity);
      return;
    }
    const connection = this.#connection;
    const wire = this.#wire;
    const closing = (): void =>
      connection.refuse("client.refused.closing", "UNAVAILABLE", "the gate is stopping");
    const waiter: QueueWaiter = {
      mayEnter: () => !this.#refusesStale(identity),
      admitted: () => {
        this.#place = undefined;
        this.#endWait = undefined;
        this.#open(identity);
      },
      placed: (position, estimateMs) => wire.control(control.queued, Queued, { position, estimateMs }),
      unchanged: () => wire.control(control.ping, Ping, { sentMs: core.clock.now() }),
      replaced: () =>
        connection.kick(errorCodes.ALREADY_EXISTS, "the user waits on another connection", false),
      closing,
    };
    const entered = queue.enter(identity?.userId ?? 0n, this.#hello.canWait, waiter);
    if (entered === "admitted") this.#open(identity);
    else if (entered === "closing") closing();
    else if (typeof entered === "string") {
      const what = entered === "full" ? "client.refused.queue-full" : "client.refused.full";
      connection.refuse(what, "UNAVAILABLE", fullGate, undefined, true, retryAfterMs("full"));
    } else {
      this.#place = entered;
      this.#endWait = () => entered.lost();
      connection.startHeartbeat();
    }
  }

  /** Fourth step: resumes the session, or makes one for the user of the ticket or for a guest. */
  #open(identity: Identity | undefined): void {
    if (this.#isOver) return;
    const side = this.#side;
    const connection = this.#connection;
    if (this.#refusesStale(identity)) return;
    const resumed = resume(side, connection, this.#hello, this.#wire, identity);
    if (typeof resumed === "object") {
      this.#entered({ session: resumed, resumed: true });
      if (identity !== undefined && resumed.userId === 0n) this.#bindGuest(resumed, identity);
      return;
    }
    if (this.#isRepeat) {
      this.#refuse(ticketRefusal("used"));
      return;
    }
    const refusal = side.tickets === undefined || identity ? undefined : side.tickets.guests.refusal();
    if (refusal !== undefined) {
      this.#refuse(refusal);
      return;
    }
    const session = side.opened(connection, unconnectedWire);
    if (identity === undefined) {
      side.tickets?.guests.add(session);
      this.#welcome(session, resumed);
    } else this.#bind(session, identity, resumed);
  }

  /** Refuses a client whose ticket has expired or was revoked while the client waited. Returns false for any other one. */
  #refusesStale(identity: Identity | undefined): boolean {
    const stale = identity && this.#side.tickets?.refusalNow(identity);
    if (stale !== undefined) this.#refuse(stale);
    return stale !== undefined;
  }

  /** Binds a new session to the user of the ticket, before its Welcome. */
  #bind(session: GateSession, identity: Identity, refusal: ResumeRefusal): void {
    const { tickets } = this.#side;
    if (tickets === undefined) return;
    // Frames behind the Hello are for the session, and another gate may order the binds of the user.
    this.#connection.hold();
    this.#waitFor((done) => {
      tickets.bind(session, identity).then(
        () => {
          if (this.#isOver) return;
          done();
          this.#connection.known();
          this.#welcome(session, refusal);
        },
        (error: unknown) => {
          if (this.#isOver) return;
          done();
          this.#side.ended(session, "the session was not bound to the user of the ticket");
          const failure = bindFailure(error);
          const { code, reason } = failure;
          // A user may be revoked between the judgement and the bind.
          if (faultOf(failure) !== undefined) this.#refuse(failure);
          else {
            const details = { err: failure.cause };
            this.#connection.refuse("client.refused.login", code, reason, details, mayReturn(failure));
          }
        },
      );
      return () => this.#side.ended(session, "the client has left");
    });
  }

  /** Binds a session that a guest has resumed, now with a ticket. */
  #bindGuest(session: GateSession, identity: Identity): void {
    this.#side.tickets?.bind(session, identity).catch((error: unknown) => {
      const { code, reason } = bindFailure(error);
      if (!session.ended) this.#side.kick(session, errorCodes[code], reason, code === "UNAVAILABLE");
    });
  }

  /** Last step: sends Welcome. */
  #welcome(session: GateSession, refusal: ResumeRefusal): void {
    begin(this.#side, session, this.#hello, this.#wire, refusal);
    this.#entered({ session, resumed: false });
  }

  #entered(greeting: Greeting): void {
    const { session } = greeting;
    const client = this.#client;
    this.#session = session;
    // Neither ticket nor token stays in memory.
    this.#hello = emptyHello;
    this.#connection.entered(greeting);
    this.#side.core.log.debug({ session: session.id, client, remote: session.remote }, "client connected");
  }

  #refuse(error: PhotinusError): void {
    this.#connection.refuse(refusalName(error), error.code, error.reason, undefined, mayReturn(error));
  }

  /** Starts a wait. `start` returns what ends the wait early; it calls `done` when the wait is over. */
  #waitFor(start: (done: () => void) => (() => void) | undefined): void {
    let isDone = false;
    const end = start(() => {
      isDone = true;
      this.#endWait = undefined;
    });
    // A wait that was over at once may have begun the next one.
    if (!isDone) this.#endWait = end;
  }
}
