import type { GateLimits } from "../../../../runtime/gate/gate-options.ts";
import { LinkKeys } from "../../../../runtime/rpc/trust/link-keys.ts";

/** Limits of the gate in every round: sessions outlive every fault. */
export const roundLimits: GateLimits = {
  guestRate: false,
  handshakeMs: 2_000,
  resumeMs: 12_000,
  rejoinMs: 5_000,
};

/** Trust between the processes of a round, whose links may cross a network of the machine's own. */
export const roundTrust = {
  keys: LinkKeys.of("round-key-0123456789-abcdefghijklmnop"),
  plaintext: true,
};
