import { describe, expect, it } from "vitest";
import { EnterRequest, Flight, Step } from "../../../generated/server/meadow/meadow.messages.ts";
import { protocol as example } from "../../../generated/server/protocol.ts";
import { decode, encode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { hashKey } from "../../../runtime/wire/key/hash-key.ts";
import fc from "../../setup/random.ts";
import * as messages from "./fixtures/hostile/generated/server/hostile.messages.ts";
import { protocol as hostile } from "./fixtures/hostile/generated/server/protocol.ts";

function hashOf(
  protocol: typeof example,
  name: string,
): (bytes: Uint8Array, start?: number, end?: number) => number {
  const entry = [...protocol.commands, ...protocol.methods].find((one) => one.name === name);
  if (entry?.route.kind !== "hash") throw new Error(`${name} is not routed by hash`);
  const { hash } = entry.route;
  return (bytes, start = 0, end = bytes.length) => hash(bytes, start, end);
}

function keyOf(protocol: typeof example, name: string): (bytes: Uint8Array) => number | bigint | string {
  const key = protocol.pushes.find((push) => push.name === name)?.key;
  if (!key) throw new Error(`${name} has no key`);
  return (bytes) => key(bytes, 0, bytes.length);
}

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const position = fc.option(fc.record({ x: fc.float(), y: fc.float() }), { nil: undefined });

describe("generated extractors", () => {
  it("hash the field that a decoder reads, wherever it stands", () => {
    const move = hashOf(example, "meadow.Meadow.Move");
    const enter = hashOf(example, "meadow.Meadow.Enter");
    fc.assert(
      fc.property(uint32, position, (meadowId, at) => {
        const step = encode(Step, { meadowId, position: at });
        expect(move(step)).toBe(hashKey(decode(Step, step).meadowId));
        expect(move(step)).toBe(enter(encode(EnterRequest, { meadowId })));
      }),
    );
  });

  it("take the last of several, as a decoder does", () => {
    const enter = hashOf(example, "meadow.Meadow.Enter");
    fc.assert(
      fc.property(fc.array(uint32, { maxLength: 4 }), (ids) => {
        const bytes = Uint8Array.from(ids.flatMap((meadowId) => [...encode(EnterRequest, { meadowId })]));
        expect(enter(bytes)).toBe(hashKey(decode(EnterRequest, bytes).meadowId));
      }),
    );
  });

  it("read at any place of a larger buffer", () => {
    const enter = hashOf(example, "meadow.Meadow.Enter");
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 9 }),
        uint32,
        fc.uint8Array({ maxLength: 9 }),
        (before, meadowId, after) => {
          const body = encode(EnterRequest, { meadowId });
          const bytes = Uint8Array.from([...before, ...body, ...after]);
          expect(enter(bytes, before.length, before.length + body.length)).toBe(hashKey(meadowId));
        },
      ),
    );
  });

  it("follow a path, and merge a message that comes in parts as a decoder does", () => {
    const hash = hashOf(hostile, "hostile.Hostile.import");
    const id = fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(id, { maxLength: 3 }), (ids) => {
        const parts = ids.map((one) =>
          encode(
            messages.Tree,
            messages.Tree.create({
              children: [messages.Tree.create()],
              deeper: { back: undefined, step: one === undefined ? undefined : { id: one }, at: undefined },
            }),
          ),
        );
        const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
        expect(hash(bytes)).toBe(hashKey(decode(messages.Tree, bytes).deeper?.step?.id ?? 0n));
      }),
    );
  });

  it("see no member of a oneof that another member has replaced, as a decoder does", () => {
    const hash = hashOf(hostile, "hostile.Hostile.Rival");
    const members = fc.oneof(
      fc.string().map((value) => ({ case: "value", value }) as const),
      fc.constantFrom(0, 1, 4).map((value) => ({ case: "then$", value }) as const),
      fc.constant({ case: "nothing", value: {} } as const),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(fc.array(members, { maxLength: 4 }), (cases) => {
        const parts = cases.map((one) => encode(messages.Tree, messages.Tree.create({ case: one })));
        const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
        const read = decode(messages.Tree, bytes).case;
        expect(hash(bytes)).toBe(hashKey(read?.case === "value" ? read.value : ""));
      }),
    );
  });

  it("give the exact value of a push's key", () => {
    const flight = keyOf(example, "meadow.Meadow.Moved");
    const signed = keyOf(hostile, "hostile.Hostile.Target");
    const text = keyOf(hostile, "hostile.Hostile.Message");
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.string(), position, (value, name, at) => {
        expect(BigInt(flight(encode(Flight, { fireflyId: value, position: at })))).toBe(value);
        const rawId = BigInt.asIntN(64, value);
        expect(BigInt(signed(encode(messages.raw, { raw: new Uint8Array(2), rawId })))).toBe(rawId);
        expect(text(encode(messages.Error$, { message: "m", name, stack: "s" }))).toBe(name);
      }),
    );
  });

  it("give the default's key for whatever is not a message, and never throw", () => {
    const move = hashOf(example, "meadow.Meadow.Move");
    const deep = hashOf(hostile, "hostile.Hostile.import");
    const text = keyOf(hostile, "hostile.Hostile.Message");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(move(bytes)).toBeLessThan(2 ** 32);
        expect(deep(bytes)).toBeLessThan(2 ** 32);
        expect(text(bytes)).toBeTypeOf("string");
        let meadowId: number;
        try {
          ({ meadowId } = decode(Step, bytes));
        } catch {
          return;
        }
        expect(move(bytes)).toBe(hashKey(meadowId));
      }),
      { numRuns: 3_000 },
    );
    expect(move(Uint8Array.of(0x08))).toBe(hashKey(0));
  });
});
