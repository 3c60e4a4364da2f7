import type { Clock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { GateCompression } from "../../../runtime/gate/compression/gate-compression.ts";
import { type GateCore, Refusals } from "../../../runtime/gate/gate-core.ts";
import { type GateLimits, resolveGateLimits } from "../../../runtime/gate/gate-options.ts";
import { CountedLog } from "../../../runtime/log/counted-log.ts";
import { Counters } from "../../../runtime/log/counters.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";

/** What the parts of a gate share, without a gate. */
export function gateCore(clock: Clock, limits: GateLimits = {}): GateCore {
  const counters = new Counters();
  const counted = new CountedLog(silentLogger, clock);
  return {
    name: "gate-1",
    bootId: "run",
    schema: "",
    clock,
    deadlines: new Deadlines(clock),
    log: silentLogger,
    counted,
    counters,
    limits: resolveGateLimits(limits),
    refusals: new Refusals(counted, counters),
    compression: new GateCompression(
      { fingerprint: "", commands: [], pushes: [], methods: [] },
      false,
      counters,
    ),
  };
}
