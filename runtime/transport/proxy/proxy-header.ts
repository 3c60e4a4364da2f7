import { SocketAddress } from "node:net";
import { getUint32 } from "../../wire/uint32.ts";
import { crc32c } from "./crc32c.ts";

/**
 * Most bytes of a header, its 16 fixed bytes included. Each TCP segment has room for this much, and a proxy sends its
 * header in one.
 */
export const maxHeaderBytes = 536;
/** Fixed bytes of a header: signature, version and command, family and protocol, length. */
const fixedBytes = 16;

/** First bytes of each header. They are no valid beginning of any other protocol. */
const signature: readonly number[] = Object.freeze([13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]);

/** Type of the entry that holds a checksum of the header. */
const crcType = 3;

/** Why a header is rejected; part of a counter's name. */
export type HeaderFault =
  | "proxy-signature"
  | "proxy-version"
  | "proxy-family"
  | "proxy-length"
  | "proxy-entries"
  | "proxy-checksum";

/** Result of {@link readProxyHeader}. */
export type ProxyHeader =
  /** The header is not complete; it has `bytes` bytes at least. */
  | { readonly is: "incomplete"; readonly bytes: number }
  /** The proxy itself opened the connection, for example as a health check. */
  | { readonly is: "local"; readonly bytes: number }
  /** The proxy relays a client with this address. */
  | { readonly is: "client"; readonly bytes: number; readonly host: string; readonly port: number }
  | { readonly is: "faulty"; readonly fault: HeaderFault };

/**
 * Reads the header of the PROXY protocol, version 2 (haproxy.org, proxy-protocol.txt, section 2.2), at the beginning of
 * a connection's bytes. Accepts TCP over IPv4 and IPv6. Rejects other families: their clients have no address that could
 * be counted.
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  const size = bytes.length;
  for (let at = 0; at < Math.min(size, signature.length); at++) {
    if (bytes[at] !== signature[at]) return faulty("proxy-signature");
  }
  if (size > 12 && bytes[12] !== 0x20 && bytes[12] !== 0x21) return faulty("proxy-version");
  if (size < fixedBytes) return { is: "incomplete", bytes: fixedBytes };
  const total = fixedBytes + bytes[14]! * 256 + bytes[15]!;
  if (total > maxHeaderBytes) return faulty("proxy-length");
  // The address block of a LOCAL header is to be ignored, whatever its family.
  if (bytes[12] === 0x20) return { is: size < total ? "incomplete" : "local", bytes: total };
  const addressBytes = bytes[13] === 0x11 ? 4 : bytes[13] === 0x21 ? 16 : 0;
  if (addressBytes === 0) return faulty("proxy-family");
  const entries = fixedBytes + 2 * addressBytes + 4;
  if (total < entries) return faulty("proxy-length");
  if (size < total) return { is: "incomplete", bytes: total };
  const fault = entriesFault(bytes.subarray(0, total), entries);
  if (fault !== undefined) return faulty(fault);
  const portAt = fixedBytes + 2 * addressBytes;
  return {
    is: "client",
    bytes: total,
    host: addressText(bytes.subarray(fixedBytes, fixedBytes + addressBytes)),
    port: bytes[portAt]! * 256 + bytes[portAt + 1]!,
  };
}

/** Checks the entries (type, length, value) behind the addresses. Their values are skipped, except for a checksum. */
function entriesFault(header: Uint8Array, from: number): HeaderFault | undefined {
  for (let at = from; at < header.length; ) {
    const value = at + 3;
    if (value > header.length) return "proxy-entries";
    const end = value + header[at + 1]! * 256 + header[at + 2]!;
    if (end > header.length) return "proxy-entries";
    if (header[at] === crcType) {
      if (end - value !== 4) return "proxy-entries";
      if (crc32c(header, value, end) !== getUint32(header, value)) return "proxy-checksum";
    }
    at = end;
  }
  return undefined;
}

/** Formats an IPv4 or IPv6 address of 4 or 16 bytes; an IPv4 address inside IPv6 as IPv4. */
function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, at) =>
    (bytes[2 * at]! * 256 + bytes[2 * at + 1]!).toString(16),
  );
  const { address } = new SocketAddress({ address: groups.join(":"), family: "ipv6" });
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

function faulty(fault: HeaderFault): ProxyHeader {
  return { is: "faulty", fault };
}
