import type { Text } from "../redis-mysql/column-text.ts";

const slotCount = 16_384;

/** The slot of a key in a Redis Cluster: CRC16 (XMODEM) of its hash tag, or of all of it when it has none. */
export function slotOf(key: Text): number {
  const bytes = typeof key === "string" ? Buffer.from(tagOf(key)) : tagOf(key);
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    crc &= 0xffff;
  }
  return crc % slotCount;
}

/** What is between the first "{" and the first "}" after it, unless that is nothing. */
function tagOf<T extends string | Uint8Array>(key: T): T {
  const isText = typeof key === "string";
  const start = isText ? key.indexOf("{") : key.indexOf(0x7b);
  const end = start < 0 ? -1 : isText ? key.indexOf("}", start) : key.indexOf(0x7d, start);
  return (end > start + 1 ? (isText ? key.slice(start + 1, end) : key.subarray(start + 1, end)) : key) as T;
}
