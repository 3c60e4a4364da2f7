import { systemClock } from "../../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../../runtime/clock/deadlines.ts";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import { Link } from "../../../../runtime/rpc/link.ts";
import type { LinkHandler } from "../../../../runtime/rpc/link-handler.ts";
import type { LinkOptions } from "../../../../runtime/rpc/link-options.ts";
import { openPort } from "../../../../runtime/transport/port.ts";
import { dialTcp } from "../../../../runtime/transport/tcp.ts";
import {
  type Codec,
  Reader,
  writeDouble,
  writeUint32,
} from "../../../../runtime/wire/codec/codec-runtime.ts";
import { mustBe } from "../../harness/must-be.ts";
import type { Side } from "./side.ts";

const method = 0x12345678;

/** With a number of four bytes in `n` and `tick`, 64 bytes. */
interface Sample {
  n: number;
  tick: number;
  x: number;
  y: number;
  z: number;
  vx: number;
  vy: number;
  vz: number;
}

function sampleOf(n: number): Sample {
  return { n, tick: 0x7654321, x: 1.5, y: -2.25, z: 1e-3, vx: 0.1, vy: 0.2, vz: 0.3 };
}

/** As the generator writes it for `message Sample { uint32 n = 1; uint32 tick = 2; double x = 3; ... double vz = 8; }`. */
const sampleCodec: Codec<Sample> = {
  name: "bench.Sample",
  write(writer, value) {
    if (value.n !== 0) writeUint32(writer, 0x08, value.n);
    if (value.tick !== 0) writeUint32(writer, 0x10, value.tick);
    if (!Object.is(value.x, 0)) writeDouble(writer, 0x19, value.x);
    if (!Object.is(value.y, 0)) writeDouble(writer, 0x21, value.y);
    if (!Object.is(value.z, 0)) writeDouble(writer, 0x29, value.z);
    if (!Object.is(value.vx, 0)) writeDouble(writer, 0x31, value.vx);
    if (!Object.is(value.vy, 0)) writeDouble(writer, 0x39, value.vy);
    if (!Object.is(value.vz, 0)) writeDouble(writer, 0x41, value.vz);
  },
  read(reader, end) {
    const value: Sample = { n: 0, tick: 0, x: 0, y: 0, z: 0, vx: 0, vy: 0, vz: 0 };
    while (reader.position < end) {
      const tag = reader.tag();
      switch (tag) {
        case 0x08:
          value.n = reader.uint32();
          break;
        case 0x10:
          value.tick = reader.uint32();
          break;
        case 0x19:
          value.x = reader.double();
          break;
        case 0x21:
          value.y = reader.double();
          break;
        case 0x29:
          value.z = reader.double();
          break;
        case 0x31:
          value.vx = reader.double();
          break;
        case 0x39:
          value.vy = reader.double();
          break;
        case 0x41:
          value.vz = reader.double();
          break;
        default:
          reader.skip(tag);
      }
    }
    reader.finish(end);
    return value;
  },
};

const reader = new Reader();

const handler: LinkHandler = {
  onAsk(_method, _target, bytes, start, end, _timeoutMs, reply) {
    reader.bytes = bytes;
    reader.position = start;
    reader.end = end;
    reply.answer(sampleCodec, sampleCodec.read(reader, end));
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

  check({ n, ...others }: Sample) {
    mustBe("an answer", { ...others, n: typeof n }, { ...sampleOf(0), n: "number" });
  },

  async dial(port) {
    const link = new Link(await dialTcp("127.0.0.1", port), linkOptions("client"));
    const options = { timeoutMs: 5_000 };
    // The caller awaits the call's own promise: one for each call, as in the other sides.
    return (n) => link.call(method, sampleCodec, sampleOf(n), sampleCodec, options);
  },
};
