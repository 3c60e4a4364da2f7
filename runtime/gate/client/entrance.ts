import type { ErrorCode } from "../../../schema/errors.ts";
import type { Hello } from "../../wire/generated/photinus/control.ts";
import type { Identity } from "../auth/authenticator.ts";
import { mayReturn, refusalName } from "../auth/ticket-refusals.ts";
import type { SessionWire } from "../wire/session-wire.ts";
import type { ClientSide } from "./client-side.ts";
import { awaitSession, type Greeting, greet } from "./greeting.ts";
import type { OpenConnection } from "./open-connection.ts";

/** Connection whose Hello is under way. */
export interface EnteringConnection extends OpenConnection {
  /** Counts and logs a refusal under the name `what`, then kicks the client with the reason. */
  refuse(what: string, code: ErrorCode, reason: string, details?: object, reconnect?: boolean): void;
  /** Stops the handling of frames: further bytes wait, and are not read. The handshake timeout goes on. */
  hold(): void;
  /** Ends the handshake timeout. Frames are handled again. */
  known(): void;
  /** Called after the Welcome. */
  entered(greeting: Greeting): void;
}

/**
 * Steps of one Hello: judge the ticket, find the session, send Welcome. Each step calls the next one, at once or later. The
 * connection calls {@link stop} when it ends before.
 */
export class Entrance {
  readonly #side: ClientSide;
  readonly #connection: EnteringConnection;
  readonly #hello: Hello;
  readonly #wire: SessionWire;
  /** Ends the wait of the current step. */
  #endWait: (() => void) | undefined;
  #isOver = false;

  constructor(side: ClientSide, connection: EnteringConnection, hello: Hello, wire: SessionWire) {
    this.#side = side;
    this.#connection = connection;
    this.#hello = hello;
    this.#wire = wire;
  }

  /** True while a step waits: the client may ping or leave. */
  get waits(): boolean {
    return this.#endWait !== undefined;
  }

  /** Begins with the first step, unless the client's schema is refused. */
  begin(): void {
    if (!this.#refusesSchema()) this.#judge();
  }

  /** Ends the current step: the connection has closed. */
  stop(): void {
    this.#isOver = true;
    this.#endWait?.();
    this.#endWait = undefined;
  }

  #refusesSchema(): boolean {
    const { core, requireSchema, otherSchemas } = this.#side;
    const { schema, client } = this.#hello;
    if (schema === "" || schema === core.schema) return false;
    otherSchemas.note(schema, client, this.#connection.transport.remote, requireSchema);
    if (!requireSchema) return false;
    const reason = `the client's schema does not match the server's schema ${core.schema}`;
    this.#connection.refuse("client.closed.schema", "FAILED_PRECONDITION", reason);
    return true;
  }

  /** First step: judges the ticket, if the gate asks for tickets. */
  #judge(): void {
    const connection = this.#connection;
    const { judge } = this.#side;
    if (judge === undefined) {
      connection.known();
      this.#find(undefined);
      return;
    }
    connection.hold();
    const { ticket, client } = this.#hello;
    const { remote } = connection.transport;
    this.#waitFor((done) =>
      judge.begin(
        ticket,
        { client, remote },
        {
          accepted: (identity) => {
            done();
            connection.known();
            this.#find(identity);
          },
          refused: (error) => {
            done();
            connection.refuse(refusalName(error), error.code, error.reason, undefined, mayReturn(error));
          },
        },
      ),
    );
  }

  /** Second step: waits for a session that is on its way to this gate, or at another one. */
  #find(identity: Identity | undefined): void {
    this.#waitFor((done) =>
      awaitSession(this.#side, this.#hello, {
        here: () => {
          done();
          this.#greet(identity);
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

  /** Last step: resumes or makes the session, and answers with Welcome. */
  #greet(_identity: Identity | undefined): void {
    if (this.#isOver) return;
    const greeting = greet(this.#side, this.#connection, this.#hello, this.#wire);
    this.#connection.entered(greeting);
    const { session } = greeting;
    const details = { session: session.id, client: this.#hello.client, remote: session.remote };
    this.#side.core.log.debug(details, "client connected");
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
