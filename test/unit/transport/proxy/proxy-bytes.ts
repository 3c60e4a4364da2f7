import { crc32c } from "../../../../runtime/transport/proxy/crc32c.ts";

export const signature: readonly number[] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10];

/** An entry behind the addresses of a header. */
export function entry(type: number, value: Uint8Array | readonly number[]): Buffer {
  return Buffer.from([type, value.length >>> 8, value.length & 255, ...value]);
}

/** A header of the PROXY protocol, version 2. */
export function header(parts: { command?: number; family?: number; body: Uint8Array }): Buffer {
  const { command = 0x21, family = 0x11, body } = parts;
  return Buffer.concat([
    Buffer.from([...signature, command, family, body.length >>> 8, body.length & 255]),
    body,
  ]);
}

/** The addresses of a client and of the proxy, over IPv4. */
export function v4(client: string, port: number): Buffer {
  const dotted = client.split(".").map(Number);
  return Buffer.from([...dotted, 127, 0, 0, 1, port >>> 8, port & 255, 0x1c, 0xb6]);
}

/** The addresses of a client and of the proxy, over IPv6; the client's as 16 bytes in hexadecimal digits. */
export function v6(client: string, port: number): Buffer {
  const ports = Buffer.from([port >>> 8, port & 255, 0x1c, 0xb6]);
  return Buffer.concat([Buffer.from(client, "hex"), Buffer.alloc(16, 1), ports]);
}

/** A header with a checksum behind its addresses. */
export function withChecksum(addresses: Uint8Array, change = 0): Buffer {
  const bytes = header({ body: Buffer.concat([addresses, entry(3, [0, 0, 0, 0])]) });
  bytes.writeUInt32BE((crc32c(bytes, bytes.length - 4, bytes.length) ^ change) >>> 0, bytes.length - 4);
  return bytes;
}

export const local: Buffer = header({ command: 0x20, family: 0, body: Buffer.alloc(0) });
