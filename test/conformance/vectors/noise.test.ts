import { describe, expect, test } from "vitest";
import { nobleKeyPair, noblePrimitives } from "../../../clients/typescript/src/cipher/noble-primitives.ts";
import { keyPairFrom, nodePrimitives } from "../../../runtime/transport/cipher/node-primitives.ts";
import { NkInitiator, NkResponder, nkProtocolName } from "../../../runtime/wire/cipher/nk-handshake.ts";
import type { KeyPair, NoiseCipherName, NoisePrimitives } from "../../../runtime/wire/cipher/noise-primitives.ts";
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import { emptyBytes } from "../../../runtime/wire/empty-bytes.ts";
import { fromHex, loadVectors, toHex } from "./load.ts";

interface NoiseVector {
  readonly source: string;
  readonly protocol: string;
  readonly prologue: string;
  readonly clientEphemeral: string;
  readonly gatePublic: string;
  readonly gatePrivate: string;
  readonly gateEphemeral: string;
  readonly handshakeHash?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

interface Implementation {
  primitives(cipher: NoiseCipherName): NoisePrimitives;
  keyPair(privateKey: Uint8Array): KeyPair;
}

const implementations: Readonly<Record<string, Implementation>> = {
  "node:crypto": { primitives: nodePrimitives, keyPair: keyPairFrom },
  "@noble": { primitives: noblePrimitives, keyPair: nobleKeyPair },
};

const vectors = loadVectors<NoiseVector>("noise.json");

function written(write: (output: Writer) => void): string {
  const output = new Writer();
  write(output);
  return toHex(output.finish());
}

describe.each(Object.entries(implementations))("Noise NK by %s", (_, { primitives, keyPair }) => {
  test.each(vectors)("gives the bytes of $protocol by $source", (vector) => {
    const of = primitives(vector.protocol.includes("AESGCM") ? "AESGCM" : "ChaChaPoly");
    expect(nkProtocolName(of)).toBe(vector.protocol);
    const statics = keyPair(fromHex(vector.gatePrivate));
    expect(toHex(statics.publicKey)).toBe(vector.gatePublic);
    const prologue = fromHex(vector.prologue);
    const client = new NkInitiator(
      of,
      prologue,
      fromHex(vector.gatePublic),
      keyPair(fromHex(vector.clientEphemeral)),
    );
    const gate = new NkResponder(of, prologue, statics, keyPair(fromHex(vector.gateEphemeral)));
    const [first, second, ...more] = vector.messages;
    expect(written((output) => client.write(fromHex(first!.payload), output))).toBe(first!.ciphertext);
    expect(toHex(gate.read(fromHex(first!.ciphertext)))).toBe(first!.payload);
    expect(written((output) => gate.write(fromHex(second!.payload), output))).toBe(second!.ciphertext);
    expect(toHex(client.read(fromHex(second!.ciphertext)))).toBe(second!.payload);
    expect(toHex(client.handshakeHash)).toBe(vector.handshakeHash ?? toHex(gate.handshakeHash));
    expect(toHex(gate.handshakeHash)).toBe(toHex(client.handshakeHash));

    const ends = [client.split(), gate.split()] as const;
    expect(more.length).toBeGreaterThanOrEqual(2);
    more.forEach(({ payload, ciphertext }, at) => {
      const [from, to] = at % 2 === 0 ? ends : [ends[1], ends[0]];
      expect(written((output) => from.send.seal(emptyBytes, fromHex(payload), output))).toBe(ciphertext);
      expect(toHex(to.receive.open(emptyBytes, fromHex(ciphertext)))).toBe(payload);
    });
  });

  test.each(lowOrderPoints())("refuses the public key %s of low order", (point) => {
    expect(() => primitives("AESGCM").generateKeyPair().exchange(fromHex(point))).toThrow();
  });

  test("makes other keys each time", () => {
    const of = primitives("ChaChaPoly");
    expect(toHex(of.generateKeyPair().publicKey)).not.toBe(toHex(of.generateKeyPair().publicKey));
  });
});

/** The points of Curve25519 whose multiples are zero, in their canonical and other forms (RFC 7748, section 6.1). */
function lowOrderPoints(): string[] {
  return [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ];
}
