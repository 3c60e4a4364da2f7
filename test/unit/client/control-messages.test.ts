import { expect, test } from "vitest";
import * as tables from "../../../clients/typescript/src/channel/control-messages.ts";
import {
  type Decoder,
  decode,
  type Encoder,
  encode,
  Reader,
} from "../../../runtime/wire/codec/codec-runtime.ts";
import * as generated from "../../../runtime/wire/generated/photinus/control.ts";
import { fromHex, loadVectors } from "../../conformance/vectors/load.ts";

interface Vector {
  readonly name: string;
  readonly message: string;
  readonly body: string;
}

type Generated = Encoder<object> & Decoder<object>;

const codecs = generated as unknown as Record<string, Generated>;
const ours = tables as unknown as Record<string, Encoder<object> & Decoder<object>>;

/** Vectors of messages that a client sends, or gets. */
const vectorsOf = (half: "sent" | "got") =>
  loadVectors<Vector>("control.json").filter(({ message }) => `${half}${message}` in ours);

/** Fields of a Welcome that a client does not read. */
const unread = { release: undefined, minRelease: undefined };

test.each(vectorsOf("got"))("the client reads as the generated decoder does: $name", ({ message, body }) => {
  const bytes = fromHex(body);
  const whole = decode(codecs[message]! as never, bytes) as object;
  expect(ours[`got${message}`]!.read(new Reader(bytes), bytes.length)).toEqual({
    ...whole,
    ...(message === "Welcome" && unread),
  });
});

test.each(vectorsOf("sent"))(
  "the client writes as the generated encoder does: $name",
  ({ message, body }) => {
    const value = decode(codecs[message]! as never, fromHex(body)) as { compressions?: readonly number[] };
    // The client has numbers that fit into a byte as bytes, which look alike.
    const { compressions } = value;
    if (compressions) Object.assign(value, { compressions: Uint8Array.from(compressions) });
    expect(encode(ours[`sent${message}`]! as never, value as never)).toEqual(fromHex(body));
  },
);

test("every message that the client sends or gets is among the vectors", () => {
  const tried = new Set([
    ...vectorsOf("got").map(({ message }) => `got${message}`),
    ...vectorsOf("sent").map(({ message }) => `sent${message}`),
  ]);
  expect([...tried].sort()).toEqual(Object.keys(ours).sort());
});
