import { describe, expect, test } from "vitest";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { AdmissionRate } from "../../../runtime/gate/queue/admission-rate.ts";
import { LoginQueue, type QueuePlace, type QueueWaiter } from "../../../runtime/gate/queue/login-queue.ts";
import { type QueueOptions, queueOption } from "../../../runtime/gate/queue/queue-options.ts";
import { resolveOptions } from "../../../runtime/options/option-resolver.ts";
import { object } from "../../../runtime/options/option-rules.ts";
import fc from "../../setup/random.ts";
import { gateCore } from "./gate-core.ts";

/** One connection that has come to the queue. */
class Visitor implements QueueWaiter {
  readonly rig: Rig;
  readonly user: bigint;
  place: QueuePlace | undefined;
  /** Whether the ticket has expired in the queue. */
  isStale = false;
  /** How the arrival ended; "waiting" with a place. */
  state = "new";
  readonly told: [position: number, estimateMs: number][] = [];
  pings = 0;

  constructor(rig: Rig, user: bigint, canWait: boolean) {
    this.rig = rig;
    this.user = user;
    const result = rig.queue.enter(user, canWait, this);
    if (typeof result !== "string") {
      this.place = result;
      this.state = "waiting";
    } else {
      this.state = result;
      if (result === "admitted") this.admitted();
    }
  }

  get position(): number | undefined {
    return this.told.at(-1)?.[0];
  }

  mayEnter(): boolean {
    if (!this.isStale) return true;
    this.state = "stale";
    this.place?.lost();
    return false;
  }

  admitted(): void {
    this.state = "admitted";
    this.rig.sessions++;
    this.rig.order.push(this);
  }

  placed(position: number, estimateMs: number): void {
    this.told.push([position, estimateMs]);
  }

  unchanged(): void {
    this.pings++;
  }

  replaced(): void {
    this.state = "replaced";
    // A connection that ends does so, too.
    this.place?.lost();
  }

  closing(): void {
    this.state = "closing";
    this.place?.lost();
  }
}

class Rig {
  readonly clock = new FakeClock();
  readonly queue: LoginQueue;
  sessions = 0;
  isBlocked = false;
  readonly order: Visitor[] = [];
  readonly core = gateCore(this.clock);

  constructor(options: QueueOptions) {
    const { queue } = resolveOptions("test", object({ queue: queueOption }), { queue: options });
    this.queue = new LoginQueue(queue!, {
      core: this.core,
      sessionCount: () => this.sessions,
      isBlocked: () => this.isBlocked,
    });
  }

  come(user = 0n, canWait = true): Visitor {
    return new Visitor(this, user, canWait);
  }

  /** Ends sessions. */
  end(count = 1): void {
    this.sessions -= count;
    this.queue.changed();
    this.clock.advance(0);
    this.clock.advance(1);
  }
}

describe("a login queue", () => {
  test("admits newcomers at once while there is room, and in their order afterwards", () => {
    const rig = new Rig({ sessions: 2 });
    const visitors = [1n, 2n, 3n, 4n, 5n].map((user) => rig.come(user));
    expect(visitors.map(({ state }) => state)).toEqual([
      "admitted",
      "admitted",
      "waiting",
      "waiting",
      "waiting",
    ]);
    expect(visitors.slice(2).map(({ told }) => told)).toEqual([[[1, 0]], [[2, 0]], [[3, 0]]]);
    rig.end();
    expect(visitors.map(({ state }) => state).slice(2)).toEqual(["admitted", "waiting", "waiting"]);
    rig.end(2);
    expect(rig.order).toEqual(visitors);
    expect([rig.sessions, rig.queue.size]).toEqual([2, 0]);
  });

  test("takes users before guests, each in their order", () => {
    const rig = new Rig({ sessions: 1 });
    rig.come(9n);
    const visitors = [0n, 1n, 0n, 2n].map((user) => rig.come(user));
    expect(visitors.map(({ position }) => position)).toEqual([1, 1, 3, 2]);
    for (let n = 0; n < 4; n++) rig.end();
    expect(rig.order.slice(1).map((one) => visitors.indexOf(one))).toEqual([1, 3, 0, 2]);
  });

  test("refuses a client that cannot wait, and clients beyond its bound; nobody overtakes those who wait", () => {
    const rig = new Rig({ sessions: 1, count: 2 });
    expect(rig.come(1n, false).state).toBe("admitted");
    expect(rig.come(2n, false).state).toBe("cannot-wait");
    rig.come(3n);
    rig.come(4n);
    expect(rig.come(5n).state).toBe("full");
    rig.sessions = 0;
    // There is room, but the others come first.
    expect(rig.come(6n, false).state).toBe("cannot-wait");
    expect(rig.come(7n).state).toBe("full");
  });

  test("gives a user one place, which a second connection takes over", () => {
    const rig = new Rig({ sessions: 1 });
    rig.come(9n);
    const first = rig.come(1n);
    const other = rig.come(2n);
    const second = rig.come(1n);
    expect([first.state, second.state, second.told]).toEqual(["replaced", "waiting", [[1, 0]]]);
    expect(rig.queue.size).toBe(2);
    rig.end();
    expect([first.state, second.state, other.state]).toEqual(["replaced", "admitted", "waiting"]);
  });

  test("keeps the place of a lost connection for a moment, and lets others pass meanwhile", () => {
    const rig = new Rig({ sessions: 1, holdMs: 5_000 });
    rig.come(9n);
    const lost = rig.come(1n);
    const next = rig.come(2n);
    const last = rig.come(3n);
    lost.place!.lost();
    rig.end();
    expect([next.state, rig.queue.size]).toEqual(["admitted", 1]);
    rig.clock.advance(4_000);
    const back = rig.come(1n);
    expect(back.position).toBe(1);
    rig.end();
    expect([back.state, last.state]).toEqual(["admitted", "waiting"]);
    // Too late.
    last.place!.lost();
    rig.clock.advance(6_000);
    rig.come(4n);
    expect(rig.come(3n).position).toBe(2);
  });

  test("gives up the place of a client that leaves, and of a guest that is lost", () => {
    const rig = new Rig({ sessions: 1 });
    rig.come(9n);
    const leaving = rig.come(1n);
    const guest = rig.come();
    leaving.place!.leave();
    guest.place!.lost();
    expect(rig.queue.size).toBe(0);
    expect(rig.come(2n).position).toBe(1);
    leaving.place!.lost();
    guest.place!.leave();
    expect(rig.queue.size).toBe(1);
  });

  test("tells a place when it has changed, at most every few seconds, and is heard of in between", () => {
    const rig = new Rig({ sessions: 3, updateMs: 3_000 });
    for (const user of [7n, 8n, 9n]) rig.come(user);
    const visitors = [1n, 2n, 3n, 4n].map((user) => rig.come(user));
    const last = visitors[3]!;
    rig.end();
    rig.end();
    expect(last.told.length).toBe(1);
    rig.clock.advance(3_500);
    expect(last.told.length).toBe(2);
    expect([last.position, last.pings]).toEqual([2, 0]);
    const [, estimateMs] = last.told.at(-1)!;
    // Two were admitted in about three seconds, and two more come first.
    expect(estimateMs).toBeGreaterThanOrEqual(3_000);
    expect(estimateMs).toBeLessThanOrEqual(5_000);
    for (let n = 0; n < 40; n++) rig.clock.advance(3_000);
    // For a minute no client has come in: the estimate is unknown, and stays so.
    expect(last.told.at(-1)).toEqual([2, 0]);
    expect(last.pings).toBeGreaterThan(10);
    expect(last.told.length + last.pings).toBeLessThanOrEqual(1 + 123_500 / 3_000 + 1);
  });

  test("admits nobody while a node is overloaded, and goes on by itself", () => {
    const rig = new Rig({ sessions: 10 });
    rig.isBlocked = true;
    const visitors = [rig.come(1n), rig.come(2n)];
    rig.queue.changed();
    rig.clock.advance(2_000);
    expect(visitors.map(({ state }) => state)).toEqual(["waiting", "waiting"]);
    rig.isBlocked = false;
    rig.clock.advance(600);
    expect(visitors.map(({ state }) => state)).toEqual(["admitted", "admitted"]);
    rig.clock.advance(600);
    expect(rig.clock.timerCount).toBe(0);
  });

  test("with any interleaving is bounded, admits in order, and leaves no place empty while somebody waits", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("come"), user: fc.integer({ min: 0, max: 6 }) }),
      fc.record({ kind: fc.constantFrom("lose", "leave", "end", "pass"), user: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const rig = new Rig({ sessions: 3, count: 5, holdMs: 1_000 });
        const all: Visitor[] = [];
        for (const { kind, user } of steps) {
          const waiting = all.filter(({ state }) => state === "waiting");
          const one = waiting[user % Math.max(waiting.length, 1)];
          if (kind === "come") all.push(rig.come(BigInt(user)));
          else if (kind === "end" && rig.sessions > 0) rig.end();
          else if (kind === "pass") rig.clock.advance(user * 100);
          else if (one !== undefined && (kind === "lose" || kind === "leave")) {
            one.state = "gone";
            if (kind === "lose") one.place!.lost();
            else one.place!.leave();
          }
          const now = all.filter(({ state }) => state === "waiting");
          expect(rig.queue.size).toBe(now.length);
          expect(now.length).toBeLessThanOrEqual(5);
          expect(rig.sessions).toBeLessThanOrEqual(3);
          if (kind === "end" || kind === "pass") expect(rig.sessions === 3 || now.length === 0).toBe(true);
          const users = now.filter((visitor) => visitor.user !== 0n).map((visitor) => visitor.user);
          expect(new Set(users).size).toBe(users.length);
        }
        // Guests who have waited came in the order of their arrival.
        const guests = rig.order.filter((visitor) => visitor.user === 0n && visitor.place !== undefined);
        expect(guests.map((visitor) => all.indexOf(visitor))).toEqual(
          guests.map((visitor) => all.indexOf(visitor)).sort((a, b) => a - b),
        );
      }),
    );
  });
});

test("a rate of admissions is that of the last minute", () => {
  const rate = new AdmissionRate(0);
  expect(rate.timeOf(10, 1_000)).toBe(0);
  for (let at = 0; at < 30_000; at += 1_000) rate.note(at);
  expect(rate.timeOf(10, 30_000)).toBe(10_000);
  expect(rate.timeOf(30, 59_999)).toBe(59_999);
  expect(rate.timeOf(10, 200_000)).toBe(0);
});

test("a queue that closes sends all away, those that come later as well, and keeps no place", () => {
  const rig = new Rig({ sessions: 1 });
  const [first, user, guest] = [rig.come(1n), rig.come(2n), rig.come()];
  const lost = rig.come(3n);
  lost.place!.lost();
  rig.queue.close();
  const late = rig.come(4n);
  expect([first, user, guest, lost, late].map(({ state }) => state)).toEqual([
    "admitted",
    "closing",
    "closing",
    "waiting",
    "closing",
  ]);
  expect(rig.queue.size).toBe(0);
});

test("a user whose ticket has expired keeps the place for a moment, and the next one comes in", () => {
  const rig = new Rig({ sessions: 1, holdMs: 5_000 });
  rig.come(1n);
  const user = rig.come(2n);
  const [third, fourth] = [rig.come(3n), rig.come(4n)];
  user.isStale = true;
  rig.end();
  expect([user.state, third.state, fourth.state, rig.queue.size]).toEqual([
    "stale",
    "admitted",
    "waiting",
    1,
  ]);
  expect(rig.come(2n).position).toBe(1);
});
