import type { ClientWire } from "../../../runtime/gate/session/gate-session.ts";

/** A wire to nobody. */
export const wire: ClientWire = {
  bufferedBytes: 0,
  ordered: false,
  reply() {},
  failure() {},
  push() {},
  nodeChanged() {},
  goAway() {},
  kick() {},
};
