import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import type { World } from "./world.ts";

/** What a peer answers `callChild(...args)` by; what it throws is the error. */
export type ChildHandler = (...args: unknown[]) => unknown;

/** A peer of the map form, linked to a gate and not registered yet. */
export interface MapPeer {
  readonly link: Link;
  takeProxy(name: unknown, kw?: Record<string, unknown>): Promise<unknown>;
  callTarget(...args: unknown[]): Promise<unknown>;
  noticeTarget(...args: unknown[]): boolean;
}

export async function mapPeer(
  world: World,
  gate: Gate,
  serve: ChildHandler = () => undefined,
): Promise<MapPeer> {
  const { host, port } = gate.linkAddress!;
  const link = new Link(await dialTcp(host, port), {
    clock: systemClock,
    deadlines: new Deadlines(systemClock),
    log: silentLogger,
    name: "map peer",
    handler: {
      onAsk() {},
      onNotice() {},
      onRelay() {},
      onPush() {},
      onClose() {},
      onMapForm(_name, args, _kw, reply) {
        reply?.answer(serve(...args));
      },
    },
  });
  world.atEnd(() => link.destroy());
  return {
    link,
    takeProxy: (name, kw = {}) => link.callMapForm("takeProxy", [name], kw),
    callTarget: (...args) => link.callMapForm("callTarget", args),
    noticeTarget: (...args) => link.noticeMapForm("callTarget", args),
  };
}
