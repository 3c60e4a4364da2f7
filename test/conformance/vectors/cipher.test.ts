import { describe, expect, test } from "vitest";
import { nobleKeyPair, noblePrimitives } from "../../../clients/typescript/src/cipher/noble-primitives.ts";
import { keyPairFrom, nodePrimitives } from "../../../runtime/transport/cipher/node-primitives.ts";
import { NoiseRecords } from "../../../runtime/wire/cipher/nk-cipher.ts";
import { CipherState } from "../../../runtime/wire/cipher/symmetric-state.ts";
import {
  type CipherParts,
  type CipherVector,
  cipherVector,
  openedClient,
  sealed,
  serverOf,
} from "./cipher-conversation.ts";
import { fromHex, loadVectors, toHex } from "./load.ts";

const node: CipherParts = { primitives: nodePrimitives, keyPair: keyPairFrom };
const noble: CipherParts = { primitives: noblePrimitives, keyPair: nobleKeyPair };
const vectors = loadVectors<CipherVector>("cipher.json");

describe.each(vectors)("the encrypted connection with $cipher", (vector) => {
  test("is what a gate and a client by node:crypto send, over 65,537 records each way", () => {
    expect(cipherVector(vector.cipher, node)).toEqual(vector);
  });

  test("is opened and answered alike by node:crypto and by @noble", () => {
    for (const parts of [node, noble]) {
      const client = openedClient(vector.cipher, parts, fromHex(vector.gatePublic));
      expect(toHex(client.preamble) + toHex(client.hello)).toBe(vector.opening);
      const gate = serverOf(vector.cipher, parts, parts.keyPair(fromHex(vector.gatePrivate)));
      const { answer, records } = gate.accept(client.preamble, client.hello);
      expect(toHex(answer)).toBe(vector.answer);
      const ends = { client: client.finish(answer), gate: records };
      for (const { from, number, content, hex } of vector.records) {
        if (number > 2) continue;
        expect(sealed(ends[from], fromHex(content))).toBe(hex);
        const to = from === "client" ? ends.gate : ends.client;
        expect(toHex(to.open(fromHex(hex).subarray(2)))).toBe(content);
      }
    }
  });
});

test.each(["ChaChaPoly", "AESGCM"] as const)(
  "both directions of %s change their keys by themselves, at the same record on both sides and in both libraries",
  (cipher) => {
    const key = new Uint8Array(32).fill(9);
    const ends = [node, noble].map(({ primitives }) => {
      const of = primitives(cipher);
      return new NoiseRecords({ send: new CipherState(of, key), receive: new CipherState(of, key) }, 3);
    });
    const seen = new Set<string>();
    for (let n = 0; n < 10; n++) {
      const [hex, other] = ends.map((end) => sealed(end, Uint8Array.of(n)));
      expect(other).toBe(hex);
      seen.add(hex!);
      for (const end of ends) expect([...end.open(fromHex(hex!).subarray(2))]).toEqual([n]);
    }
    expect(seen.size).toBe(10);
    // Without the rekey, the fourth record differs.
    const still = new CipherState(node.primitives(cipher), key);
    const kept = new NoiseRecords({ send: still, receive: still }, 1_000);
    const fourth = [0, 1, 2, 3].map((n) => sealed(kept, Uint8Array.of(n))).at(-1);
    expect(seen.has(fourth!)).toBe(false);
  },
);
