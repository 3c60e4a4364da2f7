/** Polynomial of CRC-32C (Castagnoli) in reversed bit order, RFC 9260, appendix A. */
const polynomial = 0x82f63b78;

/**
 * Returns the CRC-32C of bytes, of which those from `zeroFrom` up to `zeroTo` count as zeros. Works bit by bit: a PROXY
 * header has at most 536 bytes, which do not repay a table.
 */
export function crc32c(bytes: Uint8Array, zeroFrom: number, zeroTo: number): number {
  let crc = 0xffffffff;
  for (let at = 0; at < bytes.length; at++) {
    if (at < zeroFrom || at >= zeroTo) crc ^= bytes[at]!;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0);
  }
  return ~crc >>> 0;
}
