import { upgrade } from "../../setup/frames.ts";
import { below, bytes, changed, joined, oneOf, type Random } from "../bytes.ts";
import type { Grammar } from "../grammar.ts";
import { hello, join, sessionCase } from "./client.ts";

const headers = [
  "Origin: https://elsewhere.example",
  "Sec-WebSocket-Protocol: photinus.v1, x",
  "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
  "Content-Length: 99999999999",
  "Transfer-Encoding: chunked",
  `X-Long: ${"y".repeat(9_000)}`,
  "X-Forwarded-For: 203.0.113.7, ,::1",
];

/** A frame of RFC 6455. The head tells the truth about the length, most of the time. */
function webSocketFrame(random: Random, payload: Uint8Array): Uint8Array {
  const opcode = random() < 0.85 ? 2 : below(random, 16);
  const final = random() < 0.93 ? 0x80 : 0;
  const reserved = random() < 0.97 ? 0 : below(random, 8) << 4;
  const first = final | reserved | opcode;
  const isMasked = random() < 0.97;
  const length =
    random() < 0.97 ? payload.length : oneOf(random, [0, 125, 126, 65_535, 65_536, 2 ** 31, 2 ** 53]);
  const mask = isMasked ? Uint8Array.from({ length: 4 }, () => below(random, 256)) : new Uint8Array(0);
  const masked = isMasked ? payload.map((byte, n) => byte ^ mask[n % 4]!) : payload;
  return joined([lengthHead(first, length, isMasked), mask, masked]);
}

function lengthHead(first: number, length: number, isMasked: boolean): Uint8Array {
  const mark = isMasked ? 0x80 : 0;
  if (length < 126) return Uint8Array.of(first, mark | length);
  if (length < 65_536) return Uint8Array.of(first, mark | 126, length >> 8, length & 0xff);
  const head = new Uint8Array(10);
  head.set([first, mark | 127]);
  new DataView(head.buffer).setBigUint64(2, BigInt(length));
  return head;
}

/** HTTP requests, WebSocket handshakes, and messages with frames of the session protocol in them. */
export const webSocket: Grammar = {
  port: (addresses) => addresses.client,
  talk(random) {
    const lines = upgrade.trimEnd().split("\r\n");
    if (random() < 0.2) lines.splice(1 + below(random, lines.length), 0, oneOf(random, headers));
    if (random() < 0.05) lines.splice(below(random, lines.length), 1);
    const request = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
    const isWrong = random() < 0.15;
    let sequence = 0;
    let isFirst = true;
    return {
      opening: isWrong ? changed(random, request) : request,
      waitsForAnswer: !isWrong,
      next: () => {
        if (isFirst && random() < 0.9) {
          isFirst = false;
          return webSocketFrame(() => 0.5, joined([hello(random), join(random, ++sequence)]));
        }
        const count = random() < 0.8 ? 1 : 3;
        const frames = Array.from({ length: count }, () => sessionCase(random, ++sequence));
        const message = webSocketFrame(random, random() < 0.9 ? joined(frames) : bytes(random, 200));
        return random() < 0.05 ? changed(random, message) : message;
      },
    };
  },
};
