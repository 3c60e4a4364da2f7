import { type MessageType, Reader, Writer } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { Move, Profile, Scene } from "../fixtures/bench.messages.ts";
import type { Contender, Library } from "./library.ts";

const types = { small: Move, medium: Profile, large: Scene };

/** Writer and reader are kept, as gates and nodes do; messages arrive many in one buffer. */
export const library: Library = (size, values): readonly Contender[] => {
  const type = types[size] as MessageType<object>;
  const encoded = values.map((value) => {
    const writer = new Writer();
    type.write(writer, value);
    return writer.finish();
  });
  const writer = new Writer(Math.max(...encoded.map(({ length }) => length)) + 64);
  const received = Buffer.concat(encoded);
  const starts = encoded.map((_, n) => encoded.slice(0, n).reduce((sum, { length }) => sum + length, 0));
  const ends = starts.map((start, n) => start + encoded[n]!.length);
  const reader = new Reader(received);
  return [
    {
      name: "photinus",
      encode(n) {
        writer.position = 0;
        type.write(writer, values[n]!);
        return writer.position;
      },
      decode(n) {
        const end = ends[n]!;
        reader.position = starts[n]!;
        reader.end = end;
        return type.read(reader, end);
      },
      bytes: (n) => encoded[n]!,
    },
  ];
};
