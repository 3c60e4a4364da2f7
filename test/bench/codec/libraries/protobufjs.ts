import protobuf from "protobufjs/minimal.js";
import { type Contender, generated, type Library, messageNames, plainOf } from "./library.ts";

interface Message {
  create(fields: object): object;
  encode(message: object, writer?: protobuf.Writer): protobuf.Writer;
  decode(bytes: protobuf.Reader | Uint8Array): object;
}

// 64-bit fields are numbers. Generated code looks when it is loaded.
Reflect.set(protobuf.util, "Long", null);
protobuf.configure();
const { bench } = await generated<{ bench: Readonly<Record<string, Message>> }>("protobufjs.mjs");

/** Static code of `pbjs`: as its documentation has it, and with a writer and a reader that are kept. */
export const library: Library = (size, values): readonly Contender[] => {
  const type = bench[messageNames[size]]!;
  const messages = values.map((value) => wholeOf(type, plainOf(value)));
  const encoded = messages.map((message) => Uint8Array.from(type.encode(message).finish()));
  const starts = encoded.map((_, n) => encoded.slice(0, n).reduce((sum, { length }) => sum + length, 0));
  const ends = starts.map((start, n) => start + encoded[n]!.length);
  const writer = protobuf.Writer.create();
  const reader = protobuf.Reader.create(Buffer.concat(encoded));
  return [
    {
      name: "protobufjs",
      encode: (n) => type.encode(messages[n]!).finish().length,
      decode: (n) => type.decode(encoded[n]!),
      bytes: (n) => encoded[n]!,
    },
    {
      name: "protobufjs, writer and reader reused",
      encode(n) {
        writer.reset();
        type.encode(messages[n]!, writer);
        return (writer as { pos?: number }).pos ?? 0;
      },
      decode(n) {
        reader.pos = starts[n]!;
        reader.len = ends[n]!;
        return type.decode(reader);
      },
      bytes: (n) => encoded[n]!,
    },
  ];
};

/** A message with messages in it, as `fromObject` makes them. */
function wholeOf(type: Message, fields: Record<string, unknown>): object {
  const { guild, items, entities } = fields as Record<string, object[] | undefined>;
  const whole = { ...fields };
  if (guild) whole["guild"] = bench["Guild"]!.create(guild);
  if (items) whole["items"] = items.map((item) => bench["Item"]!.create(item));
  if (entities) whole["entities"] = entities.map((entity) => bench["Entity"]!.create(entity));
  return type.create(whole);
}
