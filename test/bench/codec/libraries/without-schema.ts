import { type Options, Packr } from "msgpackr";
import { type Contender, type Library, plainOf } from "./library.ts";

/** Libraries whose bytes name the fields, or leave their names to what both sides have learned. */
export const library: Library = (_size, values): readonly Contender[] => {
  const plain = values.map(plainOf);
  return [
    packed("msgpackr, shared structures", { structures: [] }, plain),
    packed("msgpackr, plain", { useRecords: false }, plain),
    json(plain),
  ];
};

function packed(name: string, options: Options, plain: readonly object[]): Contender {
  const packr = new Packr(options);
  const encoded = plain.map((value) => Uint8Array.from(packr.pack(value)));
  return {
    name,
    encode: (n) => packr.pack(plain[n]!).length,
    decode: (n) => packr.unpack(encoded[n]!) as object,
  };
}

/** Text in bytes, as a connection carries it; an array of bytes is base64, which takes no time here. */
function json(plain: readonly Record<string, unknown>[]): Contender {
  const values = plain.map((value) =>
    value["avatar"] === undefined
      ? value
      : { ...value, avatar: Buffer.from(value["avatar"] as Uint8Array).toString("base64") },
  );
  const encoded = values.map((value) => Buffer.from(JSON.stringify(value)));
  return {
    name: "JSON",
    encode: (n) => Buffer.from(JSON.stringify(values[n])).length,
    decode: (n) => JSON.parse(encoded[n]!.toString()) as object,
  };
}
