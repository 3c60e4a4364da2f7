import { fail } from "photinus";
import type { ForecastReply, ForecastRequest } from "../../generated/server/meadow/meadow.messages.ts";

const mostSteps = 200_000;
const swarm = 24;

/**
 * Simulates a drifting swarm, and returns where it gathers. Runs on a worker thread. Throws INVALID_ARGUMENT for too
 * many steps.
 */
export default function forecast({ meadowId, steps }: ForecastRequest): ForecastReply {
  if (steps > mostSteps) throw fail("INVALID_ARGUMENT", `at most ${mostSteps} steps can be simulated`);
  const random = generator(meadowId);
  const xs = Float64Array.from({ length: swarm }, random);
  const ys = Float64Array.from({ length: swarm }, random);
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < swarm; i++) {
      const next = (i + 1) % swarm;
      xs[i] = drift(xs[i]!, xs[next]!, random());
      ys[i] = drift(ys[i]!, ys[next]!, random());
    }
  }
  const x = mean(xs);
  const y = mean(ys);
  const spread = Math.sqrt(
    mean(xs.map((value) => (value - x) ** 2)) + mean(ys.map((value) => (value - y) ** 2)),
  );
  return { gathering: { x, y }, confidence: Math.max(0, 1 - spread * 2) };
}

function drift(from: number, toward: number, random: number): number {
  return Math.min(1, Math.max(0, from + (toward - from) * 0.01 + (random - 0.5) * 0.02));
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Linear congruential generator (constants of Numerical Recipes), so that a forecast is reproducible. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
