/** Draws for the fuzz: values at the edges of what a format holds, and changes of bytes. */

export type Random = () => number;

/** An integer from 0 to below `count`. */
export function below(random: Random, count: number): number {
  return Math.floor(random() * count);
}

export function oneOf<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)]!;
}

const edges = [
  0, 1, 2, 3, 4, 5, 127, 128, 255, 256, 0x7fff, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ff00,
  0xffff_ffff,
];

/** An unsigned 32-bit integer, often at an edge. */
export function uint32(random: Random): number {
  return random() < 0.5 ? oneOf(random, edges) : below(random, 2 ** (1 + below(random, 32)));
}

export function bytes(random: Random, most: number): Uint8Array {
  const made = new Uint8Array(below(random, most + 1));
  for (let n = 0; n < made.length; n++) made[n] = below(random, 256);
  return made;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function withUint32(target: Uint8Array, at: number, value: number): Uint8Array {
  if (at + 4 <= target.length) new DataView(target.buffer, target.byteOffset).setUint32(at, value >>> 0);
  return target;
}

/** Changes of bytes; each returns new bytes. */
const changes: readonly ((random: Random, of: Uint8Array) => Uint8Array)[] = [
  (random, of) => flipped(random, of, 1),
  (random, of) => flipped(random, of, 8),
  (random, of) => of.slice(0, below(random, of.length + 1)),
  (random, of) => joined([of, bytes(random, 16)]),
  (random, of) => {
    const at = below(random, of.length + 1);
    return joined([of.subarray(0, at), bytes(random, 8), of.subarray(at)]);
  },
  (random, of) => {
    const at = below(random, of.length + 1);
    const end = at + below(random, of.length - at + 1);
    return joined([of.subarray(0, end), of.subarray(at)]);
  },
  (random, of) => withUint32(of.slice(), below(random, of.length + 1), uint32(random)),
];

function flipped(random: Random, of: Uint8Array, count: number): Uint8Array {
  const made = of.slice();
  for (let n = 0; n < count && made.length > 0; n++)
    made[below(random, made.length)]! ^= 1 << below(random, 8);
  return made;
}

/** Returns the bytes with 1 to 3 changes. */
export function changed(random: Random, of: Uint8Array): Uint8Array {
  let made = of;
  for (let n = 1 + below(random, 3); n > 0; n--) made = oneOf(random, changes)(random, made);
  return made;
}
