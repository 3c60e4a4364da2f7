import { Counters } from "../../../runtime/log/counters.ts";
import { object, type RulesOf, withDefault } from "../../../runtime/options/option-rules.ts";
import { longestMs, real } from "../../../runtime/options/rule-kinds.ts";
import { emptyBytes } from "../../../runtime/wire/empty-bytes.ts";
import type { GoAway } from "../../../runtime/wire/generated/photinus/control.ts";
import { callerAbove } from "../../../schema/caller.ts";
import {
  type ErrorCode,
  type ErrorOptions,
  fail,
  isPhotinusError,
  ofCall,
  type PhotinusError,
  type UpgradeRequired,
} from "../../../schema/errors.ts";
import { type Call, Calls, gaveUp, isInDoubt } from "./call/calls.ts";
import { Inbox } from "./call/inbox.ts";
import { Listeners } from "./call/push-listeners.ts";
import { type CallOptions, type ClientCommand, type ClientPush, callRule } from "./call-descriptors.ts";
import type { Down } from "./channel/channel-ports.ts";
import type { Welcome } from "./channel/control-messages.ts";
import { Reconnector, type ReconnectorHandler, type Retry } from "./channel/reconnector.ts";
import { RoundTrip } from "./channel/round-trip.ts";
import { resolved } from "./check-options.ts";
import { type ConnectOptions, resolveConnect, type Settings } from "./connect-options.ts";
import {
  type ConnectionState,
  nodeEvent,
  refusals,
  type StateEvent,
  stateEvent,
} from "./connection-state.ts";

/** Options of {@link Connection.close}. */
export interface CloseOptions {
  /** How long to wait for replies to requests in flight, in ms. Default 0: they fail with CANCELLED at once. */
  readonly graceMs?: number;
}

/** The rules of {@link CloseOptions}. */
export const closeRule = object({
  graceMs: withDefault(real(0, longestMs), 0),
} satisfies RulesOf<CloseOptions>);

/**
 * A player's connection to the server. A lost connection reconnects by itself, and its session continues. Meanwhile
 * requests wait within their timeouts, and notifies are dropped and counted.
 *
 * Listeners and awaiting code receive replies and pushes in the order in which the server sent them.
 */
export class Connection {
  /**
   * Counters of the connection: "requests.retried", "notifies.dropped", "notifies.lost", "replies.late", "pushes.unheard",
   * "frames.illegal" and others.
   */
  readonly counters = new Counters();
  readonly #settings: Settings;
  readonly #calls: Calls;
  readonly #inbox: Inbox;
  readonly #reconnector: Reconnector;
  readonly #roundTrip = new RoundTrip();
  readonly #states = new Listeners<StateEvent>();
  #state: ConnectionState = "reconnecting";
  #opened: { resolve(): void; reject(error: PhotinusError): void } | undefined;
  #welcome: Welcome | undefined;
  /** Token of the session; empty when there is none, or none that can be resumed. */
  #token: Uint8Array;
  #closing = false;
  #notifyCount: number;
  /** Time of the next attempt to reconnect, on the connection's clock. */
  #retryAt = 0;
  /** Release that the server expects, once it has refused this client's. */
  #upgrade: UpgradeRequired | undefined;

  private constructor(url: string, options: ConnectOptions | undefined) {
    this.#settings = resolveConnect(options);
    this.#calls = new Calls(this.#settings, this.counters, () => this.#reconnector.channel);
    this.#inbox = new Inbox(this.#calls, this.counters, this.#settings.onError);
    const state = this.#settings.resumeFrom.split(",").map((number) => Number(number) >>> 0);
    [this.#inbox.lastPush = 0, this.#inbox.answerCount = 0, this.#notifyCount = 0] = state;
    this.#token = Uint8Array.from(state.slice(3));
    this.onState(this.#settings.onState);
    const context = {
      settings: this.#settings,
      counters: this.counters,
      roundTrip: this.#roundTrip,
      inbox: this.#inbox,
    };
    const resume = () => ({
      resumeToken: this.#token,
      lastPush: this.#inbox.lastPush,
      answerCount: this.#inbox.answerCount,
      canResume: this.#settings.resume,
    });
    this.#reconnector = new Reconnector(context, url, resume, this.#hear());
  }

  /** Opens a connection; see `connect`. */
  static async open(url: string, options?: ConnectOptions): Promise<Connection> {
    const connection = new Connection(url, options);
    await new Promise<void>((resolve, reject) => {
      connection.#opened = { resolve, reject };
      void connection.#reconnector.connect(connection.#settings.signal);
    });
    return connection;
  }

  /** State of the connection. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Name of the session, for logs and support; "" before the first welcome. */
  get session(): string {
    return this.#welcome?.session ?? "";
  }

  /**
   * False when client and server were generated from different schemas. True also when either side does not know its
   * schema.
   */
  get sameSchema(): boolean {
    const ours = this.#settings.schema;
    const theirs = this.#welcome?.schema;
    return !ours || !theirs || ours === theirs;
  }

  /**
   * Whether the last welcome continued a session: false after a first `connect`, unless the option `resumeFrom` worked. The
   * player of a continued session is logged in still.
   */
  get resumed(): boolean {
    return this.#welcome?.resumed ?? false;
  }

  /**
   * Returns the state of the session as text, for the option `resumeFrom` of a later `connect`, such as that of a reloaded
   * page: call it when the page is hidden, as the last call of this connection, and do not close the connection. "" when no
   * session can be resumed. The text holds the session's token, which is a secret.
   */
  resumeState(): string {
    if (this.#token.length === 0) return "";
    const { lastPush, answerCount } = this.#inbox;
    return [lastPush, answerCount, this.#notifyCount, ...this.#token].join();
  }

  /** Smoothed round-trip time to the server, in ms; 0 before the first sample. */
  get roundTripMs(): number {
    return this.#roundTrip.roundTripMs;
  }

  /** Offset from this machine's wall clock to the server's, in ms. */
  get clockOffsetMs(): number {
    return this.#roundTrip.clockOffsetMs;
  }

  /** Estimate of the server's wall clock, in ms since 1970-01-01 UTC. */
  serverNow(): number {
    return this.#settings.clock.wall() + this.#roundTrip.clockOffsetMs;
  }

  /**
   * Brings a new ticket to the server: `ticket`, or the next one of the function that the option `ticket` is. The session goes
   * on. A ticket that takes the place of a fixed one goes with later attempts to connect, too. Resolves once the server has
   * accepted it. Rejects with a {@link PhotinusError}: the server's refusal, UNAUTHENTICATED as a rule, after which the old
   * ticket is still valid for the rest of its time; UNAVAILABLE while there is no connection, whose next attempt then has the
   * ticket.
   */
  authenticate(ticket?: Uint8Array | string): Promise<void> {
    return this.#reconnector.tickets.authenticate(ticket);
  }

  /** Number of requests in flight. */
  get pendingCount(): number {
    return this.#calls.size;
  }

  /**
   * Sends a request and resolves with its reply. Rejects with a {@link PhotinusError}: the server's own error;
   * UNAVAILABLE when the session is lost; DEADLINE_EXCEEDED after the timeout; CANCELLED by the signal or by `close`;
   * RESOURCE_EXHAUSTED when too much is in flight; INVALID_ARGUMENT for a message that cannot be encoded.
   */
  request<Q, R>(command: ClientCommand<Q, R>, message: Q, options?: CallOptions): Promise<R> {
    return new Promise<R>((resolve, reject) => this.#request(command, message, options, resolve, reject));
  }

  /**
   * Sends a message without a reply. While the connection is not open, the message is dropped and counted
   * ("notifies.dropped"). Throws INVALID_ARGUMENT for a message that cannot be encoded, RESOURCE_EXHAUSTED when too
   * many bytes are queued.
   */
  notify<Q>(command: ClientCommand<Q, never>, message: Q): void {
    const { channel } = this.#reconnector;
    if (!channel) {
      this.counters.add("notifies.dropped");
      return;
    }
    try {
      channel.notify(command, message);
      this.#notifyCount++;
    } catch (error) {
      throw isPhotinusError(error) ? ofCall(error, command.name) : error;
    }
  }

  /** Adds a listener of a push. Returns a function that removes it. Listeners outlive reconnects. */
  onPush<M>(push: ClientPush<M>, listener: (message: M) => void): () => void {
    return this.#inbox.listen(push, listener);
  }

  /** Adds a listener of state changes, go-aways and node changes. Returns a function that removes it. */
  onState(listener: (event: StateEvent) => void): () => void {
    return this.#states.add(listener);
  }

  /**
   * Closes the connection for good. New requests fail at once, queued messages are flushed, and requests in flight are
   * awaited for `graceMs`. Idempotent.
   */
  async close(options?: CloseOptions): Promise<void> {
    const { graceMs } = resolved(closeRule, options);
    if (this.#state === "closed") return;
    const first = !this.#closing;
    this.#closing = true;
    if (first && graceMs > 0 && this.#calls.size > 0) {
      await new Promise<void>((done) => {
        const timer = this.#settings.clock.after(graceMs, done);
        this.#calls.onIdle = () => {
          timer.cancel();
          done();
        };
      });
    }
    // A server answers its requests before it closes its side, so the requests that are left are cancelled first.
    this.#calls.cancelAll();
    await this.#reconnector.close("closed by this side");
  }

  /**
   * Closes the connection for good, at once; queued messages are dropped. The server is notified as far as the system takes
   * the bytes at once; otherwise the session ends after its window. Idempotent.
   */
  destroy(reason = "destroyed by this side"): void {
    this.#closing = true;
    if (this.#state !== "closed") this.#reconnector.destroy(reason);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #request<Q, R>(
    command: ClientCommand<Q, R>,
    message: Q,
    options: CallOptions | undefined,
    resolve: (value: R) => void,
    reject: (error: unknown) => void,
  ): void {
    const { channel } = this.#reconnector;
    const caller = this.#settings.callStacks ? callerAbove(this.request) : undefined;
    try {
      if (options !== undefined) resolved(callRule, options);
      const signal = options?.signal;
      const timeoutMs = options?.timeoutMs ?? command.timeoutMs;
      const waits = this.#settings.resume && this.#state !== "closed";
      if ((!channel && !waits) || this.#closing || signal?.aborted) throw this.#closed(signal);
      this.#calls.request(command, message, timeoutMs, signal, caller, resolve, reject);
    } catch (error) {
      reject(isPhotinusError(error) ? ofCall(error, command.name, caller, "not sent") : error);
    }
  }

  /** Returns the reason why no request can be sent now. */
  #closed(signal: AbortSignal | undefined): PhotinusError {
    if (signal?.aborted) return fail("CANCELLED", gaveUp, { cause: signal.reason });
    if (this.#closing) return fail("UNAVAILABLE", "the connection was closed by this side");
    return fail(this.#lostCode(), `the connection is ${this.#state}`, this.#lostDetails());
  }

  /** Returns the code of calls that fail because there is no connection. */
  #lostCode(): ErrorCode {
    return this.#upgrade ? "UPGRADE_REQUIRED" : "UNAVAILABLE";
  }

  /** Returns the details of calls that fail because there is no connection. */
  #lostDetails(): ErrorOptions {
    return { retryAfterMs: this.#retryAt - this.#settings.clock.now(), upgrade: this.#upgrade };
  }

  #hear(): ReconnectorHandler {
    const calls = this.#calls;
    return {
      get busy() {
        return calls.size > 0;
      },
      onWelcome: (welcome) => this.#onWelcome(welcome),
      onQueued: (place) => {
        if (!place) return;
        this.#state = "queued";
        this.#tell(stateEvent({ state: "queued", cause: "queued", reason: "the server is full", ...place }));
      },
      onTicketLost: ({ code, reason }, retryInMs) =>
        this.#tell(stateEvent({ state: "open", cause: "ticket", reason, code, retryInMs, resumed: true })),
      onGoAway: (goAway) => this.#onGoAway(goAway),
      onNodeChange: (change) => this.#tell(nodeEvent(change)),
      onLost: (down, retry) => this.#onLost(down, retry),
    };
  }

  #onWelcome(welcome: Welcome): void {
    this.#welcome = welcome;
    this.#token = welcome.resumeToken;
    this.#state = "open";
    if (welcome.resumed) {
      this.counters.add("notifies.lost", (this.#notifyCount - welcome.notifyCount) >>> 0);
    } else {
      this.#inbox.lastPush = 0;
      this.#inbox.answerCount = 0;
    }
    this.#notifyCount = welcome.notifyCount;
    this.#calls.sendAgain(welcome);
    const opened = this.#opened;
    if (opened) {
      this.#opened = undefined;
      opened.resolve();
      // Pushes of the same chunk wait until the caller of connect() had its turn to add listeners.
      this.#inbox.settled();
      if (!this.#settings.resumeFrom) return;
    }
    const reason = welcome.resumed ? "session resumed" : "reconnected";
    const refusal = refusals[welcome.refusal] ?? "ended";
    this.#tell(stateEvent({ state: "open", cause: "welcome", reason, resumed: welcome.resumed, refusal }));
  }

  #onGoAway({ graceMs, resumeToken }: GoAway): void {
    if (resumeToken.length) this.#token = resumeToken;
    const reason = "the server is stopping";
    this.#tell(stateEvent({ state: "open", cause: "go-away", reason, code: "UNAVAILABLE", graceMs }));
  }

  #onLost(down: Down, retry: Retry | undefined): void {
    const { code, reason, upgrade } = down;
    const { attempt = 0, delayMs: retryInMs = 0 } = retry ?? {};
    const before = this.#state;
    this.#state = retry ? "reconnecting" : "closed";
    this.#retryAt = this.#settings.clock.now() + retryInMs;
    this.#upgrade = upgrade;
    this.#hope(down, retry, before === "open");
    const opened = this.#opened;
    if (opened) {
      this.#opened = undefined;
      opened.reject(fail(code, reason, down));
      return;
    }
    const unasked = down.kicked ? "kick" : before === "open" ? "lost" : "refused";
    const cause = this.#closing ? "close" : upgrade ? "upgrade" : unasked;
    this.#tell(stateEvent({ state: this.#state, cause, reason, code, attempt, retryInMs, upgrade }));
  }

  /**
   * Keeps calls while the session may continue, and fails the others. A kick has ended the session, unless it came before the
   * welcome, from a server without the session, or because of another connection, which may be a late attempt of this client.
   */
  #hope({ code, reason, kicked }: Down, retry: Retry | undefined, welcomed: boolean): void {
    const calls = this.#calls;
    const give = (lost: readonly Call[], as: ErrorCode) => calls.fail(lost, as, reason, this.#lostDetails());
    if (!retry || !this.#settings.resume) {
      give(calls.all(), this.#closing ? "CANCELLED" : this.#lostCode());
      if (!retry) calls.stop();
    } else if ((kicked && welcomed && code !== "ALREADY_EXISTS") || this.#token.length === 0) {
      this.#token = emptyBytes;
      give(calls.all().filter(isInDoubt), "UNAVAILABLE");
    }
  }

  #tell(event: StateEvent): void {
    const about = "a listener of the state threw";
    this.#inbox.inTurn(() => this.#states.tell(event, about, this.#settings.onError));
  }
}
