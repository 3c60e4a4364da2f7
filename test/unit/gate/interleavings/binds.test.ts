import { expect, test } from "vitest";
import { BindsRun } from "./binds-run.ts";

/** How a bind may end; see `Session.bind`. */
const outcomes = ["bound", "UNAVAILABLE", "ALREADY_EXISTS", "ABORTED", "CANCELLED", "RESOURCE_EXHAUSTED"];
/** Seed of the first run; TEST_SEED=1234 repeats a failure. */
const first = Number(process.env["TEST_SEED"] ?? 1) || 1;

test("1,000 seeded interleavings: gates that bind one user agree on its sessions, whatever links and gates do", async () => {
  const counts = new Map<string, number>();
  for (let seed = first; seed < first + 1_000; seed++) {
    const run = new BindsRun(seed);
    await run.run();
    for (const { outcome, gate } of run.attempts) {
      if (gate.dead) continue;
      expect(outcomes, `seed ${seed}`).toContain(outcome);
      counts.set(outcome!, (counts.get(outcome!) ?? 0) + 1);
    }
    const { count, beyond } = run.policy;
    for (const userId of run.users) {
      expect(run.sessionsOf(userId).length, `seed ${seed}, user ${userId}`).toBeLessThanOrEqual(count);
    }
    const logged = run.users.filter((userId) => run.sessionsOf(userId).length > 0);
    expect(run.ownedCount, `seed ${seed}: users that the owners know`).toBe(logged.length);
    for (const userId of run.users) {
      const before = run.sessionsOf(userId).length;
      const { outcome, session } = await loggedIn(run, userId);
      const isRefused = beyond === "refuse" && before === count;
      expect(outcome, `seed ${seed}, login of ${userId}`).toBe(isRefused ? "ALREADY_EXISTS" : "bound");
      expect(run.sessionsOf(userId).includes(session), `seed ${seed}`).toBe(!isRefused);
      expect(run.sessionsOf(userId).length, `seed ${seed}`).toBe(Math.min(before + 1, count));
    }
    run.disturb();
    const logins = run.users.map((userId) => {
      return { userId, isFull: run.sessionsOf(userId).length === count, attempt: run.login(userId) };
    });
    await run.settle();
    for (const { userId, isFull, attempt } of logins) {
      const { outcome, session } = attempt.outcome === "UNAVAILABLE" ? await loggedIn(run, userId) : attempt;
      const left = run.sessionsOf(userId);
      const about = `seed ${seed}, login of ${userId} after a gate was lost`;
      if (beyond === "replace") expect(outcome, about).toBe("bound");
      else if (isFull) expect(outcome, about).toBe("ALREADY_EXISTS");
      expect(left.includes(session), about).toBe(outcome === "bound");
      expect(left.length, about).toBeLessThanOrEqual(count);
    }
    expect(run.stop(), `seed ${seed}: timers`).toBe(0);
  }
  // The runs have seen each outcome that a test of sessions could miss.
  for (const outcome of outcomes.slice(0, 4)) expect(counts.get(outcome), outcome).toBeGreaterThan(50);
}, 180_000);

/** Binds a new session, again while the owner of the user cannot be reached. */
async function loggedIn(run: BindsRun, userId: bigint) {
  for (let attempts = 5; ; attempts--) {
    const attempt = run.login(userId);
    await run.settle();
    if (attempt.outcome !== "UNAVAILABLE" || attempts === 0) return attempt;
  }
}
