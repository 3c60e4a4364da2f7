import { expect, test } from "vitest";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { type Kind, kind } from "../../../runtime/wire/session/envelope.ts";
import { sessionFrame } from "../../setup/frames.ts";
import { PlaceMap, placeAt, SentMessages } from "./places.ts";

function frame(of: Kind, command: number, sequence: number, bodyBytes: number): Uint8Array {
  return sessionFrame(of, command, sequence, new Uint8Array(bodyBytes).fill(7));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A message of a WebSocket server; `fragment`: most bytes of each of its frames. */
function message(payload: Uint8Array, fragment = payload.length): Uint8Array {
  const frames: number[] = [];
  for (let at = 0; at < payload.length; at += fragment) {
    const part = payload.subarray(at, at + fragment);
    frames.push(
      2,
      ...(part.length < 126 ? [part.length] : [126, part.length >> 8, part.length & 255]),
      ...part,
    );
  }
  return Uint8Array.from(frames);
}

const welcome = frame(kind.control, control.welcome, 0, 60);
const reply = frame(kind.reply, 1, 5, 3);
const push = frame(kind.push, 501, 2, 200);
const later = frame(kind.push, 501, 3, 4);
const response = new TextEncoder().encode("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n");

/** Places of the inside of each message, after an earlier connection had carried the reply and the push. */
function insides(connection: Uint8Array, chunkBytes: number): string[] {
  const sent = new SentMessages();
  new PlaceMap(sent).read("down", joined(welcome, reply, push));
  const map = new PlaceMap(sent);
  const found: string[] = [];
  for (let at = 0; at < connection.length; at += chunkBytes) {
    const chunk = connection.subarray(at, at + chunkBytes);
    const segments = map.read("down", chunk);
    for (let byte = 0; byte < chunk.length; byte++) found.push(placeAt(segments, byte));
  }
  return found.filter((place, at) => place !== "load" && place !== found[at - 1]);
}

test("a cut inside a message of the gate is inside Welcome, inside a repeated message, or in the load", () => {
  const stream = joined(welcome, reply, push, later);
  expect(insides(stream, stream.length)).toEqual(["welcome", "replay", "replay"]);
  expect(insides(joined(response, message(stream)), 10_000)).toEqual(["welcome", "replay", "replay"]);
  expect(
    insides(joined(response, message(welcome), message(joined(reply, push)), message(later)), 10_000),
  ).toEqual(["welcome", "replay", "replay"]);
});

test("the places of a message are found in chunks of any size, but not before its number has arrived", () => {
  const stream = joined(welcome, push);
  for (const bytes of [23, 40, 64, 100]) {
    expect(new Set(insides(stream, bytes))).toEqual(new Set(["welcome", "replay"]));
    expect(new Set(insides(joined(response, message(stream, 50)), bytes))).toEqual(
      new Set(["welcome", "replay"]),
    );
  }
});

test("all bytes of a client before the welcome are its Hello, without the upgrade", () => {
  const request = new TextEncoder().encode("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
  const hello = frame(kind.control, control.hello, 0, 40);
  for (const upgrade of [new Uint8Array(), request]) {
    const map = new PlaceMap(new SentMessages());
    const chunk = joined(upgrade, hello);
    const segments = map.read("up", chunk);
    expect(segments).toEqual([{ start: upgrade.length, end: chunk.length, place: "hello" }]);
    expect([upgrade.length, upgrade.length + 1].map((at) => placeAt(segments, at))).toEqual([
      "load",
      "hello",
    ]);
    map.read("down", welcome);
    expect(map.read("up", frame(kind.request, 1, 1, 9))).toEqual([]);
  }
});

test("bytes of another protocol are the load", () => {
  const map = new PlaceMap(new SentMessages());
  const segments = map.read(
    "down",
    new TextEncoder().encode("neither a frame nor an upgrade, whatever follows"),
  );
  expect(placeAt(segments, 30)).toBe("load");
});
