/**
 * A gate of its own process, whose memory is measured: `memory-gate.ts SESSIONS RESUME_SESSION_BYTES RESUME_GATE_BYTES RESUME_MS`. Run
 * with `--expose-gc`. Answers each message, after its jump in time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { SystemClock } from "../../../../runtime/clock/clock.ts";
import { Gate } from "../../../../runtime/gate/gate.ts";
import { serveParent, tellParent } from "../../../bench/harness/children.ts";
import { protocol } from "../../../integration/gate/schema.ts";

/** A question to the gate. */
export interface MemoryQuestion {
  /** Time that passes at once, in ms. Default 0. */
  readonly jumpMs?: number;
  /** Skips the collection: the figures of memory are rough then. Default false. */
  readonly isQuick?: boolean;
}

/** State of the gate, and its memory after a collection. */
export interface MemoryAnswer {
  readonly sessions: number;
  readonly suspended: number;
  readonly connections: number;
  /** Memory of the windows, as the gate counts it. */
  readonly windowBytes: number;
  readonly overrun: number;
  /** Heap in use. */
  readonly heapBytes: number;
  /** Memory of buffers, outside of the heap. */
  readonly bufferBytes: number;
}

/** The system's clock, which can jump ahead. */
class JumpingClock extends SystemClock {
  aheadMs = 0;

  override now(): number {
    return super.now() + this.aheadMs;
  }
}

/** Longer than the test: the link's node and the clients send no heartbeats while time jumps. */
const heartbeatMs = 3_600_000;

const [sessions, resumeSessionBytes, resumeGateBytes, resumeMs] = process.argv.slice(2).map(Number);
const { gc } = globalThis;
if (gc === undefined) throw new Error("memory-gate.ts needs --expose-gc");
const clock = new JumpingClock();
const gate = await Gate.open({
  name: "gate",
  protocol,
  clock,
  heartbeatMs,
  link: { heartbeatMs },
  limits: {
    connectionCount: 20_000,
    connectionsPerAddress: 20_000,
    suspendedCount: sessions!,
    resumeSessionBytes: resumeSessionBytes!,
    resumeGateBytes: resumeGateBytes!,
    resumeMs: resumeMs!,
    guestRate: false,
  },
});

serveParent<MemoryQuestion>(async ({ jumpMs = 0, isQuick = false }) => {
  clock.aheadMs += jumpMs;
  // Sockets, timers and buffers that have ended are freed in later turns.
  for (let times = isQuick ? 3 : 0; times < 3; times++) {
    await sleep(30);
    gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  const { sessions, suspended, connections, resumeBytes } = gate.status();
  const answer: MemoryAnswer = {
    sessions,
    suspended,
    connections,
    windowBytes: resumeBytes,
    overrun: gate.counters.get("session.overrun"),
    heapBytes: heapUsed,
    bufferBytes: external,
  };
  return answer;
});
tellParent({ client: gate.clientAddress, links: gate.linkAddress });
