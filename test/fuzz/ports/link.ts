import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import { encode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { LinkHello } from "../../../runtime/wire/generated/photinus/link.ts";
import { protocol } from "../../bench/game/fixtures/server/index.ts";
import { linkMessage } from "../../setup/frames.ts";
import { below, bytes, changed, oneOf, type Random, uint32 } from "../bytes.ts";
import type { Grammar } from "../grammar.ts";
import { messagesOf, randomMessage } from "../random-message.ts";

const messages = messagesOf("link.proto");
const adminMethods = Object.values(admin);
const mapNames = [
  "takeProxy",
  "callTarget",
  "callChild",
  "pushObject",
  "disconnect",
  "linkChallenge",
  "linkProof",
  "__proto__",
  "constructor",
];

/** The hello of a node or gate that the gate takes. */
function hello(random: Random): Uint8Array {
  const isGate = random() < 0.3;
  const body = encode(
    LinkHello,
    LinkHello.create({
      name: isGate ? "gate-9" : `fuzz-${below(random, 40)}`,
      role: isGate ? "" : "fuzz",
      bootId: "fuzz",
      version: linkVersion,
      gates: isGate ? ["gate", "gate-9"] : [],
    }),
  );
  return linkMessage([0, 1, admin.hello, 1_000, null, Buffer.from(body)]);
}

/** A value that msgpack carries, nested at most 4 deep. */
function anything(random: Random, depth = 0): unknown {
  const draw = below(random, depth > 3 ? 6 : 8);
  switch (draw) {
    case 0:
      return uint32(random);
    case 1:
      return -uint32(random);
    case 2:
      return oneOf(random, ["", "fuzz-1", "hall", "x".repeat(2_000), "\u0000"]);
    case 3:
      return oneOf(random, [null, true, false, Number.NaN, 1.5]);
    case 4:
      return Buffer.from(bytes(random, 40));
    case 5:
      return 2n ** 64n - 1n;
    case 6:
      return Array.from({ length: below(random, 5) }, () => anything(random, depth + 1));
    default:
      return { a: anything(random, depth + 1), [oneOf(random, mapNames)]: anything(random, depth + 1) };
  }
}

function adminBody(random: Random): Buffer {
  return Buffer.from(randomMessage(random, oneOf(random, messages)));
}

function method(random: Random): number {
  return random() < 0.8 ? oneOf(random, adminMethods) : oneOf(random, [0, 1, 2, 0xffffffff, uint32(random)]);
}

function pushAddress(random: Random): unknown[] {
  return oneOf(random, [
    [0, uint32(random)],
    [1, Array.from({ length: below(random, 5) }, () => uint32(random))],
    [2, uint32(random)],
    [3, "hall"],
    [4, null],
    [5, ["hall", uint32(random)]],
    [below(random, 9), anything(random)],
  ]);
}

function compact(random: Random): unknown {
  const key = uint32(random);
  switch (below(random, 8)) {
    case 0:
      return [
        0,
        key,
        method(random),
        uint32(random),
        oneOf(random, [null, "fuzz-1", key]),
        adminBody(random),
      ];
    case 1:
      return [1, method(random), null, adminBody(random)];
    case 2:
      return [2, key, adminBody(random)];
    case 3:
      return [3, key, below(random, 20), "wrong", 0];
    case 4:
      return [4, key];
    case 5:
      return [
        5,
        key,
        uint32(random),
        oneOf(random, protocol.commands).id,
        1_000,
        Buffer.from(bytes(random, 40)),
      ];
    case 6:
      return [6, oneOf(random, protocol.pushes).id, ...pushAddress(random), Buffer.from(bytes(random, 40))];
    default:
      return Array.from({ length: below(random, 8) }, () => anything(random));
  }
}

function mapForm(random: Random): unknown {
  return {
    _msgtype: oneOf(random, ["ASK", "NOTICE", "ANSWER", "OTHER"]),
    _key: anything(random, 2),
    _name: random() < 0.9 ? oneOf(random, mapNames) : anything(random),
    _args:
      random() < 0.9
        ? [oneOf(random, ["fuzz-m", "fuzz-1", 1]), anything(random), anything(random)]
        : anything(random),
    _kw: random() < 0.8 ? {} : anything(random),
    ...(random() < 0.2 ? { result: anything(random), error: anything(random) } : {}),
  };
}

/** Links of nodes and gates, in the compact form and in the map form. */
export const link: Grammar = {
  port: (addresses) => addresses.links,
  talk(random) {
    const isMapForm = random() < 0.35;
    const takeProxy = linkMessage({
      _msgtype: "ASK",
      _key: 0,
      _name: "takeProxy",
      _args: [`fuzz-${below(random, 40)}`],
      _kw: {},
    });
    const opening = isMapForm ? takeProxy : hello(random);
    return {
      opening: random() < 0.85 ? opening : new Uint8Array(0),
      waitsForAnswer: false,
      next: () => {
        const isMap = isMapForm !== random() < 0.03;
        const made = linkMessage(isMap ? mapForm(random) : compact(random));
        return random() < 0.15 ? changed(random, made) : made;
      },
    };
  },
};
