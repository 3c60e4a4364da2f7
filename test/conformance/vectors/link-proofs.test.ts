import { describe, expect, test } from "vitest";
import { LinkKeys } from "../../../runtime/rpc/trust/link-keys.ts";
import { isProof, type ProofInput, type ProofStep, proofOf } from "../../../runtime/rpc/trust/link-proof.ts";
import { fromHex, loadVectors, toHex } from "./load.ts";

interface ProofVector {
  name: string;
  key: string;
  keyId: string;
  step: ProofStep;
  dialerNonce: string;
  listenerNonce: string;
  offered: string[];
  listener: string;
  dialer: string;
  kind: ProofInput["kind"];
  role: string;
  proof: string;
}

const vectors = loadVectors<ProofVector>("link-proofs.json");

function inputOf({ step, dialerNonce, listenerNonce, offered, ...names }: ProofVector): ProofInput {
  const { listener, dialer, kind, role } = names;
  return {
    ...{ step, version: 1, listener, dialer, kind, role },
    dialerNonce: fromHex(dialerNonce),
    listenerNonce: fromHex(listenerNonce),
    offered: offered.map(fromHex),
  };
}

describe("link-proofs.json", () => {
  test.each(vectors)("$name", (vector) => {
    const [key] = LinkKeys.of(vector.key).accepted;
    expect(toHex(key!.id)).toBe(vector.keyId);
    expect(toHex(proofOf(key!.secret, inputOf(vector)))).toBe(vector.proof);
    expect(isProof(fromHex(vector.proof), key!.secret, inputOf(vector))).toBe(true);
  });

  test("no proof serves for another step, name, role, kind, nonce, version, list of keys or key", () => {
    const vector = vectors.find(({ step }) => step === "hello:dialer")!;
    const [key] = LinkKeys.of(vector.key).accepted;
    const [other] = LinkKeys.of(`${vector.key}x`).accepted;
    const right = inputOf(vector);
    const proof = fromHex(vector.proof);
    const changed: Partial<ProofInput>[] = [
      ...(["challenge:listener", "challenge:dialer", "hello:listener"] as const).map((step) => ({ step })),
      { listener: "gate-2" },
      { dialer: "scene-2" },
      { dialer: "gate-1", listener: "scene-1" },
      { dialer: "scene-1n", kind: "" },
      { kind: "gate" },
      { role: "scenes" },
      { role: "" },
      { dialerNonce: right.listenerNonce },
      { dialerNonce: right.listenerNonce, listenerNonce: right.dialerNonce },
      { version: 2 },
      { offered: [...right.offered, ...right.offered] },
      { offered: [] },
    ];
    expect(isProof(proof, key!.secret, right)).toBe(true);
    for (const change of changed) {
      expect(isProof(proof, key!.secret, { ...right, ...change }), JSON.stringify(change)).toBe(false);
    }
    expect(isProof(proof, other!.secret, right)).toBe(false);
    for (const short of [0, 1, 31]) expect(isProof(proof.subarray(0, short), key!.secret, right)).toBe(false);
    expect(isProof(Uint8Array.of(...proof, 0), key!.secret, right)).toBe(false);
  });
});
