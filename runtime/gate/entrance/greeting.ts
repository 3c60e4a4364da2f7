import type { MessageInit } from "../../wire/codec/message-init.ts";
import { control } from "../../wire/frame/frame-format.ts";
import { Compression, type Hello, ResumeRefusal, Welcome } from "../../wire/generated/photinus/control.ts";
import { wholeMs } from "../../wire/session/control-messages.ts";
import type { Identity } from "../auth/authenticator.ts";
import type { ClientSide } from "../client/client-side.ts";
import type { OpenConnection } from "../client/open-connection.ts";
import type { Fetched } from "../moves/fetches.ts";
import type { GateSession } from "../session/gate-session.ts";
import type { SessionWire } from "../wire/session-wire.ts";

/** Session of a client that was welcomed. */
export interface Greeting {
  readonly session: GateSession;
  /** True when the session had begun on a former connection. */
  readonly resumed: boolean;
}

/** Callbacks of a wait for a session; one of them is called once. */
export interface Awaiting {
  /** Called once the session is here, or there is none. */
  here(): void;
  /** Called when the session cannot be found or resumed now: the client has to come again. */
  later(): void;
}

/**
 * Waits for the session of a Hello, when it is on its way to this gate, or another gate has it. Returns what ends the wait early;
 * undefined when there was nothing to wait for.
 */
export function awaitSession(
  { resumption, fetches }: Pick<ClientSide, "resumption" | "fetches">,
  hello: Hello,
  { here, later }: Awaiting,
): (() => void) | undefined {
  let move = resumption.moveOf(hello);
  let isOver = false;
  const stop = (): void => {
    isOver = true;
    move?.leave(arrived);
  };
  /** Returns whether the session is still on its way here. */
  const arrives = (): boolean => {
    move = resumption.moveOf(hello);
    if (move?.leaves) later();
    else if (move?.wait(arrived)) return true;
    else here();
    return false;
  };
  /** Looks for the session at the other gates. Returns false when it is here, or there is no gate to ask. */
  const seek = (): boolean => {
    const token = resumption.foreign(hello);
    return token !== undefined && fetches.find(token, fetched);
  };
  // A session that has ended on its way may still be at its former gate.
  const arrived = (): void => {
    if (!seek()) here();
  };
  const fetched = (found: Fetched): void => {
    if (isOver) return;
    if (found === "later") later();
    else arrives();
  };
  return seek() || arrives() ? stop : undefined;
}

/**
 * Resumes the session of the Hello's token. Sends Welcome, and what the client lacks. Returns the session, or why there is none to
 * resume.
 *
 * @param identity user of the Hello's ticket, whose session alone is resumed; undefined without a ticket
 */
export function resume(
  side: ClientSide,
  connection: OpenConnection,
  hello: Hello,
  wire: SessionWire,
  identity: Identity | undefined,
): GateSession | ResumeRefusal {
  const { core, resumption, tickets } = side;
  if (core.limits.resumeMs === 0 || !hello.canResume || hello.resumeToken.length === 0)
    return ResumeRefusal.NONE;
  const claimed = resumption.claim(connection, hello, identity?.userId);
  if (typeof claimed === "number") return claimed;
  const [session, resumeToken] = claimed;
  if (identity !== undefined && session.userId !== 0n) tickets?.renew(session, identity);
  const notifyCount = (session.resume?.notifyCount ?? 0) >>> 0;
  const resumeWindowMs = wholeMs(core.limits.resumeMs);
  const lastRequest = session.lastSequence;
  welcome(side, session, hello, wire, {
    resumed: true,
    resumeToken,
    resumeWindowMs,
    lastRequest,
    notifyCount,
    // A guest gets the user of the ticket after the welcome, which tells how long the ticket lasts.
    ticketMs: tickets?.expiry.leftMs(session, identity?.expiresAtMs) ?? 0,
  });
  resumption.proceed(session, wire);
  return session;
}

/** Begins an open session of a client. Sends Welcome. */
export function begin(
  side: ClientSide,
  session: GateSession,
  hello: Hello,
  wire: SessionWire,
  refusal: ResumeRefusal,
): void {
  const { core, resumption } = side;
  session.wire = wire;
  if (core.limits.resumeMs === 0 || !hello.canResume) welcome(side, session, hello, wire, {});
  else {
    // The text of the gate, so that not each session has a copy of its own.
    const schema = hello.schema === core.schema ? core.schema : hello.schema;
    const resumeToken = resumption.begin(session, wire, schema);
    welcome(side, session, hello, wire, {
      resumeToken,
      resumeWindowMs: wholeMs(core.limits.resumeMs),
      refusal,
    });
  }
}

function welcome(
  { core, heartbeatMs, maxFrameBytes, tickets, releases, router }: ClientSide,
  session: GateSession,
  hello: Hello,
  wire: SessionWire,
  more: MessageInit<Welcome>,
): void {
  const version = router.uses.versionOf(hello);
  releases.sessions.set(session.client, version);
  session.client = version;
  wire.takesBatches = hello.takesBatches;
  const packer = core.compression.choose(hello.compressions);
  const message = {
    session: `${core.name}/${session.id}`,
    heartbeatMs: wholeMs(heartbeatMs),
    serverTimeMs: core.clock.wall(),
    maxFrameBytes,
    maxServerFrameBytes: core.limits.maxServerFrameBytes,
    schema: core.schema,
    release: releases.release,
    minRelease: releases.least,
    ticketMs: tickets?.expiry.leftMs(session) ?? 0,
    compression: packer?.kind ?? Compression.UNCOMPRESSED,
    compressAbove: packer?.aboveBytes ?? 0,
    ...more,
  };
  wire.control(control.welcome, Welcome, Welcome.create(message));
  wire.packer = packer;
}
