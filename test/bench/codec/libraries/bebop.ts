import { loadPeer } from "../../harness/peers.ts";
import { type Contender, generated, type Library, messageNames, type Size } from "./library.ts";

/** A type as `bebopc` generates it. */
interface BebopType {
  encodeInto(record: object, view: BebopView): void;
  encode(record: object): Uint8Array;
  readFrom(view: BebopView): object;
}

interface BebopView {
  readonly length: number;
  startWriting(): void;
  startReading(bytes: Uint8Array): void;
}

const { BebopView: views } = loadPeer<{ BebopView: { getInstance(): BebopView } }>("bebop");
const types = await generated<Readonly<Record<string, BebopType>>>("bebop.mjs");

/**
 * Code of `bebopc`, for messages, whose fields are numbered as protobuf's, and for structs, which can never change. Written and read
 * as `encode` and `decode` do, but without their copies of the bytes and of the decoded object. 64-bit fields are bigint: it has no
 * numbers for them.
 */
export const library: Library = (size, values): readonly Contender[] => [
  contender("bebop, messages", types[messageNames[size]]!, size, values),
  contender("bebop, structs", types[`Fixed${messageNames[size]}`]!, size, values),
];

function contender(name: string, type: BebopType, size: Size, values: readonly object[]): Contender {
  const records = values.map((value) => (size === "medium" ? withBigints(value) : value));
  const encoded = records.map((record) => type.encode(record).slice());
  const view = views.getInstance();
  return {
    name,
    encode(n) {
      view.startWriting();
      type.encodeInto(records[n]!, view);
      return view.length;
    },
    decode(n) {
      view.startReading(encoded[n]!);
      return type.readFrom(view);
    },
  };
}

function withBigints(value: object): object {
  const record = { ...value } as Record<string, unknown>;
  for (const field of ["id", "gold", "seenAt"]) record[field] = BigInt(record[field] as number);
  return record;
}
