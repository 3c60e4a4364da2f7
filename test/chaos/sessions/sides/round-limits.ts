import type { GateLimits } from "../../../../runtime/gate/gate-options.ts";

/** Limits of the gate in every round: sessions outlive every fault. */
export const roundLimits: GateLimits = {
  guestRate: false,
  handshakeMs: 2_000,
  resumeMs: 12_000,
  rejoinMs: 5_000,
};
