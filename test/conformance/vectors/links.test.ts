import { describe, expect, test } from "vitest";
import { CompactReader } from "../../../runtime/rpc/envelope/compact-reader.ts";
import { IllegalMessageError, kind } from "../../../runtime/rpc/envelope/message-kinds.ts";
import { isMapForm, MapForm } from "../../../runtime/rpc/envelope/map-form.ts";
import { Splitter } from "../../../runtime/rpc/envelope/message-splitter.ts";
import { fromHex, loadVectors, toHex } from "./load.ts";

interface LinkVector {
  name: string;
  form?: "compact" | "map";
  hex: string;
  fields?: Record<string, unknown>;
  illegal?: string;
}

/** Everything that our code reads out of a compact message, in the shape of the vectors. */
function readCompact(bytes: Uint8Array): Record<string, unknown> {
  const reader = new CompactReader();
  reader.read(bytes, 0, bytes.length);
  const { key, number, ms, session, target, message, trace, address, bodyStart, bodyEnd, outcome } = reader;
  return {
    kind: Object.entries(kind).find(([, value]) => value === reader.kind)?.[0],
    ...{ key, number, ms, session, message, trace, outcome },
    target: target ?? null,
    address: address?.kind === "user" ? { ...address, user: String(address.user) } : address,
    body: { bytes: toHex(bytes.subarray(bodyStart, bodyEnd)) },
  };
}

/** Binary values as the vectors have them, and integers beyond 53 bits as text. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: toHex(value) };
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, plain(element)]));
}

/** The message without its length, or why there is none. */
function split(bytes: Uint8Array): Uint8Array | string {
  let found: Uint8Array | string = "nothing";
  const splitter = new Splitter(65_536, {
    onMessage: (where, start, end) => {
      found = where.slice(start, end);
    },
    onIllegal: (reason) => {
      found = reason;
    },
  });
  splitter.push(bytes);
  return found;
}

function reasonOf(message: Uint8Array): string {
  try {
    if (isMapForm(message[0]!)) new MapForm().read(message, 0, message.length);
    else readCompact(message);
    return "none";
  } catch (error) {
    return error instanceof IllegalMessageError ? error.reason : String(error);
  }
}

describe("links.json", () => {
  test.each(loadVectors<LinkVector>("links.json"))("$name", (vector) => {
    const message = split(fromHex(vector.hex));
    if (vector.illegal !== undefined) {
      expect(typeof message === "string" ? message : reasonOf(message)).toBe(vector.illegal);
      return;
    }
    if (typeof message === "string") expect.fail(message);
    expect(isMapForm(message[0]!)).toBe(vector.form === "map");
    const read =
      vector.form === "map" ? plain(new MapForm().read(message, 0, message.length)) : readCompact(message);
    expect(read).toMatchObject(vector.fields!);
  });
});
