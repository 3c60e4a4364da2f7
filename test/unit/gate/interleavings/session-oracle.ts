import { decode } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { FrameDecoder } from "../../../../runtime/wire/frame/frame-decoder.ts";
import { control, defaultFrameFormat } from "../../../../runtime/wire/frame/frame-format.ts";
import {
  Ack,
  Hello,
  Kick,
  ResumeRefusal,
  Welcome,
} from "../../../../runtime/wire/generated/photinus/control.ts";
import { Envelope, kind, readEnvelope } from "../../../../runtime/wire/session/envelope.ts";
import { errorCodes } from "../../../../schema/errors.ts";
import type { Wire, WireWatcher } from "./stepped-network.ts";

/** Most former tokens that stay valid beside the current one. */
const formerCount = 8;
/** A deadline comes up to two ticks late. */
const lateMs = 110;

/** A session, as section 3.9 of the protocol's document has it. */
export interface SessionModel {
  /** Name in the welcome: "gate-1/..." */
  readonly name: string;
  readonly schema: string;
  /** Valid tokens, in hex. */
  current: string;
  former: string[];
  owner: ConnectionModel | undefined;
  /** When the session was left without a connection. */
  suspendedAt: number;
  hasEnded: boolean;
  /** True when a refused resume has ended the session. */
  isRefused: boolean;
  /** Why the session may have ended while it had no connection, which nobody on the wires sees. */
  readonly doubts: Set<string>;
  /** What was acknowledged last. */
  lastPush: number;
  answerCount: number;
  /** Number of the last push that was sent, and numbers of the requests that were answered. */
  sentPush: number;
  readonly answered: Set<number>;
}

/** A client connection, as the gate sees it. */
export interface ConnectionModel {
  readonly wire: Wire;
  hello: Hello | undefined;
  welcome: Welcome | undefined;
  session: SessionModel | undefined;
  kick: Kick | undefined;
  /** False until the first frame after the welcome of a resumed session. */
  isProven: boolean;
  isOpen: boolean;
}

/** Facts that the model needs of a gate. */
export interface OracleOptions {
  readonly now: () => number;
  readonly resumeMs: number;
}

/**
 * Reads all bytes between clients and gates, in the order in which the gates see and send them, and compares the gates with a model of
 * the protocol: who may have a session, who must get it, who must be told. Knows nothing of the gates' code.
 */
export class SessionOracle implements WireWatcher {
  readonly problems: string[] = [];
  readonly sessions = new Map<string, SessionModel>();
  readonly connections = new Map<Wire, ConnectionModel>();
  /** All tokens that gates have given, in hex. */
  readonly tokens: string[] = [];
  /** Number of resumes, refusals and takings-over, to see that a run tries something. */
  readonly counts = { resumed: 0, refused: 0, takenOver: 0 };
  readonly #options: OracleOptions;
  readonly #readers = new Map<Wire, { up: FrameDecoder; down: FrameDecoder }>();
  /** What the gates have sent in this step. */
  readonly #welcomes: [ConnectionModel, Welcome][] = [];
  readonly #sent: [ConnectionModel, number, number][] = [];
  readonly #kicks: [ConnectionModel, Kick][] = [];
  readonly #closed: ConnectionModel[] = [];

  constructor(options: OracleOptions) {
    this.#options = options;
  }

  onUp(wire: Wire, bytes: Uint8Array): void {
    this.#of(wire);
    this.#readers.get(wire)?.up.push(bytes);
  }

  onDown(wire: Wire, bytes: Uint8Array): void {
    this.#of(wire);
    this.#readers.get(wire)?.down.push(bytes);
  }

  onServerClosed(wire: Wire): void {
    this.#closed.push(this.#of(wire));
  }

  /** Notes that a session may end for a reason that no client sees. */
  doubt(name: string, why: string): void {
    this.sessions.get(name)?.doubts.add(why);
  }

  /** Sessions that have not ended, as far as clients have seen, and those among them that live for certain. */
  living(): { all: SessionModel[]; certain: SessionModel[] } {
    const { resumeMs } = this.#options;
    const all = [...this.sessions.values()].filter(
      (session) => !session.hasEnded && this.#waitedMs(session) <= resumeMs + lateMs,
    );
    const certain = all.filter(
      (session) =>
        session.owner !== undefined || (session.doubts.size === 0 && this.#waitedMs(session) < resumeMs),
    );
    return { all, certain };
  }

  /** Open connections that have a session. */
  owners(): ConnectionModel[] {
    return [...this.connections.values()].filter(({ isOpen, session }) => isOpen && session !== undefined);
  }

  /** Judges what the gates have sent since the last step. At most one Hello arrives in a step. */
  judge(): void {
    for (const [connection, welcome] of this.#welcomes.splice(0)) this.#judgeWelcome(connection, welcome);
    for (const [{ session }, of, sequence] of this.#sent.splice(0)) {
      if (session === undefined) continue;
      if (of !== kind.push) session.answered.add(sequence);
      else session.sentPush = Math.max(session.sentPush, sequence);
    }
    for (const [connection, kick] of this.#kicks.splice(0)) this.#judgeKick(connection, kick);
    for (const connection of this.#closed.splice(0)) this.#onClosed(connection);
    const owners = new Map<SessionModel, ConnectionModel>();
    for (const connection of this.owners()) {
      const session = connection.session!;
      if (owners.has(session)) this.#wrong(`${session.name} has two connections`);
      owners.set(session, connection);
      if (session.owner !== connection) this.#wrong(`${connection.wire.name} keeps ${session.name}`);
      if (session.hasEnded) this.#wrong(`${connection.wire.name} keeps ${session.name}, which has ended`);
    }
  }

  #of(wire: Wire): ConnectionModel {
    const known = this.connections.get(wire);
    if (known !== undefined) return known;
    const connection: ConnectionModel = {
      wire,
      hello: undefined,
      welcome: undefined,
      session: undefined,
      kick: undefined,
      isProven: true,
      isOpen: true,
    };
    this.connections.set(wire, connection);
    const reader = (onFrame: (command: number, of: number, body: Uint8Array, sequence: number) => void) =>
      new FrameDecoder(
        { format: defaultFrameFormat, maxFrameBytes: 1 << 24, protoVersions: [1] },
        {
          onIllegal: (reason) => this.#wrong(`an illegal frame on ${wire.name}: ${reason}`),
          onFrame: (command, _version, bytes, start, end) => {
            const envelope = new Envelope();
            readEnvelope(bytes, start, end, envelope);
            onFrame(command, envelope.kind, bytes.slice(envelope.bodyStart, end), envelope.sequence);
          },
        },
      );
    this.#readers.set(wire, {
      up: reader((command, of, body) => this.#onClientFrame(connection, command, of, body)),
      down: reader((command, of, body, sequence) => {
        if (of !== kind.control) this.#sent.push([connection, of, sequence]);
        else if (command === control.welcome) this.#welcomes.push([connection, decode(Welcome, body)]);
        else if (command === control.kick) this.#kicks.push([connection, decode(Kick, body)]);
      }),
    });
    return connection;
  }

  #onClientFrame(connection: ConnectionModel, command: number, of: number, body: Uint8Array): void {
    const isControl = of === kind.control;
    if (connection.hello === undefined) {
      if (isControl && command === control.hello) connection.hello = decode(Hello, body);
      return;
    }
    const { session } = connection;
    if (session?.owner !== connection) return;
    // The first frame shows that the client has the current token.
    if (!connection.isProven) session.former = [];
    connection.isProven = true;
    if (isControl && command === control.ack) {
      const { push, answerCount } = decode(Ack, body);
      if (push >= session.lastPush && answerCount >= session.answerCount) {
        session.lastPush = push;
        session.answerCount = answerCount;
      }
    }
    if (isControl && command === control.bye) this.#end(session);
  }

  #judgeWelcome(connection: ConnectionModel, welcome: Welcome): void {
    const { hello } = connection;
    if (hello === undefined) {
      this.#wrong(`a welcome on ${connection.wire.name} without a Hello`);
      return;
    }
    connection.welcome = welcome;
    const token = hexOf(hello.resumeToken);
    // A token is of its own gate; another gate refuses it, and the session lives on.
    const session = [...this.sessions.values()].find(
      (one) =>
        !one.hasEnded &&
        one.name.split("/")[0] === gateOf(connection.wire) &&
        (one.current === token || one.former.includes(token)),
    );
    const former = session?.owner;
    if (welcome.resumed) this.#judgeResume(connection, welcome, session, token);
    else this.#judgeRefusal(hello, welcome, session);
    const given = hexOf(welcome.resumeToken);
    if (given !== "") this.tokens.push(given);
    // A connection that has lost its session must be told.
    if (former !== undefined && former !== connection && session?.owner !== former)
      this.#judgeTakeOver(former);
    if (welcome.resumed) return;
    if (this.sessions.has(welcome.session)) this.#wrong(`the name ${welcome.session} was given twice`);
    const made: SessionModel = {
      name: welcome.session,
      schema: hello.schema,
      current: given,
      former: [],
      owner: connection,
      suspendedAt: 0,
      hasEnded: false,
      isRefused: false,
      doubts: new Set(),
      lastPush: 0,
      answerCount: 0,
      sentPush: 0,
      answered: new Set(),
    };
    this.sessions.set(made.name, made);
    connection.session = made;
  }

  #judgeResume(
    connection: ConnectionModel,
    welcome: Welcome,
    session: SessionModel | undefined,
    token: string,
  ): void {
    this.counts.resumed++;
    const subject = `${connection.wire.name} resumed ${welcome.session}`;
    if (session === undefined || session.name !== welcome.session) {
      this.#wrong(`${subject} without a valid token of it`);
      return;
    }
    const hello = connection.hello!;
    if (session.schema !== hello.schema) this.#wrong(`${subject} with another schema`);
    if (this.#waitedMs(session) > this.#options.resumeMs + lateMs) this.#wrong(`${subject} after its window`);
    if (session.owner !== undefined) this.counts.takenOver++;
    const others = session.former.filter((other) => other !== token);
    const isCurrent = token === session.current;
    session.former = isCurrent ? [token] : [token, session.current, ...others].slice(0, formerCount);
    session.current = hexOf(welcome.resumeToken);
    session.owner = connection;
    session.lastPush = hello.lastPush;
    session.answerCount = hello.answerCount;
    connection.session = session;
    connection.isProven = false;
  }

  #judgeRefusal(hello: Hello, { refusal }: Welcome, session: SessionModel | undefined): void {
    const asked = hello.resumeToken.length > 0;
    if (asked) this.counts.refused++;
    if (asked !== (refusal !== ResumeRefusal.NONE))
      this.#wrong(`a refusal ${refusal} for a Hello, asked: ${asked}`);
    if (session === undefined) return;
    const isLate = this.#waitedMs(session) >= this.#options.resumeMs;
    const isOld = hello.lastPush < session.lastPush || hello.answerCount < session.answerCount;
    const isNew = hello.lastPush > session.sentPush || hello.answerCount > session.answered.size;
    const isExcused =
      (refusal === ResumeRefusal.SCHEMA && hello.schema !== session.schema) ||
      (refusal === ResumeRefusal.OVERRUN && (isOld || isNew)) ||
      (refusal === ResumeRefusal.ENDED && (isLate || session.doubts.size > 0) && session.owner === undefined);
    if (!isExcused) this.#wrong(`a valid token of ${session.name} was refused: ${refusal}`);
    session.isRefused = true;
    this.#end(session);
  }

  #judgeTakeOver(former: ConnectionModel): void {
    const at = this.#kicks.findIndex(([connection]) => connection === former);
    const [told] = at < 0 ? [] : this.#kicks.splice(at, 1);
    const kick = told?.[1];
    if (kick === undefined) {
      // The gate has closed the connection in the same step, without another word.
      if (!this.#closed.includes(former))
        this.#wrong(`${former.wire.name} lost its session and was not told`);
    } else if (kick.code !== errorCodes.ALREADY_EXISTS || kick.reconnect === former.isProven)
      this.#wrong(`${former.wire.name} was told ${kick.code}, reconnect ${kick.reconnect}, of a taking-over`);
    former.kick = kick;
    former.isOpen = false;
  }

  #judgeKick(connection: ConnectionModel, kick: Kick): void {
    const { session } = connection;
    connection.kick = kick;
    connection.isOpen = false;
    if (kick.code === 0) this.#wrong(`${connection.wire.name} was kicked without a code`);
    if (session?.owner === connection) this.#end(session);
  }

  #onClosed(connection: ConnectionModel): void {
    const { session } = connection;
    connection.isOpen = false;
    if (session?.owner !== connection) return;
    session.owner = undefined;
    session.suspendedAt = this.#options.now();
  }

  #end(session: SessionModel): void {
    session.hasEnded = true;
    if (session.owner !== undefined) session.owner.isOpen = false;
    session.owner = undefined;
  }

  #waitedMs({ owner, suspendedAt }: SessionModel): number {
    return owner === undefined ? this.#options.now() - suspendedAt : 0;
  }

  #wrong(what: string): void {
    this.problems.push(what);
  }
}

function gateOf({ name }: Wire): string | undefined {
  return name.split(":")[0];
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
