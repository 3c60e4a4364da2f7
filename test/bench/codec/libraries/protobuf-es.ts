import { loadPeer } from "../../harness/peers.ts";
import { type Contender, generated, type Library, messageNames, plainOf } from "./library.ts";

interface ProtobufEs {
  create(schema: object, init: object): object;
  toBinary(schema: object, message: object): Uint8Array;
  fromBinary(schema: object, bytes: Uint8Array): object;
}

const { create, toBinary, fromBinary } = loadPeer<ProtobufEs>("@bufbuild/protobuf");
const schemas = await generated<Readonly<Record<string, object>>>("protobuf-es.mjs");

/** Code of `protoc-gen-es`. Its 64-bit fields are bigint: it has no numbers for them. */
export const library: Library = (size, values): readonly Contender[] => {
  const schema = schemas[`${messageNames[size]}Schema`]!;
  const messages = values.map((value) => {
    const plain = plainOf(value);
    for (const field of ["id", "gold", "seenAt"])
      if (size === "medium") plain[field] = BigInt(plain[field] as number);
    return create(schema, plain);
  });
  const encoded = messages.map((message) => toBinary(schema, message));
  return [
    {
      name: "protobuf-es",
      encode: (n) => toBinary(schema, messages[n]!).length,
      decode: (n) => fromBinary(schema, encoded[n]!),
      bytes: (n) => encoded[n]!,
    },
  ];
};
