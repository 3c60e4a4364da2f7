/** A value of a type: as it may come, without its tag, and as it is written. */
export type Form = readonly [input: readonly number[], written: readonly number[]];

export const max64 = 2n ** 64n - 1n;
const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);
const maxInt32 = 2n ** 31n - 1n;
const minInt32 = -(2n ** 31n);
const maxUint32 = 2n ** 32n - 1n;

export function varint(value: bigint, least = 1): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); rest > 0n || bytes.length < least; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
  bytes[bytes.length - 1]! &= 0x7f;
  return bytes;
}

const zigzag = (value: bigint) => varint((value << 1n) ^ (value >> 63n));
export const tag = (number: number, wireType: number) => varint(BigInt(number * 8 + wireType));
export const delimited = (content: readonly number[]) => [...varint(BigInt(content.length)), ...content];
export const text = (content: string) => delimited([...new TextEncoder().encode(content)]);

function fixed(bytes: 4 | 8, value: bigint): number[] {
  return Array.from({ length: bytes }, (_, n) => Number((value >> BigInt(8 * n)) & 0xffn));
}

function float(value: number): number[] {
  return [...new Uint8Array(Float32Array.of(value).buffer)];
}

function double(value: number): number[] {
  return [...new Uint8Array(Float64Array.of(value).buffer)];
}

const plain = (...forms: (readonly number[])[]): Form[] => forms.map((form) => [form, form]);
const cut = (...pairs: (readonly [bigint, bigint])[]): Form[] =>
  pairs.map(([input, written]) => [varint(input), varint(written)]);

/** By type: the first form is that of the default, the last one is another value. */
export const forms: Readonly<Record<string, readonly Form[]>> = {
  double: plain(double(0), double(0.1), double(Number.MAX_VALUE), double(2.2250738585072014e-308)),
  float: plain(float(0), float(0.1), float(1.00000075e-36), float(3.402823e38), float(1.17549435e-38)),
  int64: plain(varint(0n), varint(12_345n), varint(maxInt64), varint(minInt64)),
  uint64: plain(varint(0n), varint(12_345n), varint(max64)),
  int32: [
    ...plain(varint(0n), varint(12_345n)),
    [varint(12_345n, 4), varint(12_345n)],
    [varint(12_345n, 9), varint(12_345n)],
    ...plain(varint(maxInt32), varint(minInt32)),
    ...cut([2n ** 33n, 0n], [2n ** 33n - 1n, -1n], [maxInt64, -1n], [minInt64 + 1n, 1n]),
  ],
  uint32: [
    ...plain(varint(0n), varint(12_345n)),
    [varint(12_345n, 4), varint(12_345n)],
    [varint(12_345n, 9), varint(12_345n)],
    ...plain(varint(maxUint32)),
    ...cut([2n ** 33n, 0n], [2n ** 33n + 1n, 1n], [2n ** 33n - 1n, maxUint32], [maxInt64, maxUint32]),
    ...cut([minInt64 + 1n, 1n]),
  ],
  sint32: [
    ...plain(zigzag(0n), zigzag(12_345n), zigzag(maxInt32), zigzag(minInt32)),
    [zigzag(maxInt32 + 2n), zigzag(1n)],
  ],
  sint64: plain(zigzag(0n), zigzag(12_345n), zigzag(maxInt64), zigzag(minInt64)),
  fixed32: plain(fixed(4, 0n), fixed(4, 12_345n), fixed(4, maxUint32)),
  fixed64: plain(fixed(8, 0n), fixed(8, 12_345n), fixed(8, max64)),
  sfixed32: plain(fixed(4, 0n), fixed(4, 12_345n), fixed(4, maxInt32), fixed(4, minInt32)),
  sfixed64: plain(fixed(8, 0n), fixed(8, 12_345n), fixed(8, maxInt64), fixed(8, minInt64)),
  bool: [
    ...plain(varint(0n), varint(1n)),
    ...cut([-1n, 1n], [12_345_678n, 1n], [2n ** 33n, 1n], [maxInt64, 1n], [minInt64, 1n]),
  ],
  string: plain(
    text(""),
    text("Good evening!"),
    text("'\"?\\\u0007\b\f\n\r\t\v"),
    text("\u8c37\u6b4c"),
    text("\u{1f601}"),
  ),
  bytes: plain(delimited([]), text("Good evening!"), delimited([1, 2]), delimited([0xfb])),
  enum: [
    ...plain(varint(0n), varint(1n), varint(2n), varint(-1n)),
    ...cut([maxInt64, -1n], [minInt64 + 1n, 1n]),
  ],
  message: plain(delimited([]), delimited([0x08, ...varint(1_234n)])),
};

const wireTypes: Readonly<Record<string, number>> = {
  ...{ double: 1, fixed64: 1, sfixed64: 1, float: 5, fixed32: 5, sfixed32: 5 },
  ...{ string: 2, bytes: 2, message: 2 },
};
export const types = Object.keys(forms);
export const wireTypeOf = (type: string) => wireTypes[type] ?? 0;
export const isPackable = (type: string) => wireTypeOf(type) !== 2;
