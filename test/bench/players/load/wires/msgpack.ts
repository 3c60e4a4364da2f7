/** A move to encode: the bytes of its numbers are then replaced. The clock has four bytes, the others eight each. */
export const aMove = { sent: 0x7fff_ffff, x: 1.5, y: 1.5, z: 1.5, heading: 1.5 };

/** Where an encoded move has its numbers. */
export function numbersIn(bytes: Uint8Array) {
  const sent = bytes.indexOf(0xce) + 1;
  const floats = [0, 0, 0, 0] as [number, number, number, number];
  let at = sent + 4;
  for (let n = 0; n < floats.length; n++) {
    floats[n] = bytes.indexOf(0xcb, at) + 1;
    at = floats[n]! + 8;
  }
  return { sent, floats };
}

/** An encoded move in a longer message: the same numbers, from its start. */
export function numbersFrom(bytes: Uint8Array, head: number) {
  const { sent, floats } = numbersIn(bytes);
  const [x, y, z, heading] = floats;
  return { sent: head + sent, floats: [head + x, head + y, head + z, head + heading] as const };
}

export function uint32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function float64At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0);
}

/** A whole number of at most two bytes. */
export function smallNumberAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first === 0xcd) return (bytes[at + 1]! << 8) | bytes[at + 2]!;
  return first === 0xcc ? bytes[at + 1]! : first;
}

export function startsWith(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let n = 0; n < text.length; n++) if (bytes[at + n] !== text[n]) return false;
  return true;
}
