/**
 * `npm run test:memory`: memory of a gate with 10,000 suspended sessions whose windows are full. The gate has a process of its own; its
 * heap and its buffers are measured after a collection. In each round 10,000 clients connect, get half of their pushes, lose their
 * connections, and do not come back; their windows are filled to the last byte. After the resume window nothing may be left.
 *
 * - fits: 16 KiB for each session, by pushes of its own; all sessions are kept
 * - exceeds: 32 KiB for each session are more than `resumeGateBytes`; sessions end, and the bound holds at each step
 * - shared: 16 KiB for each session, by pushes to all, whose bodies the windows share
 *
 * Each round runs twice, on one gate: what a first round leaves behind is not a leak if a second one adds nothing to it, such as
 * tables that have grown.
 *
 * The last line is one JSON object. The exit code is 1 when a bound did not hold.
 */
import { fork } from "node:child_process";
import { parseArgs } from "node:util";
import { GameNode } from "../../../../runtime/node/node.ts";
import { headerBytes } from "../../../../runtime/wire/frame/frame-format.ts";
import { envelopeBytes } from "../../../../runtime/wire/session/envelope.ts";
import { ask, next } from "../../../bench/harness/children.ts";
import { pushes, serve } from "../../../integration/gate/schema.ts";
import { MemoryClients } from "./memory-clients.ts";
import type { MemoryAnswer, MemoryQuestion } from "./memory-gate.ts";

const { values } = parseArgs({
  options: {
    /** Clients of a round. */
    sessions: { type: "string", default: "10000" },
  },
});
const sessions = Number(values.sessions);
if (!(Number.isSafeInteger(sessions) && sessions >= 100)) {
  console.error("usage: test:memory [--sessions N, 100 or more]");
  process.exit(1);
}

const mib = 2 ** 20;
const resumeMs = 60_000;
const resumeGateBytes = Math.round((256 * mib * sessions) / 10_000);
/** Bytes of a push as a frame, with its header and envelope. */
const entryBytes = 1_024;
const body = new Uint8Array(entryBytes - headerBytes("standard") - envelopeBytes).fill(7);
/** Pushes that are sent at a time, so that the link is not overloaded. */
const batchCount = 500;

/** Most memory of a suspended session besides its window, with its part of the noise. Measured: 1 to 2.5 KiB. */
const sessionBytes = 3_072;
/**
 * Most heap that a round may leave behind for each of its sessions: less than the smallest object that a session has, so that one
 * leaked object for each session is found. A first round also leaves tables behind that have grown. Measured: some bytes.
 */
const [leakedBytes, grownBytes] = [48, 256];
/** Heap that comes and goes with the process itself, such as compiled code. */
const noiseBytes = 0.5 * mib;
/** Memory that each of the gate's two ports keeps for its next writes: the default of TransportBuffers. Windows are much larger. */
const keptBytes = 2 * 4 * mib;

interface Round {
  readonly name: string;
  readonly resumeSessionBytes: number;
  readonly fits: boolean;
  readonly isShared: boolean;
}
const rounds: readonly Round[] = [
  { name: "fits", resumeSessionBytes: 16 * entryBytes, fits: true, isShared: false },
  { name: "exceeds", resumeSessionBytes: 32 * entryBytes, fits: false, isShared: false },
  { name: "shared", resumeSessionBytes: 16 * entryBytes, fits: true, isShared: true },
];
const problems: string[] = [];
const figures: Record<string, object> = {};

function expect(holds: boolean, what: string): void {
  if (!holds) problems.push(what);
}

for (const { name, resumeSessionBytes, fits, isShared } of rounds) {
  const args = [sessions, resumeSessionBytes, resumeGateBytes, resumeMs].map(String);
  const child = fork(new URL("memory-gate.ts", import.meta.url), args, {
    execArgv: ["-C", "photinus-source", "--expose-gc"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const { client, links } = await next<Record<"client" | "links", { host: string; port: number }>>(child);
  const measure = (question: MemoryQuestion = {}) => ask<MemoryAnswer>(child, question);
  const until = async (holds: (answer: MemoryAnswer) => boolean): Promise<MemoryAnswer> => {
    for (;;) {
      const answer = await measure();
      if (holds(answer)) return answer;
    }
  };
  const heartbeatMs = 3_600_000;
  const node = await GameNode.open([serve("probe", { note: () => {} })], {
    name: "probe-1",
    role: "probe",
    gates: [links],
    link: { heartbeatMs },
  });
  await node.linked();
  const delivered = () => node.group("nobody").count();
  /** Sends one push to each session. Resolves when the gate has them all. */
  const push = async (): Promise<void> => {
    if (isShared) node.everyone().pushBytes(pushes.reliable.id, body);
    else {
      for (const [at, session] of node.sessions().entries()) {
        session.pushBytes(pushes.reliable.id, body);
        if (at % batchCount === 0) await delivered();
      }
    }
    await delivered();
  };

  /** One round of so many sessions. Returns the memory with full windows, and after the resume window. */
  const play = async (title: string, count: number) => {
    const clients = await MemoryClients.connect(client, count);
    const fullCount = resumeSessionBytes / entryBytes;
    while (node.sessions().length < count) await delivered();
    for (let n = 0; n < fullCount / 2; n++) await push();
    await clients.received((fullCount / 2) * entryBytes);
    clients.cut();
    await until(({ suspended, connections }) => suspended === count && connections === 0);
    let most = 0;
    for (let n = fullCount / 2; n < fullCount; n++) {
      await push();
      const { windowBytes } = await measure({ isQuick: true });
      most = Math.max(most, windowBytes);
    }
    const full = await measure();
    expect(most <= resumeGateBytes, `${title}: windows had ${most} bytes, more than ${resumeGateBytes}`);
    const after = await measure({ jumpMs: resumeMs + 1_000 });
    const { sessions: left, suspended, connections, windowBytes } = after;
    expect(
      left + suspended + connections + windowBytes === 0,
      `${title}: after the resume window there are ${left} sessions, ${suspended} suspended, ${connections} connections, ${windowBytes} bytes in windows`,
    );
    return { full, after, most };
  };

  // Code is compiled, and pools of buffers are filled.
  await play(`${name}, first use`, Math.min(1_000, sessions));
  const before = await measure();
  let former = before;
  for (const turn of [1, 2]) {
    const title = `${name}, round ${turn}`;
    const { full, after, most } = await play(title, sessions);
    const memoryOf = ({ heapBytes, bufferBytes }: MemoryAnswer) => heapBytes + bufferBytes;
    const besides = (memoryOf(full) - memoryOf(before) - full.windowBytes) / sessions;
    const left = (after.heapBytes - former.heapBytes) / sessions;
    figures[title] = {
      sessions,
      suspended: full.suspended,
      boundMiB: inMib(resumeGateBytes),
      windowsMiB: inMib(full.windowBytes),
      mostWindowsMiB: inMib(most),
      beforeMiB: inMib(memoryOf(before)),
      fullMiB: inMib(memoryOf(full)),
      afterMiB: inMib(memoryOf(after)),
      bytesBesidesWindowOfSession: Math.round(besides),
      heapBytesLeftOfSession: Math.round(left),
      bufferMiBLeft: inMib(after.bufferBytes - before.bufferBytes),
    };
    console.log(`${title}: ${JSON.stringify(figures[title])}`);
    if (fits) {
      expect(full.suspended === sessions, `${title}: ${full.suspended} of ${sessions} sessions were kept`);
      const whole = isShared ? resumeSessionBytes : sessions * resumeSessionBytes;
      expect(full.windowBytes >= whole, `${title}: windows have ${full.windowBytes} bytes, not ${whole}`);
    } else {
      expect(full.suspended > 0, `${title}: no session was kept`);
      expect(
        full.overrun - former.overrun === sessions - full.suspended,
        `${title}: not each session that ended was an overrun`,
      );
      expect(full.windowBytes > resumeGateBytes / 2, `${title}: more sessions ended than necessary`);
    }
    expect(
      besides <= sessionBytes,
      `${title}: ${besides} bytes of a session besides its window, more than ${sessionBytes}`,
    );
    const mostLeft = (turn === 1 ? grownBytes : leakedBytes) + noiseBytes / sessions;
    expect(
      left <= mostLeft,
      `${title}: ${left} bytes of heap are left of each session, more than ${mostLeft}`,
    );
    const buffers = after.bufferBytes - before.bufferBytes;
    expect(buffers <= keptBytes, `${title}: ${buffers} bytes of buffers are left, more than ${keptBytes}`);
    former = after;
  }
  expect(node.counters.get("node.push.dropped") === 0, `${name}: the link has dropped pushes`);
  await node.close({ graceMs: 0 });
  child.disconnect();
}

for (const problem of problems) console.log(problem);
console.log(JSON.stringify({ ok: problems.length === 0, ...figures }));
process.exit(problems.length === 0 ? 0 : 1);

function inMib(bytes: number): number {
  return Math.round((bytes / mib) * 10) / 10;
}
