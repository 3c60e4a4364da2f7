import { type ErrorCode, errorCodes, isPhotinusError } from "../../../schema/errors.ts";
import type { DeadlineHandle } from "../../clock/deadlines.ts";
import type { Transport, TransportHandler } from "../../transport/transport.ts";
import { decode } from "../../wire/codec/codec-runtime.ts";
import { FrameDecoder, type FrameSink, type IllegalFrame } from "../../wire/frame/frame-decoder.ts";
import { classicVersion, commandBytes, control, sessionVersion } from "../../wire/frame/frame-format.ts";
import { Ack, Cancel, Hello, Nothing, Ping, Pong } from "../../wire/generated/photinus/control.ts";
import { Liveness, type LivenessListener } from "../../wire/liveness.ts";
import { kind, readEnvelope } from "../../wire/session/envelope.ts";
import { refusalName } from "../auth/ticket-refusals.ts";
import { type EnteringConnection, Entrance, fullGate } from "../entrance/entrance.ts";
import type { Greeting } from "../entrance/greeting.ts";
import { ClientInput } from "../flood/client-input.ts";
import type { GateSession } from "../session/gate-session.ts";
import { ClassicWire } from "../wire/classic-wire.ts";
import { SessionWire } from "../wire/session-wire.ts";
import type { ClientSide } from "./client-side.ts";
import { HalfClose } from "./half-close.ts";
import { ResumedInput } from "./resumed-input.ts";
import { beginsTls, plainPort } from "./tls-client.ts";
import { violationOf } from "./wrong-notify.ts";

const tooManyControls = "too many control messages and refused commands";

/** Protocol of a connection; undefined before its first frame. */
type Mode = typeof classicVersion | typeof sessionVersion | undefined;

/**
 * One client connection. Decodes frames, and speaks the session protocol or the classic protocol, as the first frame chooses.
 * Detects silent clients by heartbeats.
 */
export class ClientConnection implements EnteringConnection, TransportHandler, FrameSink, LivenessListener {
  readonly transport: Transport;
  readonly input: ClientInput;
  readonly #side: ClientSide;
  readonly #decoder: FrameDecoder;
  #mode: Mode = undefined;
  #session: GateSession | undefined;
  #wire: SessionWire | undefined;
  #liveness: Liveness | undefined;
  #handshake: DeadlineHandle;
  /** Set once the client has ended its side of the connection. */
  #halfClose: HalfClose | undefined;
  #speaksTls = false;
  /** Steps of the Hello; undefined before it. */
  #entrance: Entrance | undefined;
  /** True while received bytes wait for a step of the Hello. */
  #held = false;
  /** Set on a connection that has resumed a session. */
  #resumed: ResumedInput | undefined;
  #over = false;

  constructor(side: ClientSide, transport: Transport) {
    this.#side = side;
    this.transport = transport;
    this.input = new ClientInput(side, transport);
    this.#decoder = new FrameDecoder(side.decoderOptions, this, transport.turn);
    const { deadlines, limits } = side.core;
    // The header of a proxy, the TLS handshake and the first bytes have taken their part of the time.
    const now = deadlines.clock.now();
    const { startMs = now } = transport;
    const leftMs = Math.max(startMs + limits.handshakeMs - now, 1);
    this.#handshake = deadlines.add(leftMs, { onDeadline: () => this.#onHandshakeTime() });
    transport.start(this);
  }

  onData(chunk: Uint8Array): void {
    if (this.#over) return;
    if (this.#held) {
      this.transport.turn?.putBack(chunk);
      return;
    }
    this.#liveness?.heard();
    if (this.#mode === undefined && beginsTls(chunk)) this.#speaksTls = true;
    this.#side.router.now = this.#side.core.clock.now();
    let taken: number;
    try {
      taken = this.#decoder.push(chunk);
    } catch (error) {
      const details = { err: error, remote: this.transport.remote };
      this.#side.core.counted.error(details, "failed to handle a client frame");
      this.refuse("client.closed.internal", "INTERNAL", "internal error in the gate");
      return;
    }
    if (this.#over) return;
    if (taken < chunk.length) this.transport.turn?.putBack(chunk.subarray(taken));
    this.input.charge(taken, this.#side.router.now);
    // Backpressure: a client that does not read its answers sends no more requests.
    if (this.transport.bufferedBytes > this.#side.core.limits.softBufferBytes && this.input.stop("output"))
      this.#side.core.counters.add("client.paused");
  }

  /** Called when the unsent bytes are flushed: reads from the client again, and sends the pushes that were held back. */
  onDrain(): void {
    this.input.go("output");
    if (this.#session !== undefined && !this.#over) this.#side.pushes.drained(this.#session);
  }

  /** Keeps the connection for the answers to requests in flight. A client may end its side right after its last request. */
  onPeerEnd(): boolean {
    const session = this.#session;
    if (this.#over || session === undefined || session.inFlight === 0) return false;
    // A client that has ended its side sends no more heartbeats.
    this.#liveness?.stop();
    this.#liveness = undefined;
    // Not a ping: this client can no longer send the pong.
    const probe = () => this.#wire?.control(control.nothing, Nothing, {});
    this.#halfClose = new HalfClose(this.#side.core, session, this.transport, probe);
    return true;
  }

  onClose(reason: string): void {
    this.#stop();
    this.#side.closed(this, this.#session, reason);
  }

  onIllegal(reason: IllegalFrame): void {
    if (reason === "head" && this.#speaksTls) {
      this.refuse("frames.illegal.tls", "INVALID_ARGUMENT", plainPort, { hint: plainPort });
      return;
    }
    this.refuse(`frames.illegal.${reason}`, "INVALID_ARGUMENT", `illegal frame: ${reason}`);
  }

  onFrame(command: number, protoVersion: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#over) return;
    this.input.frames++;
    if (this.#mode === undefined) this.#open(protoVersion, command, bytes, start, end);
    else if (protoVersion !== this.#mode) {
      const reason = "the connection mixes frames of the classic and the session protocol";
      this.refuse("client.closed.mixed", "INVALID_ARGUMENT", reason);
    } else if (protoVersion === classicVersion) this.#onClassic(command, bytes, start, end);
    else this.#onSession(command, bytes, start, end);
  }

  onPingDue(): void {
    this.#wire?.control(control.ping, Ping, { sentMs: this.#side.core.clock.now() });
  }

  onDead(): void {
    this.#side.core.counters.add("client.closed.dead");
    const details = { remote: this.transport.remote, session: this.#session?.id };
    this.#side.core.counted.info(details, "connection of a silent client closed");
    // A session that can be resumed is suspended when the transport reports its end.
    if (this.#session?.resume !== undefined) this.#stop();
    else this.#end("the client was silent for two heartbeat intervals");
    this.transport.destroy("the client was silent");
  }

  /** Sends the kick with its reason, then closes once it is flushed. Before the first frame the connection closes at once. */
  kick(code: number, reason: string, reconnect: boolean, violation = false, retryMs?: number): void {
    if (this.#over) return;
    const wire = this.#session?.wire ?? this.#wire;
    this.#end(reason);
    if (wire !== undefined) wire.kick(code, reason, reconnect, violation, retryMs);
    else this.transport.destroy(reason);
  }

  /** Counts and logs a violation under the name `what`, then kicks the client with the reason. */
  refuse(
    what: string,
    code: ErrorCode,
    reason: string,
    details?: object,
    reconnect = code !== "INVALID_ARGUMENT",
    retryMs?: number,
  ): void {
    if (this.#over) return;
    const { remote } = this.transport;
    this.#side.core.refusals.note(what, { remote, session: this.#session?.id, ...details });
    this.kick(errorCodes[code], reason, reconnect, code !== "INTERNAL", retryMs);
  }

  replaced(): void {
    const wire = this.#wire;
    this.#session = undefined;
    this.#stop();
    // The Hello of a connection that its client has given up may arrive late, and take the session from a newer connection. So the
    // client of a connection without a first frame comes back; its token is valid.
    const reconnect = this.#resumed?.unproven === true;
    const reason = "the session has continued on another connection";
    wire?.kick(errorCodes.ALREADY_EXISTS, reason, reconnect, false);
  }

  leave(address: string, graceMs: number, resumeToken: Uint8Array): void {
    const wire = this.#wire;
    this.#session = undefined;
    this.#stop();
    wire?.goAway(address, graceMs, resumeToken);
    void this.transport.close();
  }

  goAway(graceMs: number): void {
    if (this.#over) return;
    if (this.#session !== undefined) this.#session.wire.goAway("", graceMs);
    // Its Hello would open a session that has heard no GoAway.
    else this.refuse("client.refused.closing", "UNAVAILABLE", "the gate is stopping");
  }

  /** Chooses the protocol by the first frame. A classic client gets its session at once; a session client sends Hello first. */
  #open(protoVersion: number, command: number, bytes: Uint8Array, start: number, end: number): void {
    const { core } = this.#side;
    if (protoVersion === classicVersion) {
      this.#mode = classicVersion;
      core.deadlines.remove(this.#handshake);
      if (this.#side.queue?.isFull) this.refuse("client.refused.full", "UNAVAILABLE", fullGate);
      if (this.#over) return;
      this.#session = this.#side.opened(this, new ClassicWire(this.transport, this.#side.format));
      const refusal = this.#side.tickets?.enterGuest(this.#session);
      if (refusal !== undefined) {
        this.refuse(refusalName(refusal), refusal.code, refusal.reason);
        return;
      }
      const { classicIdleMs } = core.limits;
      if (classicIdleMs > 0) {
        // Liveness reports a connection as dead after two silent intervals.
        this.#liveness = new Liveness(core.deadlines, { intervalMs: classicIdleMs / 2 }, this);
      }
      this.#onClassic(command, bytes, start, end);
      return;
    }
    this.#mode = sessionVersion;
    this.#wire = new SessionWire(this.transport, this.#side.format);
    this.#onSession(command, bytes, start, end);
  }

  /** Handles a classic frame: a notify or a request, as the schema declares the command. */
  #onClassic(command: number, bytes: Uint8Array, start: number, end: number): void {
    const session = this.#session;
    if (session === undefined) return;
    const { router } = this.#side;
    // Command 0 is reserved: in a classic failure it announces that the connection closes.
    if (command === 0) this.refuse("client.closed.command", "INVALID_ARGUMENT", "invalid command id 0");
    else if (router.isNotify(command)) {
      if (router.notify(session, command, bytes, start, end) !== undefined) this.#charge();
    } else if (!router.request(session, command, 0, bytes, start, end, -1)) this.#charge();
  }

  /** Handles a frame of the session protocol by the kind in its envelope. */
  #onSession(command: number, bytes: Uint8Array, start: number, end: number): void {
    const { envelope, maxFrameBytes } = this.#side;
    const packer = this.#wire?.packer;
    const illegal = readEnvelope(bytes, start, end, envelope, packer !== undefined);
    if (illegal !== undefined) {
      const reason = `illegal envelope: ${illegal} (see the session protocol)`;
      this.refuse(`envelope.illegal.${illegal}`, "INVALID_ARGUMENT", reason);
      return;
    }
    if (this.#resumed?.unproven) this.#resumed.prove();
    const { bodyStart } = envelope;
    if (packer === undefined || !envelope.compressed) this.#onMessage(command, bytes, bodyStart, end);
    else {
      const most = maxFrameBytes - commandBytes - (bodyStart - start);
      const body = packer.expand(bytes, bodyStart, end, most, this.input);
      if (typeof body !== "string") this.#onMessage(command, body, 0, body.length);
      else this.refuse(`compression.illegal.${body}`, "INVALID_ARGUMENT", `illegal compressed body: ${body}`);
    }
  }

  /** Handles a message by the kind in the envelope that was just read. */
  #onMessage(command: number, bytes: Uint8Array, bodyStart: number, end: number): void {
    const { envelope, router } = this.#side;
    const session = this.#session;
    const { kind: of } = envelope;
    if (of === kind.control) this.#onControl(command, bytes, bodyStart, end);
    else if (session === undefined) this.#refuseEarly(command);
    else if (of === kind.request) {
      const { sequence, remainingMs } = envelope;
      if (this.#resumed?.isRepeat(sequence)) return;
      if (session.inUse(sequence)) {
        // The client could not match two answers with one sequence number to their requests.
        this.refuse("client.closed.sequence", "INVALID_ARGUMENT", `request ${sequence} is still in flight`);
      } else if (!router.request(session, command, sequence, bytes, bodyStart, end, remainingMs))
        this.#charge();
    } else if (of === kind.notify) {
      if (session.resume !== undefined) session.resume.notifyCount++;
      const wrong = router.notify(session, command, bytes, bodyStart, end);
      const violation = wrong && violationOf(command, wrong);
      if (violation !== undefined) this.refuse(violation.what, "INVALID_ARGUMENT", violation.reason);
      else if (wrong !== undefined) this.#charge();
    } else
      this.refuse(
        "client.closed.direction",
        "INVALID_ARGUMENT",
        "the client sent a message that only servers send",
      );
  }

  /** Handles a control message. A message that cannot be decoded is a violation; any other error is a fault of the gate. */
  #onControl(command: number, bytes: Uint8Array, start: number, end: number): void {
    if (!this.#charge()) return;
    try {
      const isEarly = this.#session === undefined && command !== control.hello;
      if (isEarly && !this.#entrance?.takes(command)) {
        this.#refuseEarly(command);
        return;
      }
      switch (command) {
        case control.hello:
          this.#onHello(decode(Hello, bytes, start, end));
          break;
        case control.ping: {
          const { sentMs } = decode(Ping, bytes, start, end);
          this.#wire?.control(control.pong, Pong, { sentMs, clockMs: this.#side.core.clock.wall() });
          break;
        }
        case control.cancel:
          this.#session?.findCall(decode(Cancel, bytes, start, end).sequence)?.abandon();
          break;
        case control.ack: {
          const { push, answerCount } = decode(Ack, bytes, start, end);
          this.#session?.resume?.window.acknowledge(push, answerCount);
          break;
        }
        case control.bye:
          this.#entrance?.leave();
          this.#end("the client has left");
          void this.transport.close();
          break;
        case control.pong:
          break;
        default:
          if (this.#entrance?.onControl(command, bytes, start, end)) break;
          this.refuse("client.closed.control", "INVALID_ARGUMENT", `unknown control message ${command}`);
      }
    } catch (error) {
      if (!isPhotinusError(error) || error.code !== "INVALID_ARGUMENT") throw error;
      const reason = `the body of control message ${command} is malformed`;
      this.refuse("client.closed.malformed", "INVALID_ARGUMENT", reason);
    }
  }

  /** Charges a control message or refused command to `controlRate`. Returns false when the client was kicked for the excess. */
  #charge(): boolean {
    if (this.input.chargeIdle(this.#side.router.now)) return true;
    this.refuse("client.closed.control-rate", "RESOURCE_EXHAUSTED", tooManyControls);
    return false;
  }

  /** Begins the steps of the Hello, at whose end the session is welcomed. */
  #onHello(hello: Hello): void {
    const wire = this.#wire;
    if (this.#entrance !== undefined || wire === undefined) {
      this.refuse("client.closed.hello-twice", "INVALID_ARGUMENT", "a second Hello on one connection");
      return;
    }
    this.#entrance = new Entrance(this.#side, this, hello, wire);
    this.#entrance.begin();
  }

  hold(): void {
    this.#held = true;
    this.input.stop("ticket");
  }

  known(): void {
    this.#side.core.deadlines.remove(this.#handshake);
    this.#held = false;
    this.input.go("ticket");
  }

  entered({ session, resumed }: Greeting): void {
    this.#session = session;
    if (resumed) this.#resumed = new ResumedInput(session);
    if (!this.#over) this.startHeartbeat();
  }

  startHeartbeat(): void {
    const { core, heartbeatMs } = this.#side;
    this.#liveness ??= new Liveness(core.deadlines, { intervalMs: heartbeatMs }, this);
  }

  #refuseEarly(command: number): void {
    const reason = `expected Hello as the first frame; found command ${command}`;
    this.refuse("client.closed.no-hello", "FAILED_PRECONDITION", reason);
  }

  #onHandshakeTime(): void {
    const what = this.#entrance === undefined ? "no first frame" : "the ticket was not judged";
    const reason = `${what} within the handshake timeout`;
    this.refuse("client.closed.handshake", "DEADLINE_EXCEEDED", reason);
  }

  /** Ends the session and stops reading. */
  #end(reason: string): void {
    this.#stop();
    if (this.#session !== undefined) this.#side.ended(this.#session, reason);
  }

  /** Stops reading and removes all timers of the connection. Idempotent. */
  #stop(): void {
    this.#over = true;
    this.#decoder.destroy();
    this.#liveness?.stop();
    this.input.end();
    this.#halfClose?.stop();
    this.#entrance?.stop();
    this.#side.core.deadlines.remove(this.#handshake);
  }
}
