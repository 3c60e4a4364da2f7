import { systemClock } from "../../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../../runtime/clock/deadlines.ts";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import { Link } from "../../../../runtime/rpc/link.ts";
import type { LinkHandler } from "../../../../runtime/rpc/link-handler.ts";
import type { LinkOptions } from "../../../../runtime/rpc/link-options.ts";
import { openPort } from "../../../../runtime/transport/port.ts";
import { dialTcp } from "../../../../runtime/transport/tcp.ts";
import { Reader } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { Motion } from "../../game/fixtures/server/game.messages.ts";
import { mustBe } from "../../harness/must-be.ts";
import type { Side } from "./side.ts";

const method = 0x12345678;

/** 64 bytes, since `n` has four, as `tick` has. */
function sampleOf(n: number): Motion {
  return { n, tick: 0x7654321, x: 1.5, y: -2.25, z: 1e-3, vx: 0.1, vy: 0.2, vz: 0.3 };
}

const reader = new Reader();

const handler: LinkHandler = {
  onAsk(_method, _target, bytes, start, end, _timeoutMs, reply) {
    reader.bytes = bytes;
    reader.position = start;
    reader.end = end;
    reply.answer(Motion, Motion.read(reader, end));
  },
  onNotice() {},
  onRelay() {},
  onPush() {},
  onMapForm() {},
  onClose() {},
};

function linkOptions(name: string): LinkOptions {
  return { clock: systemClock, deadlines: new Deadlines(systemClock), log: silentLogger, name, handler };
}

/** Links of Photinus over TCP, with heartbeats, deadlines and all limits on. */
export const photinus: Side = {
  async serve() {
    const options = linkOptions("server");
    const port = await openPort({
      webSocket: false,
      onTransport: (transport) => void new Link(transport, options),
    });
    return port.port;
  },

  check({ n, ...others }: Motion) {
    mustBe("an answer", { ...others, n: typeof n }, { ...sampleOf(0), n: "number" });
  },

  async dial(port) {
    const link = new Link(await dialTcp("127.0.0.1", port), linkOptions("client"));
    const options = { timeoutMs: 5_000 };
    // The caller awaits the call's own promise: one for each call, as in the other sides.
    return (n) => link.call(method, Motion, sampleOf(n), Motion, options);
  },
};
