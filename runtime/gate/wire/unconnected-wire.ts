import type { ClientWire } from "../session/gate-session.ts";

/** Wire of a session before it has one: drops everything. */
export const unconnectedWire: ClientWire = Object.freeze({
  bufferedBytes: 0,
  ordered: false,
  reply() {},
  failure() {},
  push() {},
  goAway() {},
  nodeChanged() {},
  kick() {},
});
